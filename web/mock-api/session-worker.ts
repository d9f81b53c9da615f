/**
 * Stands in for the worker of a session, agent and machine included: a desktop that is drawn once, and what `db.viewer`
 * says happens to it. In the browser things happen by themselves after a while; a test makes them happen.
 */
import type { Session } from '~/api/types'
import { wholeDesktop } from '~/desktop/geometry'
import type { DesktopMonitor, DesktopSurface } from '~/desktop/types'
import type { FromWorker, ToWorker } from '~/session/messages'

import { MockCompany, type MockCompanyKind } from './company'
import type { MockDb, ViewerScenario } from './db'
import {
  answer,
  connected,
  findSession,
  interrupted,
  settleRights,
  takeBack,
} from './live-sessions'

const WIDTH = 1280
const HEIGHT = 800

/** The machine's monitors where it has two. */
const MONITORS: readonly DesktopMonitor[] = [
  { name: 'DP-1', x: 0, y: 0, width: 720, height: HEIGHT, primary: true },
  { name: 'HDMI-1', x: 720, y: 0, width: WIDTH - 720, height: HEIGHT, primary: false },
]

/** Long enough to be seen. */
const SOON_MS = 250
const LATER_MS = 2500
const MUCH_LATER_MS = 25_000

/** Where anybody else is in a session. */
const COMPANY: Partial<Record<ViewerScenario, MockCompanyKind>> = {
  together: 'together',
  watching: 'watching',
  guest: 'guest',
}

type Listener = (event: { data: FromWorker }) => void

export class MockSessionWorker {
  readonly #db: MockDb
  readonly #byItself: boolean
  readonly #listeners = new Set<Listener>()
  #session: string | null = null
  #stopWatching: () => void = () => undefined
  #timers: ReturnType<typeof setTimeout>[] = []
  #held = 0
  #monitors: readonly DesktopMonitor[] = []
  #monitor: string | null = null
  #generation = 0
  /** Who else is there, where the scenario has anybody. */
  company: MockCompany | null = null

  constructor(db: MockDb, byItself: boolean) {
    this.#db = db
    this.#byItself = byItself
  }

  addEventListener(type: string, listener: Listener): void {
    if (type === 'message') this.#listeners.add(listener)
  }

  postMessage(message: ToWorker): void {
    switch (message.type) {
      case 'renew':
        queueMicrotask(() =>
          this.#tell({ type: 'key', number: message.number, key: 'A'.repeat(43) }),
        )
        return
      case 'connect':
        this.#monitor = message.wishes.monitor
        this.#connect(message.session)
        return
      case 'wishes':
        if (message.wishes.monitor === this.#monitor) return
        this.#monitor = message.wishes.monitor
        if (this.#generation > 0) this.#show()
        return
      case 'input':
        if (this.#session !== null) return
        this.#held += message.actions.length
        this.#tell({ type: 'held', count: this.#held })
        return
      case 'company':
        this.company?.take(message.wish)
        return
      case 'measure': {
        const measured = { frames: [], forgotten: 0, bytesReceived: 0, bytesSent: 0 }
        this.#tell({ type: 'measured', measured })
        return
      }
      case 'drop':
      case 'close':
        this.#forget()
    }
  }

  terminate(): void {
    this.#forget()
    this.#listeners.clear()
  }

  /** The connection breaks, as it does when the machine loses its network. */
  lose(): void {
    if (this.#session !== null) interrupted(this.#db, this.#session)
    this.#tell({ type: 'lost', loss: { source: 'relay', code: 'peer_lost', reason: '' } })
  }

  /** A monitor is taken away. */
  unplug(monitor: string): void {
    this.#monitors = this.#monitors.filter(({ name }) => name !== monitor)
    this.#show()
  }

  #connect(id: string): void {
    this.#forget()
    this.#monitors = this.#db.viewer === 'monitors' ? MONITORS : []
    this.#session = id
    this.#stopWatching = this.#db.onPublish((topics) => {
      if (topics.includes(`session:${id}`)) this.#follow(id)
    })
    if (findSession(this.#db, id).state !== 'waiting_for_consent')
      this.#after(SOON_MS, () => this.#open(id))
    else if (this.#byItself) this.#after(MUCH_LATER_MS, () => answer(this.#db, id, 'allowed'))
  }

  /** The machine does what the session's record says. */
  #follow(id: string): void {
    const { state, rights } = findSession(this.#db, id)
    if (state === 'requested') this.#after(SOON_MS, () => this.#open(id))
    else if (state === 'active')
      this.#tell({
        type: 'channels',
        input: rights.includes('control'),
        clipboard: rights.includes('clipboard'),
      })
    else if (state === 'ended')
      this.#tell({ type: 'lost', loss: { source: 'relay', code: 'session_ended', reason: '' } })
    if (this.#byItself && findSession(this.#db, id).rights_asked.length > 0 && state === 'active')
      this.#after(LATER_MS, () => settleRights(this.#db, id, true))
  }

  #open(id: string): void {
    const session = connected(this.#db, id)
    const { rights } = session
    this.#tell({ type: 'stage', stage: 'handshake' })
    this.#tell({
      type: 'opened',
      input: rights.includes('control'),
      clipboard: rights.includes('clipboard'),
      resumed: false,
    })
    this.#held = 0
    this.#tell({ type: 'held', count: 0 })
    const { viewer } = this.#db
    this.#beginCompany(session)
    this.#tell({ type: 'stage', stage: 'picture' })
    if (viewer === 'locked' || viewer === 'blank' || viewer === 'no_display')
      this.#tell({ type: 'screen', state: { condition: viewer, detail: '' } })
    if (viewer !== 'no_display') this.#show()
    if (!this.#byItself) return
    if (viewer === 'interrupted') this.#after(LATER_MS, () => this.lose())
    if (viewer === 'taken-back') this.#after(LATER_MS, () => takeBack(this.#db, id, 'control'))
  }

  #beginCompany(session: Session): void {
    const { viewer } = this.#db
    const kind = session.guest_of ? 'as-guest' : COMPANY[viewer]
    if (kind === undefined) return
    const you = {
      name: session.technician.name,
      mayDrive: session.rights.includes('control'),
    }
    const company = new MockCompany(kind, you, (news) => this.#tell({ type: 'company', news }))
    this.company = company
    company.begin()
    if (!this.#byItself) return
    company.says(company.other, 'Bom dia! O driver da impressora está na pasta compartilhada.')
    this.#after(LATER_MS, () => company.says(company.other, 'I can take over when you like.'))
    if (viewer === 'together') this.#after(LATER_MS, () => company.asks(company.other))
  }

  #show(): void {
    const surface = this.#surface()
    this.#generation += 1
    this.#tell({
      type: 'layout',
      layout: {
        ...{ generation: this.#generation, width: WIDTH, height: HEIGHT },
        ...{ monitors: this.#monitors, surface },
      },
    })
    const rect = { x: 0, y: 0, width: surface.width, height: surface.height }
    const patch = { rects: [rect], pixels: desktop(surface) }
    this.#tell({ type: 'paint', id: this.#generation, patch })
    this.#tell({ type: 'picture' })
  }

  #surface(): DesktopSurface {
    const whole = wholeDesktop(WIDTH, HEIGHT)
    if (this.#monitor === null) return whole
    const chosen = this.#monitors.find(({ name }) => name === this.#monitor)
    if (chosen === undefined) return { ...whole, instead: 'monitor_gone' }
    const { x, y, width, height, name } = chosen
    return { ...whole, x, y, width, height, picture: { width, height }, monitor: name }
  }

  #after(wait: number, run: () => void): void {
    this.#timers.push(setTimeout(run, this.#byItself ? wait : 0))
  }

  #forget(): void {
    this.#session = null
    this.#generation = 0
    this.#stopWatching()
    for (const timer of this.#timers.splice(0)) clearTimeout(timer)
  }

  #tell(data: FromWorker): void {
    for (const listener of this.#listeners) listener({ data })
  }
}

/** Replaces the global Worker. Returns those that were made, newest last. */
export function installMockWorker(db: MockDb, byItself: boolean): MockSessionWorker[] {
  const workers: MockSessionWorker[] = []
  class Made extends MockSessionWorker {
    constructor() {
      super(db, byItself)
      workers.push(this)
    }
  }
  globalThis.Worker = Made as unknown as typeof Worker
  return workers
}

/** A desktop with two windows: enough to see whether it is bright, dim or gone. */
function desktop(part: DesktopSurface): ArrayBuffer {
  const pixels = new Uint8ClampedArray(WIDTH * HEIGHT * 4)
  const fill = (x: number, y: number, width: number, height: number, color: number) => {
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) {
        const at = (row * WIDTH + column) * 4
        pixels.set([color >> 16, (color >> 8) & 255, color & 255, 255], at)
      }
  }
  fill(0, 0, WIDTH, HEIGHT, 0x2f6f8f)
  fill(0, HEIGHT - 36, WIDTH, 36, 0x1b2b38)
  fill(8, HEIGHT - 30, 90, 24, 0x3e5568)
  for (const [x, y, width, height] of [
    [80, 60, 640, 420],
    [520, 260, 620, 400],
  ] as const) {
    fill(x, y, width, height, 0xf4f6f8)
    fill(x, y, width, 32, 0x40566b)
    for (let line = 0; line < 10; line++)
      fill(x + 24, y + 60 + line * 28, width - 60 - ((line * 97) % 220), 10, 0xb9c4cf)
  }
  const shown = new Uint8ClampedArray(part.width * part.height * 4)
  for (let row = 0; row < part.height; row++) {
    const start = ((part.y + row) * WIDTH + part.x) * 4
    shown.set(pixels.subarray(start, start + part.width * 4), row * part.width * 4)
  }
  return shown.buffer
}
