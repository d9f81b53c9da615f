/** Pointers on the page, wishes on their way to the agent: around a session that is a fake. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { CompanyNews, CompanyWish, Person } from '~/wire/company'

import { SessionStage } from './stage'
import { LINE_MAX, Together } from './together'
import { firstView, mayInput, type SessionView } from './view'

const person = (id: number, name: string): Person => ({
  id,
  name,
  kind: 'technician',
  mayDrive: true,
  interrupted: false,
})
const ROSTER = [person(1, 'Ana'), person(2, 'Bruno')]
const roster = (driver: number | null, you: number, people = ROSTER): CompanyNews => ({
  kind: 'roster',
  roster: { people, driver, you },
})

class Rig {
  wishes: CompanyWish[] = []
  view: SessionView = { ...firstView('m1', 'desk-1', 'control'), phase: 'live', canInput: true }
  readonly stage = new SessionStage()
  readonly together: Together

  constructor() {
    const surface = { x: 0, y: 0, width: 100, height: 50 }
    this.stage.pointers.resize(surface)
    this.together = new Together(this.stage, {
      view: () => this.view,
      set: (change) => {
        this.view = { ...this.view, ...change }
        this.together.update()
      },
      post: (wish) => this.wishes.push(wish),
      shown: () => ({ surface, area: surface }),
    })
    this.stage.canvas.getBoundingClientRect = () => new DOMRect(0, 0, 100, 50)
  }

  move(x: number, y: number): void {
    this.stage.canvas.dispatchEvent(new MouseEvent('pointermove', { clientX: x, clientY: y }))
  }

  leave(): void {
    this.stage.canvas.dispatchEvent(new MouseEvent('pointerleave'))
  }

  get points() {
    return this.wishes.flatMap((wish) => (wish.kind === 'point' ? [wish.at] : []))
  }

  arrow(id: number): HTMLElement | null {
    return this.stage.element.querySelector(`[data-pointer="${id}"]`)
  }

  get trail(): number {
    return this.stage.element.querySelectorAll('line').length
  }
}

const stillness = (reduce: boolean) =>
  vi.spyOn(window, 'matchMedia').mockReturnValue({ matches: reduce } as MediaQueryList)

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null)
  stillness(false)
  // jsdom moves nothing; what ends a trail is its animation.
  SVGElement.prototype.animate = () => ({ onfinish: null }) as unknown as Animation
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('together', () => {
  it('takes input from who drives only, and points for who watches', () => {
    const rig = new Rig()
    rig.together.told(roster(1, 1))
    rig.move(5, 5)
    expect([mayInput(rig.view), rig.points]).toEqual([true, []])
    rig.together.told(roster(2, 1))
    expect(mayInput(rig.view)).toBe(false)
    expect(rig.points).toEqual([{ x: 5, y: 5, laser: false }])
    rig.together.told(roster(1, 1))
    expect(rig.points.at(-1)).toBeNull()
  })

  it('points at most thirty times a second, the newest place last, and says when it left', () => {
    const rig = new Rig()
    rig.together.told(roster(1, 2))
    for (let x = 1; x <= 20; x++) rig.move(x, 1)
    expect(rig.points).toHaveLength(1)
    vi.advanceTimersByTime(40)
    expect(rig.points).toEqual([
      { x: 1, y: 1, laser: false },
      { x: 20, y: 1, laser: false },
    ])
    rig.leave()
    expect(rig.points.at(-1)).toBeNull()
    vi.advanceTimersByTime(100)
    expect(rig.points).toHaveLength(3)
  })

  it('leaves a trail with the laser, for others and for the own eyes', () => {
    const rig = new Rig()
    rig.together.told(roster(1, 2))
    rig.move(1, 1)
    rig.together.setLaser(true)
    expect(rig.points.at(-1)).toEqual({ x: 1, y: 1, laser: true })
    vi.advanceTimersByTime(40)
    rig.move(9, 9)
    expect(rig.trail).toBe(1)
    for (const x of [10, 20, 30])
      rig.together.told({ kind: 'pointer', person: 1, at: { x, y: 5, laser: true } })
    expect(rig.trail).toBe(3)
    stillness(true)
    rig.together.told({ kind: 'pointer', person: 1, at: { x: 40, y: 5, laser: true } })
    expect(rig.trail).toBe(3)
  })

  it('shows others by name where they point, until they are gone or the connection is', () => {
    const rig = new Rig()
    const point = () =>
      rig.together.told({ kind: 'pointer', person: 2, at: { x: 50, y: 10, laser: false } })
    rig.together.told(roster(1, 1))
    point()
    expect(rig.arrow(2)).toHaveTextContent('Bruno')
    expect(rig.arrow(2)?.style).toMatchObject({ left: '50%', top: '20%' })
    rig.stage.pointers.resize({ width: 200, height: 100 })
    expect(rig.arrow(2)?.style).toMatchObject({ left: '25%', top: '10%' })
    rig.together.told({ kind: 'pointer', person: 2, at: null })
    expect(rig.arrow(2)).toBeNull()
    point()
    rig.together.told(roster(1, 1, [person(1, 'Ana')]))
    expect(rig.arrow(2)).toBeNull()
    point()
    rig.together.lost()
    expect(rig.arrow(2)).toBeNull()
  })

  it('asks once, answers whom it is asked by, and says what is worth saying', () => {
    const rig = new Rig()
    rig.together.told(roster(1, 2))
    rig.together.askToDrive()
    rig.together.askToDrive()
    rig.together.told(roster(2, 2))
    rig.together.told({ kind: 'drive_asked', person: 1 })
    rig.together.refuse(1)
    rig.together.told({ kind: 'drive_asked', person: 1 })
    rig.together.handOver(1)
    expect(rig.view.company.askedBy).toEqual([])
    rig.together.say('  ')
    rig.together.say(` hi ${'x'.repeat(LINE_MAX)}`)
    expect(rig.wishes.map(({ kind }) => kind)).toEqual([
      'ask_to_drive',
      'refuse_drive',
      'hand_over',
      'say',
    ])
    expect(rig.wishes.at(-1)).toMatchObject({ text: expect.stringMatching(/^hi x+$/) as string })
  })

  it('drives by itself once it is left alone, unless it only wants to look', () => {
    const alone = roster(null, 2, [person(2, 'Bruno')])
    const rig = new Rig()
    rig.together.told(roster(1, 2))
    rig.together.told(alone)
    rig.together.told(alone)
    expect(rig.wishes).toEqual([{ kind: 'ask_to_drive' }])
    const looks = new Rig()
    looks.view = { ...looks.view, viewOnly: true }
    looks.together.told(alone)
    expect(looks.wishes).toEqual([])
  })

  it('names who points, and says of a guest that they are one', () => {
    const rig = new Rig()
    rig.stage.pointers.setGuestWord('convidado')
    const guest: Person = { ...person(3, 'Rui'), kind: 'guest' }
    rig.together.told(roster(1, 1, [...ROSTER, guest]))
    const at = { x: 10, y: 10, laser: false }
    for (const id of [2, 3]) rig.together.told({ kind: 'pointer', person: id, at })
    expect(rig.arrow(2)).toHaveTextContent(/^Bruno$/)
    expect(rig.arrow(3)).toHaveTextContent(/^Rui · convidado$/)
  })
})
