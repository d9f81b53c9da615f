/** The life of a session from the page's side: connecting, live, lost and back, ended by whom. Worker and server are fakes. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { ApiProblem } from '~/api/problem'
import type { Session, StartedSession } from '~/api/types'

import type { FromWorker, ToWorker } from './messages'
import { RemoteSession } from './remote-session'

const record: Session = {
  id: 's1',
  machine_id: 'm1',
  machine_name: 'desk-1',
  technician: { id: 't1', name: 'Ana' },
  rights: 'control',
  state: 'offered',
  requested_at: '2026-01-01T00:00:00Z',
  connected_at: null,
  ended_at: null,
  end: null,
  bytes_to_viewer: 0,
  bytes_to_agent: 0,
}
const started: StartedSession = {
  session: record,
  relay: { path: '/api/relay', grant: 'g', expires_at: '2026-01-01T00:01:00Z' },
}

class Rig {
  posted: ToWorker[] = []
  ended: string[] = []
  terminated = false
  start = vi.fn((): Promise<StartedSession> => Promise.resolve(started))
  ending = vi.fn((): Promise<Session['end']> => Promise.resolve(null))
  #listener: (event: { data: FromWorker }) => void = () => undefined
  readonly session: RemoteSession

  constructor(rights: 'control' | 'view' = 'control') {
    this.session = new RemoteSession({ id: 'm1', name: '' }, rights, {
      server: {
        start: () => this.start(),
        end: (id) => {
          this.ended.push(id)
          return Promise.resolve()
        },
        ending: () => this.ending(),
      },
      worker: {
        postMessage: (message: ToWorker) => this.posted.push(message),
        terminate: () => {
          this.terminated = true
        },
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

  count(type: ToWorker['type']): number {
    return this.posted.filter((message) => message.type === type).length
  }

  /** Connected, with a picture. */
  async live(): Promise<this> {
    await vi.advanceTimersByTimeAsync(0)
    this.say(
      { type: 'stage', stage: 'handshake' },
      { type: 'opened', input: true, clipboard: true },
      { type: 'layout', layout: { generation: 1, width: 640, height: 480, monitors: [] } },
      { type: 'picture' },
    )
    return this
  }
}

const lostNetwork: FromWorker = {
  type: 'lost',
  loss: { source: 'relay', code: 'network_lost', reason: '' },
}

beforeEach(() => {
  vi.useFakeTimers()
  // jsdom has canvases that cannot draw, and says so on the console.
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null)
})
afterEach(() => {
  vi.useRealTimers()
})

describe('remote session', () => {
  it('asks, connects and is live with the first picture', async () => {
    const rig = new Rig()
    expect(rig.view).toMatchObject({ phase: 'connecting', stage: 'asking' })
    await rig.live()
    expect(rig.posted).toContainEqual(
      expect.objectContaining({ type: 'connect', grant: 'g', url: 'ws://127.0.0.1/api/relay' }),
    )
    expect(rig.view).toMatchObject({
      phase: 'live',
      machineName: 'desk-1',
      hasPicture: true,
      canInput: true,
    })
  })

  it('answers what it drew, and gives the buffer back', async () => {
    const rig = await new Rig().live()
    const pixels = new ArrayBuffer(8)
    rig.say({ type: 'paint', id: 4, patch: { rects: [], pixels } })
    expect(rig.posted.at(-1)).toMatchObject({ type: 'drawn', id: 4, pixels })
  })

  it('comes back after a loss, with the last picture and the cause', async () => {
    const rig = await new Rig().live()
    rig.say(lostNetwork)
    await vi.advanceTimersByTimeAsync(0)
    expect(rig.view).toMatchObject({
      phase: 'reconnecting',
      cause: 'network_lost',
      attempt: 1,
      hasPicture: true,
      canInput: false,
    })
    await vi.advanceTimersByTimeAsync(200)
    expect(rig.start).toHaveBeenCalledTimes(2)
    await rig.live()
    expect(rig.view).toMatchObject({ phase: 'live', attempt: 0, cause: null })
  })

  it('keeps trying while the server is away, and gives up after two minutes', async () => {
    const rig = await new Rig().live()
    rig.start.mockRejectedValue(
      new ApiProblem({ status: 0, code: 'network', title: '', detail: '' }),
    )
    rig.say(lostNetwork)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(rig.view).toMatchObject({ phase: 'reconnecting', cause: 'network' })
    await vi.advanceTimersByTimeAsync(70_000)
    expect(rig.view).toMatchObject({ phase: 'ended', ending: { code: 'network', gaveUp: true } })
    rig.start.mockResolvedValue(started)
    rig.session.restart()
    await rig.live()
    expect(rig.view.phase).toBe('live')
  })

  it('stays ended when a person ended it, and names them', async () => {
    const rig = await new Rig().live()
    rig.ending.mockResolvedValue({
      reason: 'end_user_ended',
      by: { kind: 'end_user', name: 'Bia' },
      detail: null,
    })
    rig.say(lostNetwork)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(rig.view).toMatchObject({
      phase: 'ended',
      ending: { code: 'end_user_ended', by: { name: 'Bia' } },
    })
    expect(rig.start).toHaveBeenCalledTimes(1)
  })

  it('is told at once that a machine is offline', async () => {
    const rig = new Rig()
    rig.start.mockRejectedValue(
      new ApiProblem(
        { status: 409, code: 'machine_offline', title: '', detail: '' },
        { requestId: 'r1' },
      ),
    )
    const other = new Rig()
    await vi.advanceTimersByTimeAsync(0)
    expect(other.view.phase).toBe('connecting')
    rig.session.restart()
    await vi.advanceTimersByTimeAsync(0)
    expect(rig.view).toMatchObject({
      phase: 'ended',
      ending: { code: 'machine_offline', requestId: 'r1' },
    })
  })

  it('ends at the server first, so that it knows who did it', async () => {
    const rig = await new Rig().live()
    await rig.session.end()
    expect(rig.ended).toEqual(['s1'])
    expect(rig.view).toMatchObject({
      phase: 'ended',
      ending: { code: 'technician_ended', byMe: true },
    })
    expect(rig.count('close')).toBe(1)
    rig.say(lostNetwork)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(rig.view.phase).toBe('ended')
  })

  it('ends what it asked for when the answer comes too late', async () => {
    const rig = new Rig()
    await rig.session.end()
    await vi.advanceTimersByTimeAsync(0)
    expect(rig.ended).toEqual(['s1'])
    expect(rig.count('connect')).toBe(0)
  })

  it('pauses pictures while no page shows it', async () => {
    const rig = await new Rig().live()
    const wishes = () =>
      rig.posted.filter((message) => message.type === 'wishes').map(({ wishes }) => wishes.paused)
    const page = document.createElement('div')
    document.body.append(page)
    const detach = rig.session.attach(page, () => undefined)
    expect(page.querySelector('canvas')).not.toBeNull()
    detach()
    expect(page.childElementCount).toBe(0)
    expect(wishes()).toEqual([false, true])
    expect(rig.view.phase).toBe('live')
  })

  it('sends nothing while the technician only looks', async () => {
    const rig = await new Rig().live()
    rig.session.setViewOnly(true)
    const before = rig.count('input')
    rig.session.chord(['F1'])
    rig.session.clipboard.give('text')
    expect(rig.count('input')).toBe(before)
    expect(rig.count('clipboard')).toBe(0)
    rig.session.setViewOnly(false)
    rig.session.chord(['F1'])
    expect(rig.count('input')).toBe(before + 1)
  })

  it('lets everything go when view only begins, and when the field loses the focus', async () => {
    const rig = await new Rig().live()
    const page = document.createElement('div')
    document.body.append(page)
    rig.session.attach(page, () => undefined)
    rig.session.focus()
    const field = page.querySelector('textarea')!
    field.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyA', key: 'a', bubbles: true }))
    field.blur()
    const actions = rig.posted.flatMap((message) =>
      message.type === 'input' ? message.actions : [],
    )
    expect(actions.map(({ kind }) => kind)).toEqual(['key', 'release'])
  })

  it('counts a machine that says why it has no picture as there', async () => {
    const rig = new Rig()
    await vi.advanceTimersByTimeAsync(0)
    rig.say({ type: 'screen', state: { condition: 'no_display', detail: '' } })
    expect(rig.view).toMatchObject({
      phase: 'live',
      hasPicture: false,
      screen: { condition: 'no_display' },
    })
  })

  it('lets go of everything on disposal', async () => {
    const rig = await new Rig().live()
    rig.session.dispose()
    await vi.advanceTimersByTimeAsync(0)
    expect(rig.ended).toEqual(['s1'])
    expect(rig.terminated).toBe(true)
  })
})
