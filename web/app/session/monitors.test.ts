/** Which monitor a session looks at: asked for, remembered, spoken of. Worker and server are fakes; time is too. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { wholeDesktop } from '~/desktop/geometry'
import type { DesktopSurface } from '~/desktop/types'

import { KeptSessions } from './kept'
import type { FromWorker, ToWorker } from './messages'
import { MachineKeys } from './pins'
import { RemoteSession } from './remote-session'

const MONITORS = [
  { name: 'left', x: 0, y: 0, width: 320, height: 480, primary: true },
  { name: 'right', x: 320, y: 0, width: 320, height: 480, primary: false },
]

/** A desktop with two monitors, of which this one is shown. */
const layoutOf = (monitor: string | null, more: Partial<DesktopSurface> = {}): FromWorker => {
  const chosen = MONITORS.find(({ name }) => name === monitor)
  const { x, width } = chosen ?? { x: 0, width: 640 }
  const picture = { width, height: 480 }
  const surface = { ...wholeDesktop(width, 480), x, picture, monitor, ...more }
  return {
    type: 'layout',
    layout: { generation: 1, width: 640, height: 480, monitors: MONITORS, surface },
  }
}

/** A session whose server never answers: what is asked here needs none. */
class Rig {
  posted: ToWorker[] = []
  #listener: (event: { data: FromWorker }) => void = () => undefined
  readonly session: RemoteSession

  constructor(guest = false) {
    const never = () => new Promise<never>(() => undefined)
    this.session = new RemoteSession({ id: 'm1', name: 'desk-1' }, 'control', {
      guest,
      keys: new MachineKeys(),
      kept: new KeptSessions(),
      capabilities: undefined,
      server: {
        start: never,
        askReason: never,
        neverGiven: never,
        resume: never,
        askRights: never,
        end: () => Promise.resolve(),
        look: never,
        watch: () => () => undefined,
      },
      worker: {
        postMessage: (message: ToWorker) => this.posted.push(message),
        terminate: () => undefined,
        addEventListener: (type: string, listener: unknown) => {
          if (type === 'message') this.#listener = listener as (event: { data: FromWorker }) => void
        },
      },
    })
  }

  say(...messages: FromWorker[]): void {
    for (const data of messages) this.#listener({ data })
  }

  get view() {
    return this.session.getView()
  }

  /** With hands, and all of the desktop. */
  live(): this {
    this.say({ type: 'channels', input: true, clipboard: false }, layoutOf(null))
    return this
  }
}

beforeEach(() => {
  sessionStorage.clear()
  vi.useFakeTimers()
  // jsdom has canvases that cannot draw, and says so on the console.
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null)
})
afterEach(() => {
  vi.useRealTimers()
})

describe('monitors', () => {
  const wished = (rig: Rig) =>
    rig.posted.flatMap((message) => (message.type === 'wishes' ? [message.wishes] : []))

  it('are asked for one at a time, in turn, with all keys let go', () => {
    const rig = new Rig().live()
    for (const expected of ['left', 'right', null, 'left']) {
      rig.session.nextMonitor()
      expect(wished(rig).at(-1)?.monitor).toBe(expected)
    }
    expect(rig.posted).toContainEqual(
      expect.objectContaining({ type: 'input', actions: [{ kind: 'release' }] }),
    )
  })

  it('are remembered by machine for the next session of the tab, and a guest has none to remember', () => {
    const rig = new Rig().live()
    rig.session.setMonitor('right')
    rig.session.dispose()
    expect(new Rig().view.monitor).toBe('right')
    expect(new Rig(true).view.monitor).toBeNull()
    const later = new Rig().live()
    later.session.setQuality('lossless')
    expect(wished(later).at(-1)).toMatchObject({ monitor: 'right', quality: 'lossless' })
    later.session.setMonitor(null)
    expect(new Rig().view.monitor).toBeNull()
  })

  it('are spoken of when they are switched, gone, back or too large', () => {
    const rig = new Rig().live()
    expect(rig.view.monitorNotice).toBeNull()
    rig.session.setMonitor('right')
    rig.say(layoutOf('right'))
    expect(rig.view.monitorNotice).toEqual({ kind: 'shown', name: 'right' })
    rig.session.dismissMonitorNotice()
    rig.say(layoutOf('right', { picture: { width: 100, height: 150 } }))
    expect(rig.view.monitorNotice).toBeNull()
    rig.say(layoutOf(null, { instead: 'monitor_gone' }))
    expect(rig.view.monitorNotice).toEqual({ kind: 'gone', name: 'right' })
    rig.session.dismissMonitorNotice()
    rig.say(layoutOf(null, { instead: 'monitor_gone' }))
    expect(rig.view.monitorNotice).toBeNull()
    rig.say(layoutOf('right'))
    expect(rig.view.monitorNotice).toEqual({ kind: 'shown', name: 'right' })
    rig.say(layoutOf('left', { instead: 'too_large' }))
    expect(rig.view.monitorNotice).toEqual({ kind: 'too_large', name: 'left' })
  })

  it('come smaller only where they are fitted, in the size of the page when that rests', () => {
    const rig = new Rig().live()
    rig.session.setRoom({ width: 300, height: 200 })
    expect(wished(rig).at(-1)).toMatchObject({
      view: { width: 300, height: 200 },
      mayShrink: true,
    })
    const before = wished(rig).length
    for (let width = 301; width < 350; width++) rig.session.setRoom({ width, height: 200 })
    expect(wished(rig)).toHaveLength(before)
    vi.advanceTimersByTime(300)
    expect(wished(rig)).toHaveLength(before + 1)
    expect(wished(rig).at(-1)?.view.width).toBe(349)
    rig.session.setScale('actual')
    expect(wished(rig).at(-1)?.mayShrink).toBe(false)
  })
})
