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

/** What the company is: `you` drive and colleagues are there, too; or one of them does; or `you` have a guest, or are one. */
export type MockCompanyKind = 'together' | 'watching' | 'guest' | 'as-guest'

export const GUEST = 5

const atMachine = somebody(END_USER, 'reception', { kind: 'end_user', mayDrive: false })

interface You {
  readonly name: string
  readonly mayDrive: boolean
}

const people: Record<MockCompanyKind, (you: You) => Person[]> = {
  together: colleagues,
  watching: colleagues,
  guest: (you) => [...alone(you), somebody(GUEST, 'Rui Prado', { kind: 'guest' })],
  'as-guest': ({ name, mayDrive }) => [
    atMachine,
    somebody(YOU, name, { kind: 'guest', mayDrive }),
    somebody(BRUNO, owner.name),
  ],
}

function alone({ name, mayDrive }: You): Person[] {
  return [atMachine, somebody(YOU, name, { mayDrive })]
}

function colleagues(you: You): Person[] {
  return [
    ...alone(you),
    somebody(BRUNO, 'Bruno Tavares'),
    somebody(4, 'Carla Nunes', { interrupted: true }),
  ]
}

export class MockCompany {
  readonly #tell: (news: CompanyNews) => void
  #roster: Roster

  constructor(kind: MockCompanyKind, you: You, tell: (news: CompanyNews) => void) {
    this.#tell = tell
    const youDrive = kind === 'together' || kind === 'guest'
    this.#roster = { people: people[kind](you), driver: youDrive ? YOU : BRUNO, you: YOU }
  }

  /** Who points and talks first. */
  get other(): PersonId {
    return this.#roster.people.some(({ id }) => id === BRUNO) ? BRUNO : GUEST
  }

  /** Somebody goes. */
  leaves(person: PersonId): void {
    const rest = this.#roster.people.filter(({ id }) => id !== person)
    this.#roster = { ...this.#roster, people: rest }
    this.#tellRoster()
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
      this.#tell({ kind: 'pointer', person: this.other, at: { x, y: 300, laser } })
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
