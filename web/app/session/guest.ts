/**
 * The one session of a guest: somebody who was invited and has no account. Like `index.ts` it lives above the router. It begins
 * with an invitation, which is good for one session; a tab that is loaded anew comes back by the key of that session, which
 * only this tab keeps. Start at `GuestVisit`. Not here: what the page says (`pages/guest`).
 */
import { api, call } from '~/api/client'
import { ApiProblem, asProblem } from '~/api/problem'
import type { Access, GuestInvitation, Session, StartedSession } from '~/api/types'
import { forgetSecret } from '~/fragment'
import { KeptSessions } from './kept'
import { MachineKeys } from './pins'
import { RESUME_MS } from './reconnect'
import { RemoteSession } from './remote-session'
import type { SessionServer, WantedSession } from './server'

/** Where the tab keeps which session it has, and what speaks for it. */
const KEPT_PLACE = 'farol.guestSession'
export const KEY_PLACE = 'farol.guestKey'

/** Guests are not told which machine it is in the books of the organization, and have one only. */
const MACHINE = 'guest'

/** How a guest gets in. */
type Admission =
  | { readonly by: 'invitation'; readonly secret: string; readonly name: string }
  | { readonly by: 'key'; readonly key: string }

/** What the tab keeps. */
interface Pass {
  readonly key: string
  readonly machineName: string
  readonly access: Access
}

/** A login in the same browser has nothing to do with it. */
const APART = { credentials: 'omit' } as const

/**
 * How long the answer to an accepted invitation is waited for: it works once, so giving up early would waste it. The server
 * waits some seconds itself for the machine's link.
 */
const JOIN_MS = 30_000

const problem = (status: number, code: string, detail = '') =>
  new ApiProblem({ status, code, title: '', detail })

/** The calls of one guest. `start` works once. */
export class GuestServer implements SessionServer {
  #admission: Admission
  /** Why nobody was let in; null while it is not tried, and when it worked. */
  refusal: ApiProblem | null = null
  readonly #admitted: (key: string) => void

  /** `admitted` hears the key of the session that an invitation has become. */
  constructor(admission: Admission, admitted: (key: string) => void) {
    this.#admission = admission
    this.#admitted = admitted
  }

  /** There is a session, or was. */
  get isAdmitted(): boolean {
    return this.#admission.by === 'key'
  }

  async start({
    viewerKey: viewer_key,
  }: Pick<WantedSession, 'viewerKey'>): Promise<StartedSession> {
    const admission = this.#admission
    // This tab is a copy of the one that has the session.
    if (admission.by === 'key') throw problem(409, 'already_connected')
    const { secret, name } = admission
    try {
      const signal = AbortSignal.timeout(JOIN_MS)
      const body = { secret, name, viewer_key }
      const { opening, key } = await call(
        api.POST('/api/guest/sessions', { body, signal, ...APART }),
      )
      this.#admission = { by: 'key', key }
      this.#admitted(key)
      return opening
    } catch (thrown) {
      this.refusal = asProblem(thrown)
      throw this.refusal
    }
  }

  neverGiven(): Promise<readonly never[]> {
    return Promise.resolve([])
  }

  async resume(_session: string, viewer_key: string, signal: AbortSignal): Promise<StartedSession> {
    try {
      return await call(
        api.POST('/api/guest/session/resume', { body: { viewer_key }, signal, ...this.#speaking }),
      )
    } catch (thrown) {
      const failed = asProblem(thrown)
      // A key that is not known any more is that of a session that is over.
      throw failed.status === 401 ? problem(410, 'session_gone', failed.detail) : failed
    }
  }

  /** Their host said why. */
  askReason(): Promise<null> {
    return Promise.resolve(null)
  }

  /** Guests have what they were invited to. */
  askRights(): Promise<Session> {
    return Promise.reject(problem(403, 'forbidden'))
  }

  async end(): Promise<void> {
    await call(api.DELETE('/api/guest/session', this.#speaking))
  }

  async look(): Promise<Session | null> {
    try {
      const signal = AbortSignal.timeout(RESUME_MS)
      return await call(api.GET('/api/guest/session', { signal, ...this.#speaking }))
    } catch {
      // The same loss took the API; what the socket said has to do.
      return null
    }
  }

  /** No event stream is open to guests: what ends the session closes its connection. */
  watch(): () => void {
    return () => undefined
  }

  get #speaking() {
    const key = this.#admission.by === 'key' ? this.#admission.key : ''
    return { headers: { Authorization: `Bearer ${key}` }, ...APART }
  }
}

/** What a page shows of the visit: one immutable value per change. */
export interface Visit {
  /** The session that was entered; it stays until the page was seen. */
  readonly session: RemoteSession | null
  /** An invitation is being made a session. */
  readonly joining: boolean
  /** Why the last attempt to join failed. */
  readonly refusal: ApiProblem | null
}

const NOBODY: Visit = { session: null, joining: false, refusal: null }

export class GuestVisit {
  readonly #listeners = new Set<() => void>()
  #visit = NOBODY
  /** The session of the visit, entered or not. */
  #session: RemoteSession | null = null

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly getSnapshot = (): Visit => this.#visit

  /** Makes an invitation a session. Another one that this tab has ends as soon as it is. */
  join(secret: string, name: string, invitation: GuestInvitation): void {
    if (this.#visit.joining) return
    const before = this.#session
    const { machine_name: machineName, rights } = invitation
    const access = rights.includes('control') ? 'control' : 'view'
    const server = new GuestServer({ by: 'invitation', secret, name }, (key) => {
      before?.dispose()
      keepPass({ key, machineName, access })
    })
    const session = open(server, machineName, access, false)
    this.#set({ ...this.#visit, joining: true, refusal: null })
    const unsubscribe = session.subscribe(() => {
      if (server.isAdmitted) {
        unsubscribe()
        this.#session = session
        this.#set({ session, joining: false, refusal: null })
        // It works once.
        forgetSecret('guest')
        return
      }
      const { phase, ending } = session.getView()
      if (phase !== 'ended') return
      unsubscribe()
      session.dispose()
      const refusal = server.refusal ?? problem(0, ending?.code ?? 'session_gone')
      this.#set({ ...this.#visit, joining: false, refusal })
    })
  }

  /** Whether this tab had a session before it was loaded anew. */
  mayComeBack(): boolean {
    return this.#session === null && readPass() !== null
  }

  /** Goes on with the session that this tab had before it was loaded anew. */
  comeBack(): void {
    const pass = readPass()
    if (this.#session !== null || pass === null) return
    const { key, machineName, access } = pass
    const server = new GuestServer({ by: 'key', key }, () => undefined)
    this.#session = open(server, machineName, access, true)
    this.#set({ session: this.#session, joining: false, refusal: null })
  }

  /** Ends the session and forgets it. */
  leave(): void {
    this.#session?.dispose()
    this.#session = null
    this.#set(NOBODY)
  }

  #set(visit: Visit): void {
    this.#visit = visit
    for (const listener of this.#listeners) listener()
  }
}

/** `comesBack`: goes on with the session that the tab keeps. */
function open(
  server: GuestServer,
  machineName: string,
  access: Access,
  comesBack: boolean,
): RemoteSession {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    type: 'module',
    name: 'session',
  })
  const kept = new KeptSessions(KEPT_PLACE)
  return new RemoteSession({ id: MACHINE, name: machineName }, access, {
    server,
    worker,
    guest: true,
    // Nothing of a guest's visit outlives their tab.
    keys: new MachineKeys(inMemory()),
    kept: {
      has: (machine) => comesBack && kept.has(machine),
      take: (machine) => kept.take(machine),
      keep: (machine, session) => kept.keep(machine, session),
      forget: (machine, session) => {
        kept.forget(machine, session)
        forgetPass()
      },
    },
    capabilities: undefined,
  })
}

/** A place for keys that is gone with the page. */
function inMemory(): () => Pick<Storage, 'getItem' | 'setItem'> {
  const values = new Map<string, string>()
  const place = {
    getItem: (name: string) => values.get(name) ?? null,
    setItem: (name: string, value: string) => void values.set(name, value),
  }
  return () => place
}

function keepPass(pass: Pass): void {
  try {
    sessionStorage.setItem(KEY_PLACE, JSON.stringify(pass))
  } catch {
    // Without storage a reload is the end of the visit.
  }
}

function forgetPass(): void {
  try {
    sessionStorage.removeItem(KEY_PLACE)
  } catch {
    // Nothing was kept.
  }
}

function readPass(): Pass | null {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(KEY_PLACE) ?? 'null')
    if (typeof stored !== 'object' || stored === null || !('key' in stored)) return null
    const { key, machineName, access } = stored as Record<string, unknown>
    if (typeof key !== 'string' || typeof machineName !== 'string') return null
    return { key, machineName, access: access === 'control' ? 'control' : 'view' }
  } catch {
    return null
  }
}

/** The one visit of this tab. */
export const guestVisit = new GuestVisit()
