// @vitest-environment node
/** What follows from what the agent tells of the company: pure rules. */
import { describe, expect, it } from 'vitest'

import type { Person, Roster } from '~/wire/company'

import {
  canTalk,
  type CompanyView,
  drives,
  forgotten,
  hasCompany,
  heard,
  initials,
  isLeftAlone,
  mayAskToDrive,
  NO_COMPANY,
  PERSON_COLORS,
  personColor,
  SAID_KEPT,
  watches,
} from './company'

const person = (id: number, more: Partial<Person> = {}): Person => ({
  id,
  name: `P${id}`,
  kind: 'technician',
  mayDrive: true,
  interrupted: false,
  ...more,
})

const roster = (driver: number | null, you: number, ...people: Person[]): Roster => ({
  people,
  driver,
  you,
})

const tell = (view: CompanyView, told: Roster) => heard(view, { kind: 'roster', roster: told })
const [ana, bruno] = [person(1), person(2)]
const user = person(3, { kind: 'end_user', mayDrive: false })
const said = (view: CompanyView, id: number, text = 'x') =>
  heard(view, { kind: 'said', line: { person: id, at: 0, text, name: '' } })

describe('company', () => {
  it('is in nobody’s way while one is alone, whoever sits at the machine', () => {
    expect(drives(NO_COMPANY)).toBe(true)
    const alone = tell(NO_COMPANY, roster(1, 1, user, ana))
    expect([drives(alone), hasCompany(alone), watches(alone)]).toEqual([true, false, false])
    expect(alone.driverChanged).toBe(false)
  })

  it('can be talked with when there is only somebody at the machine, and not with nobody', () => {
    expect(canTalk(NO_COMPANY)).toBe(false)
    const nobody = tell(NO_COMPANY, roster(1, 1, ana))
    expect(canTalk(nobody)).toBe(false)
    expect(canTalk(tell(NO_COMPANY, roster(1, 1, user, ana)))).toBe(true)
    expect(canTalk(tell(NO_COMPANY, roster(1, 1, ana, bruno)))).toBe(true)
    expect(canTalk(said(nobody, 3))).toBe(true)
  })

  it('lets only who drives act; the others watch and may ask', () => {
    const mine = tell(NO_COMPANY, roster(1, 1, ana, bruno))
    const other = tell(NO_COMPANY, roster(1, 2, ana, bruno))
    expect([drives(mine), mayAskToDrive(mine), watches(mine)]).toEqual([true, false, false])
    expect([drives(other), mayAskToDrive(other), watches(other)]).toEqual([false, true, true])
    const looks = tell(NO_COMPANY, roster(1, 2, ana, person(2, { mayDrive: false })))
    expect([mayAskToDrive(looks), watches(looks)]).toEqual([false, true])
  })

  it('tells who would like to drive once each, as long as it is ours to answer', () => {
    let view = tell(NO_COMPANY, roster(1, 1, ana, bruno))
    for (let times = 0; times < 2; times++) view = heard(view, { kind: 'drive_asked', person: 2 })
    expect(view.askedBy).toEqual([2])
    expect(tell(view, roster(2, 1, ana, bruno)).askedBy).toEqual([])
    expect(tell(view, roster(1, 1, ana)).askedBy).toEqual([])
    expect(
      tell(view, roster(1, 1, ana, person(2, { mayDrive: false, interrupted: true }))).askedBy,
    ).toEqual([])
  })

  it('waits for an answer until it drives, is refused, or may not any more', () => {
    const asks = {
      ...tell(NO_COMPANY, roster(1, 2, ana, bruno)),
      asking: { kind: 'waiting' },
    } as const
    expect(tell(asks, roster(1, 2, ana, bruno)).asking).toEqual({ kind: 'waiting' })
    const got = tell(asks, roster(2, 2, ana, bruno))
    expect([got.asking, got.driverChanged]).toEqual([null, true])
    const refused = heard(asks, { kind: 'drive_refused', by: 1 })
    expect(refused.asking).toEqual({ kind: 'refused', by: 'P1' })
    expect(tell(refused, roster(3, 2, ana, bruno, person(3))).asking).toBeNull()
    expect(tell(asks, roster(1, 2, ana, person(2, { mayDrive: false }))).asking).toBeNull()
  })

  it('leaves the last one with nobody to ask', () => {
    const watching = tell(NO_COMPANY, roster(1, 2, ana, bruno))
    expect(isLeftAlone(watching)).toBe(false)
    const left = tell(watching, roster(null, 2, user, bruno))
    expect([isLeftAlone(left), left.driverChanged]).toEqual([true, false])
    expect(isLeftAlone(tell(left, roster(2, 2, user, bruno)))).toBe(false)
  })

  it('keeps a bounded chat, and counts what others said while nobody looked', () => {
    let view = tell(NO_COMPANY, roster(1, 1, ana, bruno))
    view = said(said(said(view, 1), 2), 2)
    expect(view.unread).toBe(2)
    expect(said({ ...view, chatOpen: true, unread: 0 }, 2).unread).toBe(0)
    for (let count = 0; count < SAID_KEPT; count++) view = said(view, 2, `${count}`)
    expect(view.said).toHaveLength(SAID_KEPT)
    expect(view.said.at(-1)?.text).toBe(`${SAID_KEPT - 1}`)
    expect(hasCompany(tell(view, roster(1, 1, ana)))).toBe(true)
  })

  it('forgets what an agent tells again, and keeps what the technician chose', () => {
    const view = { ...said(NO_COMPANY, 2), chatOpen: true, laser: true }
    expect(forgotten(view)).toEqual({ ...NO_COMPANY, chatOpen: true, laser: true })
  })

  it('gives neighbors other colors, and everybody letters', () => {
    const colors = Array.from({ length: PERSON_COLORS }, (_, at) => personColor(at + 1))
    expect(new Set(colors)).toHaveLength(PERSON_COLORS)
    expect(personColor(PERSON_COLORS + 1)).toBe(colors[0])
    expect(['Ana', 'ana maria  souza', '漢字', ' '].map(initials)).toEqual(['A', 'AS', '漢', ''])
  })

  it('knows who was a guest when they have left', () => {
    const guest = person(4, { kind: 'guest' })
    const with4 = tell(NO_COMPANY, roster(1, 1, ana, guest))
    const without = tell(with4, roster(1, 1, ana))
    expect([...without.guests]).toEqual([4])
    expect(without.guests).toBe(with4.guests)
    expect(forgotten(without).guests.size).toBe(0)
  })
})
