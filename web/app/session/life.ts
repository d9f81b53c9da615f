/**
 * The life of one session: asked for, entered, interrupted, brought back, over. Knows the server, the machine's key and the
 * rules of `reconnect.ts`; knows nothing of pictures, keys and pages (`remote-session.ts`) nor of sockets (`worker.ts`).
 *
 * ```text
 *   connecting --somebody is asked--> waiting --yes--> connecting --picture--> live
 *        |                               |                |                     |  ^
 *        +--another machine key--> keyChanged --trusted---+                loss |  | resumed
 *                                        |                                      v  |
 *                                       left                               interrupted
 *                                        v                                      |
 *   ended <---- the server says so, a person, a fault, ten minutes without luck +
 * ```
 */
import { accessWithin, isPermitted, rightsFor } from '~/api/can'
import { type ApiProblem, asProblem, reasonRequired } from '~/api/problem'
import type { Access, Right, Session, StartedSession } from '~/api/types'
import { NO_COMPANY } from './company'
import type { KeptSessions } from './kept'
import type { MachineKeys } from './pins'
import {
  Attempts,
  type Failure,
  failureCode,
  FIRST_GIVE_UP_MS,
  GIVE_UP_MS,
  isPassing,
  mayBeOver,
  RESUME_MS,
  saidOver,
  startsAnew,
  waitsFor,
} from './reconnect'
import type { SessionServer } from './server'
import { rightsChange, type SessionEnding, type SessionView } from './view'
import { wordsOf } from './words'

/** What a life needs from outside; a test brings its own. */
export interface LifeParts {
  readonly server: SessionServer
  readonly keys: MachineKeys
  readonly kept: Pick<KeptSessions, 'has' | 'take' | 'keep' | 'forget'>
  /** What the machine's agent is known to offer; undefined while it is not known. */
  readonly capabilities: readonly string[] | undefined
}

/** What a life does to the session around it. */
export interface LifeHost {
  readonly view: () => SessionView
  readonly set: (change: Partial<SessionView>) => void
  /** The viewer's public key for this session, as soon as it is made. */
  readonly viewerKey: () => Promise<string>
  /** The next session has a pipe and a key of its own. */
  readonly renew: () => void
  readonly connect: (opening: StartedSession) => void
  /** Lets go of the socket; the pipe stays. */
  readonly drop: () => void
  /** Says goodbye and forgets the pipe. */
  readonly close: () => void
}

type Said = Partial<Pick<SessionEnding, 'detail' | 'requestId'>>

export class SessionLife {
  readonly #parts: LifeParts
  readonly #host: LifeHost
  readonly #attempts = new Attempts()
  /** Counts attempts, so that a late answer of an old one changes nothing. */
  #run = 0
  #asking: AbortController | null = null
  #retry: ReturnType<typeof setTimeout> | null = null
  #limit: ReturnType<typeof setTimeout> | undefined
  #unwatch: () => void = () => undefined
  /** The session that is being entered or held; the server's record of it may not be here yet. */
  #id: string | null = null
  /** Entered but held back until somebody decides about the machine's key. */
  #held: StartedSession | null = null
  /** The machine answered since a person last asked for the session: a loss is worth waiting for. */
  #alive = false
  #liveSince: number | null = null
  /** The rights of the session that the next one takes the place of; null when a person asks, who chose an `access`. */
  #heir: readonly Right[] | null = null
  /** Why the session was opened, where that was asked for: what follows by itself is opened for the same. */
  #reason: string | null = null
  /** The session ended while somebody decides about its machine's key. */
  #endedUnderKey = false

  constructor(parts: LifeParts, host: LifeHost) {
    this.#parts = parts
    this.#host = host
    for (const event of ['online', 'pageshow']) addEventListener(event, this.wake)
  }

  /** Goes on with the session that this tab held before it was loaded anew, or asks for one. */
  async open(): Promise<void> {
    const { machineId } = this.#host.view()
    const run = this.#run
    const known = this.#parts.kept.has(machineId) ? await this.#parts.kept.take(machineId) : null
    if (run !== this.#run) return
    if (known === null) await this.#start()
    else await this.#resume(known)
  }

  /** A new start after an end. */
  restart(wanted: Access): void {
    const access = accessWithin(wanted, this.#host.view().permitted)
    this.#alive = false
    this.#heir = null
    this.#reason = null
    this.#attempts.reset()
    this.#host.renew()
    this.#host.set({ phase: 'connecting', access, viewOnly: access === 'view', ...NOTHING_YET })
    void this.#start()
  }

  /** The technician ends the session. */
  async end(): Promise<void> {
    const id = this.#id
    // The connection stays for the farewell.
    this.#settle({ code: 'technician_ended', by: null, detail: '', requestId: null, byMe: true })
    // The server closes the relay itself and writes down who ended it; our own farewell would come as a loss.
    if (id !== null) await this.#parts.server.end(id).catch(() => undefined)
    this.#host.close()
  }

  /** The technician compared the words and trusts the machine's new key. */
  async trustKey(): Promise<void> {
    const opening = this.#held
    if (opening === null) return
    this.#held = null
    const pin = this.#parts.keys.trust(this.#host.view().machineId, opening.machine_key, new Date())
    this.#host.set({ phase: this.#alive ? 'interrupted' : 'connecting', keyChange: null })
    if (this.#endedUnderKey) {
      this.#forget()
      this.#host.renew()
      await this.#start()
      return
    }
    this.#know(opening.session)
    await this.#dial(this.#run, opening, pin.since, false)
  }

  /** Asks for rights beside those that the session has. Throws `ApiProblem`. */
  async askRights(rights: readonly Right[]): Promise<void> {
    const { session } = this.#host.view()
    if (session === null) return
    const wanted = [...new Set([...session.rights, ...session.rights_asked, ...rights])]
    this.#host.set({ rightsChange: null })
    this.#know(await this.#parts.server.askRights(session.id, wanted))
  }

  /** Both ends understand each other. */
  opened(): void {
    clearTimeout(this.#limit)
  }

  /** The machine shows something, or says why it does not. */
  answered(): void {
    if (this.#host.view().phase === 'ended') return
    this.#attempts.reset()
    this.#alive = true
    this.#liveSince ??= performance.now()
    this.#host.set({ phase: 'live', interruption: null, askedSince: null })
  }

  /** The connection, or the attempt to make one, is over. */
  failed(failure: Failure, said: Said = {}): void {
    const { phase } = this.#host.view()
    if (phase === 'ended' || phase === 'keyChanged') return
    const id = this.#id
    this.#begin()
    this.#host.drop()
    const ending = { code: failureCode(failure), by: null, detail: '', requestId: null, ...said }
    if (!isPassing(failure)) {
      this.#stop(ending)
      // Nobody else knows that this viewer does not come back. What was taken over goes on elsewhere.
      if (id !== null && ending.code !== 'superseded')
        void this.#parts.server.end(id).catch(() => undefined)
      return
    }
    if (id === null && !this.#alive) this.#stop(ending)
    else if (id !== null && mayBeOver(failure)) void this.#askWhetherOver(id, failure)
    else this.#again(failure, ending)
  }

  /** Something says that it may work now: the network is back, the page is looked at again. */
  readonly wake = (): void => {
    if (this.#retry === null) return
    clearTimeout(this.#retry)
    this.#goOn()
  }

  dispose(): void {
    this.#unwatch()
    for (const event of ['online', 'pageshow']) removeEventListener(event, this.wake)
  }

  async #start(): Promise<void> {
    const run = this.#begin()
    const { access, permitted } = this.#host.view()
    const { capabilities } = this.#parts
    const machine = capabilities && { capabilities: [...capabilities] }
    const rights =
      this.#heir?.filter((right) => isPermitted(permitted, right)) ??
      rightsFor(access, machine, permitted)
    this.#id = null
    this.#host.set({ stage: 'asking', session: null, rights: [], rightsAsked: [] })
    try {
      const key = await this.#host.viewerKey()
      if (run !== this.#run) return
      const opening = await this.#ask(rights, key, run)
      if (run === this.#run) await this.#enter(run, opening)
      else void this.#parts.server.end(opening.session.id).catch(() => undefined)
    } catch (thrown) {
      if (run === this.#run) this.#refused(asProblem(thrown))
    }
  }

  /**
   * Asks for the session. What an access rule never gives is left out, but for what the person chose: then the refusal says
   * why. The rules are only looked at after a refusal, so that they cost nobody else time.
   */
  async #ask(rights: readonly Right[], key: string, run: number): Promise<StartedSession> {
    const { server } = this.#parts
    try {
      return await this.#say(rights, key, run)
    } catch (thrown) {
      const problem = asProblem(thrown)
      if (problem.code !== 'access_never') throw problem
      const { access, machineId } = this.#host.view()
      const never = await server.neverGiven(machineId)
      const possible = rights.filter(
        (right) => right === 'view' || right === access || !never.includes(right),
      )
      if (possible.length === rights.length) throw problem
      return this.#say(possible, key, run)
    }
  }

  /** Asks for the session, and says why where a role wants to know: the person is asked until the server takes what they say. */
  async #say(rights: readonly Right[], viewerKey: string, run: number): Promise<StartedSession> {
    const { server } = this.#parts
    const { machineId, machineName } = this.#host.view()
    for (;;) {
      try {
        return await server.start({ machineId, rights, viewerKey, reason: this.#reason })
      } catch (thrown) {
        const problem = asProblem(thrown)
        if (problem.field('reason') === undefined) throw problem
        const said = this.#reason === null ? null : problem
        const reason = await server.askReason(machineName, said)
        if (reason === null || run !== this.#run) throw reasonRequired(problem)
        this.#reason = reason
      }
    }
  }

  async #resume(sessionId: string): Promise<void> {
    const run = this.#begin()
    this.#id = sessionId
    const asking = new AbortController()
    this.#asking = asking
    this.#limit = setTimeout(() => asking.abort(), RESUME_MS)
    this.#host.set({ stage: 'asking' })
    try {
      const key = await this.#host.viewerKey()
      if (run !== this.#run) return
      const opening = await this.#parts.server.resume(sessionId, key, asking.signal)
      clearTimeout(this.#limit)
      if (run === this.#run) await this.#enter(run, opening)
    } catch (thrown) {
      if (run !== this.#run) return
      const problem = asProblem(thrown)
      if (problem.code === 'session_over') this.#over(problem.end, problem.requestId)
      else this.#refused(problem)
    }
  }

  /** The server let us in: nothing goes to the relay before the machine's key is the one that is known. */
  async #enter(run: number, opening: StartedSession): Promise<void> {
    const { machineId } = this.#host.view()
    this.#id = opening.session.id
    this.#know(opening.session)
    this.#watch(opening.session.id)
    this.#parts.kept.keep(machineId, opening.session.id)
    const { kind, pin } = this.#parts.keys.check(machineId, opening.machine_key, new Date())
    if (kind !== 'changed') {
      await this.#dial(run, opening, pin.since, kind === 'new')
      return
    }
    const [words, wordsBefore] = await Promise.all([wordsOf(opening.machine_key), wordsOf(pin.key)])
    if (run !== this.#run) return
    this.#held = opening
    this.#host.set({ phase: 'keyChanged', keyChange: { words, wordsBefore, since: pin.since } })
  }

  async #dial(run: number, opening: StartedSession, since: string, first: boolean): Promise<void> {
    const words = await wordsOf(opening.machine_key)
    if (run !== this.#run) return
    const { lasting } = this.#parts.keys
    this.#host.set({ stage: 'relay', key: { words, since, first, lasting } })
    this.#host.connect(opening)
    // Somebody may have to be asked at the machine; the server knows how long.
    const { state } = opening.session
    if (state === 'requested' || state === 'waiting_for_consent') return
    const hung = () => this.failed({ source: 'viewer', code: 'attempt_hung' })
    this.#limit = setTimeout(hung, this.#attempts.socketLimit)
  }

  #refused({ code, status, detail, requestId }: ApiProblem): void {
    const over = code === 'not_found' && this.#id !== null
    this.failed(
      { source: 'api', code: over ? 'session_gone' : code, status },
      { detail, requestId },
    )
  }

  /** Asks the server who ended the session, if anybody did. */
  async #askWhetherOver(id: string, failure: Failure): Promise<void> {
    const run = this.#run
    const record = await this.#parts.server.look(id)
    if (run !== this.#run) return
    const ending = { code: failureCode(failure), by: null, detail: '', requestId: null }
    if (record?.state === 'ended') this.#over(record.end, null)
    else if (saidOver(failure) !== null)
      this.#over({ reason: saidOver(failure) ?? '', by: null, detail: null }, null)
    else {
      // A pipe that its agent closed is over, whatever becomes of the session.
      if (failure.source === 'pipe') this.#host.renew()
      this.#again(failure, ending)
    }
  }

  /** The session is over, and the server says how. */
  #over(end: Session['end'], requestId: string | null): void {
    const { session, interruption, guest } = this.#host.view()
    const reason = end?.reason ?? 'session_gone'
    // The page was loaded anew before the session ran: whoever loads it still waits for one.
    if (!guest && session === null && reason === 'viewer_lost') {
      this.#forget()
      this.#host.renew()
      void this.#start()
      return
    }
    // An invitation is good for one session.
    if (guest || session === null || !this.#alive || !startsAnew(reason, session)) {
      this.#stop({ code: reason, by: end?.by ?? null, detail: end?.detail ?? '', requestId })
      return
    }
    this.#forget()
    this.#heir = session.rights
    this.#host.renew()
    const since = interruption?.since ?? Date.now()
    this.#host.set({
      phase: 'interrupted',
      session: null,
      interruption: { waitsFor: 'machine', cause: reason, since },
    })
    void this.#start()
  }

  #again(failure: Failure, ending: SessionEnding): void {
    const giveUp = this.#alive ? GIVE_UP_MS : FIRST_GIVE_UP_MS
    const wait = this.#attempts.next(performance.now(), Math.random(), giveUp)
    if (wait === null) {
      const id = this.#id
      this.#stop({ ...ending, gaveUp: true })
      if (id !== null) void this.#parts.server.end(id).catch(() => undefined)
      return
    }
    const since = this.#host.view().interruption?.since ?? Date.now()
    this.#host.set({
      phase: this.#alive ? 'interrupted' : 'connecting',
      stage: 'asking',
      askedSince: null,
      interruption: { waitsFor: waitsFor(failure, navigator.onLine), cause: ending.code, since },
    })
    this.#retry = setTimeout(() => this.#goOn(), wait)
  }

  #goOn(): void {
    if (this.#id === null) void this.#start()
    else void this.#resume(this.#id)
  }

  #watch(sessionId: string): void {
    this.#unwatch()
    this.#unwatch = this.#parts.server.watch(sessionId, () => void this.#look(sessionId))
  }

  async #look(sessionId: string): Promise<void> {
    const record = await this.#parts.server.look(sessionId)
    if (record === null || this.#id !== sessionId || this.#host.view().phase === 'ended') return
    if (record.state !== 'ended') {
      this.#know(record)
      return
    }
    if (this.#host.view().phase === 'keyChanged') {
      // What is being compared stays; another session follows when the key is trusted.
      this.#endedUnderKey = true
      return
    }
    this.#begin()
    this.#host.drop()
    this.#over(record.end, null)
  }

  /** What the server says of the session. */
  #know(session: Session): void {
    const { session: before, phase, rightsChange: told, askedSince } = this.#host.view()
    // Before the machine is there, rights are only what may become of them.
    const running = this.#alive && before?.id === session.id
    const waiting = session.state === 'waiting_for_consent'
    const change = running ? rightsChange(before, session) : null
    this.#host.set({
      session,
      machineName: session.machine_name,
      rights: session.rights,
      rightsAsked: session.rights_asked,
      rightsChange: change ?? told,
      ...(change?.kind === 'granted' && change.rights.includes('control')
        ? { viewOnly: false }
        : {}),
      askedSince: waiting ? (askedSince ?? Date.now()) : null,
    })
    if (phase === 'connecting' && waiting) this.#host.set({ phase: 'waiting' })
    else if (phase === 'waiting' && !waiting) this.#host.set({ phase: 'connecting' })
  }

  #stop(ending: SessionEnding): void {
    this.#host.drop()
    this.#settle(ending)
  }

  #settle(ending: SessionEnding): void {
    this.#begin()
    this.#unwatch()
    this.#unwatch = () => undefined
    this.#forget()
    const lasted = this.#liveSince === null ? null : (performance.now() - this.#liveSince) / 1000
    this.#host.set({ ...NOTHING_YET, phase: 'ended', ending, lasted })
    this.#liveSince = null
    this.#alive = false
  }

  /** The session is none of ours any more. */
  #forget(): void {
    if (this.#id !== null) this.#parts.kept.forget(this.#host.view().machineId, this.#id)
    this.#id = null
  }

  /** Whatever ran before counts no more. */
  #begin(): number {
    this.#run += 1
    this.#held = null
    this.#endedUnderKey = false
    this.#asking?.abort()
    this.#asking = null
    clearTimeout(this.#limit)
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#retry = null
    return this.#run
  }
}

const NOTHING_YET = {
  askedSince: null,
  interruption: null,
  keyChange: null,
  rightsChange: null,
  rightsAsked: [],
  ending: null,
  heldInput: 0,
  canInput: false,
  canClipboard: false,
  refused: null,
  exact: null,
  shadow: null,
  company: NO_COMPANY,
} satisfies Partial<SessionView>
