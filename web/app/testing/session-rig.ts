/** A session from the page's side, for tests: worker, server and storage are fakes, and time has to be one, too. */
import { vi } from 'vitest'

import { ApiProblem } from '~/api/problem'
import type { Access, Right, Session, StartedSession } from '~/api/types'
import { wholeDesktop } from '~/desktop/geometry'
import { KeptSessions } from '~/session/kept'
import type { FromWorker, ToWorker } from '~/session/messages'
import { MachineKeys } from '~/session/pins'
import { RemoteSession } from '~/session/remote-session'
import { wordsOf } from '~/session/words'

export const KEY = 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE'
export const OTHER_KEY = 'AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI'

export const record: Session = {
  id: 's1',
  machine_id: 'm1',
  machine_name: 'desk-1',
  technician: { id: 't1', name: 'Ana' },
  rights: ['view', 'control', 'clipboard'],
  rights_asked: [],
  state: 'requested',
  consent: null,
  requested_at: '2026-01-01T00:00:00Z',
  connected_at: null,
  interrupted_at: null,
  ended_at: null,
  end: null,
  resumes: 0,
  timeline: null,
  bytes_to_viewer: 0,
  bytes_to_agent: 0,
  figures: null,
  guest_of: null,
  reason: null,
}
export const started: StartedSession = {
  session: record,
  relay: { path: '/api/relay', grant: 'g', expires_at: '2026-01-01T00:01:00Z' },
  machine_key: KEY,
  machine_words: 'never-to-be-believed',
}
export const active: Session = { ...record, state: 'active', connected_at: '2026-01-01T00:00:01Z' }

export const problem = (code: string, status: number, end: Session['end'] = null) =>
  new ApiProblem({ status, code, title: '', detail: '' }, { requestId: 'r1', end })

/** Words are hashed outside of the fake time, so a turn of the real one is needed as well. */
export async function settle(wait = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(wait)
  await wordsOf(KEY)
  await wordsOf(KEY)
  await vi.advanceTimersByTimeAsync(0)
}

export class Rig {
  posted: ToWorker[] = []
  ended: string[] = []
  terminated = false
  asked: (readonly string[])[] = []
  never: readonly Right[] = []
  viewerKeys: string[] = []
  reasons: (string | null)[] = []
  askReason = vi.fn((_problem: ApiProblem | null): Promise<string | null> => Promise.resolve(null))
  start = vi.fn((): Promise<StartedSession> => Promise.resolve(started))
  resume = vi.fn((_id: string, _signal: AbortSignal): Promise<StartedSession> =>
    Promise.resolve({ ...started, session: { ...active, state: 'interrupted' } }),
  )
  look = vi.fn((): Promise<Session | null> => Promise.resolve(null))
  changed: () => void = () => undefined
  #listener: (event: { data: FromWorker }) => void = () => undefined
  readonly session: RemoteSession

  constructor(
    access: Access = 'control',
    keys = new MachineKeys(),
    guest = false,
    permitted?: readonly Right[],
  ) {
    const machine = { id: 'm1', name: '', ...(permitted && { permitted }) }
    this.session = new RemoteSession(machine, access, {
      guest,
      keys,
      kept: new KeptSessions(),
      capabilities: undefined,
      server: {
        start: ({ rights, viewerKey, reason }) => {
          this.asked.push(rights)
          this.viewerKeys.push(viewerKey)
          this.reasons.push(reason)
          return this.start()
        },
        askReason: (_machine, problem) => this.askReason(problem),
        neverGiven: () => Promise.resolve(this.never),
        resume: (id, _key, signal) => this.resume(id, signal),
        askRights: (_id, rights) => {
          this.asked.push(rights)
          return Promise.resolve({ ...active, rights: ['view'], rights_asked: ['control'] })
        },
        end: (id) => {
          this.ended.push(id)
          return Promise.resolve()
        },
        look: () => this.look(),
        watch: (_id, changed) => {
          this.changed = changed
          return () => {
            this.changed = () => undefined
          }
        },
      },
      worker: {
        postMessage: (message: ToWorker) => {
          this.posted.push(message)
          if (message.type === 'renew')
            this.say(
              { type: 'key', number: message.number - 1, key: 'old' },
              { type: 'key', number: message.number, key: 'viewer' },
            )
        },
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

  open(resumed = false): void {
    this.say(
      { type: 'stage', stage: 'handshake' },
      { type: 'opened', input: true, clipboard: true, resumed },
    )
  }

  /** Connected, with a picture. */
  async live(): Promise<this> {
    await settle()
    this.open()
    const surface = wholeDesktop(640, 480)
    const layout = { generation: 1, width: 640, height: 480, monitors: [], surface }
    this.say({ type: 'layout', layout }, { type: 'picture' })
    return this
  }

  /** The server tells of a change. */
  async told(session: Session): Promise<void> {
    this.look.mockResolvedValue(session)
    this.changed()
    await settle()
  }
}

export const lost = (
  code: 'network_lost' | 'peer_lost' | 'session_ended' | 'superseded',
): FromWorker => ({
  type: 'lost',
  loss: { source: 'relay', code, reason: '' },
})
