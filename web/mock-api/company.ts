/** The company in a session of the mock API: two colleagues and somebody at the machine, as an agent would tell of them. */
import type { CompanyNews, CompanyWish, Person, PersonId, Roster } from '~/wire/company'

import { owner } from './db'

const YOU = 2
export const END_USER = 1
export const BRUNO = 3

const somebody = (id: number, name: string, more: Partial<Person> = {}): Person => ({
  id,
  name,
  kind: 'technician',
  mayDrive: true,
  interrupted: false,
  ...more,
})

export class MockCompany {
  readonly #tell: (news: CompanyNews) => void
  #roster: Roster

  /** `driver` true: the reader drives; else a colleague does. */
  constructor(youDrive: boolean, tell: (news: CompanyNews) => void) {
    this.#tell = tell
    const people = [
      somebody(END_USER, 'reception', { kind: 'end_user', mayDrive: false }),
      somebody(YOU, owner.name),
      somebody(BRUNO, 'Bruno Tavares'),
      somebody(4, 'Carla Nunes', { interrupted: true }),
    ]
    this.#roster = { people, driver: youDrive ? YOU : BRUNO, you: YOU }
  }

  /** Everybody leaves but the reader and who sits at the machine. */
  leave(): void {
    const people = this.#roster.people.filter(({ id, kind }) => id === YOU || kind === 'end_user')
    this.#roster = { ...this.#roster, people, driver: YOU }
    this.#tellRoster()
  }

  begin(): void {
    this.#tellRoster()
    for (const [x, laser] of [
      [420, false],
      [560, false],
    ] as const)
      this.#tell({ kind: 'pointer', person: BRUNO, at: { x, y: 300, laser } })
  }

  /** Somebody says something. */
  says(person: PersonId, text: string): void {
    const name = this.#roster.people.find(({ id }) => id === person)?.name ?? ''
    this.#tell({ kind: 'said', line: { person, at: Date.now(), text, name } })
  }

  /** A colleague would like to drive. */
  asks(person: PersonId): void {
    this.#tell({ kind: 'drive_asked', person })
  }

  drives(driver: PersonId): void {
    this.#roster = { ...this.#roster, driver }
    this.#tellRoster()
  }

  /** Who drives says no. */
  refuses(): void {
    this.#tell({ kind: 'drive_refused', by: this.#roster.driver ?? BRUNO })
  }

  youDrive(): void {
    this.drives(YOU)
  }

  take(wish: CompanyWish): void {
    if (wish.kind === 'say') this.says(YOU, wish.text)
    if (wish.kind === 'hand_over') this.drives(wish.person)
  }

  #tellRoster(): void {
    this.#tell({ kind: 'roster', roster: this.#roster })
  }
}
