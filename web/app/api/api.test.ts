import { QueryClient } from '@tanstack/react-query'
import { describe, expect, it, vi } from 'vitest'

import {
  canApproveAs,
  accessWithin,
  canChangeRole,
  canMerge,
  canRetire,
  canRevokeInvitation,
  canUndoMerge,
  invitationState,
  isGuests,
  mayOn,
  permittedEverywhere,
  permittedRights,
  rightsFor,
  strandedByRetiring,
  tokenState,
  waysToConnect,
} from './can'
import { keyOfTopic, LiveUpdates } from './events'
import { asProblem, problemOf } from './problem'
import type { EnrollmentToken, Permission } from './types'

describe('problemOf', () => {
  const answer = (status: number, headers: Record<string, string> = {}) =>
    new Response(null, { status, headers })

  it('keeps code, fields and request id', () => {
    const errors = [{ field: 'name', code: 'required', detail: 'Fill this in.' }]
    const body = { code: 'validation_failed', title: 't', detail: 'd', request_id: 'r1', errors }
    const problem = problemOf(body, answer(422))
    expect(problem).toMatchObject({ status: 422, code: 'validation_failed', requestId: 'r1' })
    expect(problem.field('name')?.code).toBe('required')
  })

  it('names the fields of one part of the body as that part has them', () => {
    const at = (pointer: string) => ({ in: 'body', field: 'list', pointer, code: 'x', detail: '' })
    const errors = ['/list', '/list/1/place/site_id', '/list/1/tags/0', '/list/10/name'].map(at)
    const problem = problemOf({ code: 'validation_failed', title: '', errors }, answer(422))
    const names = (pointer: string) => problem.inside(pointer).fields.map(({ field }) => field)
    expect(names('/list/1')).toEqual(['place.site_id', 'tags'])
    expect(names('/list/2')).toEqual([])
    expect(names('')).toEqual(['list', 'list.place.site_id', 'list.tags', 'list.name'])
  })

  it('makes sense of an answer that is no problem+json', () => {
    const problem = problemOf('<html>', answer(502, { 'X-Request-Id': 'r2' }))
    expect(problem).toMatchObject({ status: 502, code: 'unreadable_answer', requestId: 'r2' })
  })

  it('reads how long to wait', () => {
    const body = { code: 'too_many_attempts', title: '', detail: '' }
    expect(problemOf(body, answer(429, { 'Retry-After': '30' })).retryAfter).toBe(30)
    expect(problemOf(body, answer(429, { 'Retry-After': 'soon' })).retryAfter).toBeNull()
  })

  it('takes anything thrown for a network failure', () => {
    expect(asProblem(new TypeError('failed to fetch'))).toMatchObject({
      status: 0,
      code: 'network',
      requestId: null,
    })
  })
})

const SEES_AND_CONTROLS: Permission[] = ['screen.view', 'screen.control']

/** What an account may do, by organization. */
const mine = (organizations: Record<string, Permission[]>) => ({
  organizations: Object.entries(organizations).map(([id, permissions]) => ({
    ...{ id, name: id, archived_at: null, roles: [], permissions },
  })),
})

describe('can', () => {
  it('connects to machines that are online and have a screen', () => {
    const since = ''
    const online = { status: 'online' as const, since }
    const offline = { status: 'offline' as const, since }
    const state = 'active'
    const capabilities = ['screen']
    const machine = { state, presence: online, capabilities, permissions: SEES_AND_CONTROLS }
    const verdict = (about: Partial<Parameters<typeof waysToConnect>[0]>) =>
      waysToConnect({ ...machine, ...about }).verdict
    expect(verdict({})).toBe('yes')
    expect(verdict({ capabilities: [] })).toBe('noScreen')
    expect(verdict({ presence: offline })).toBe('offline')
    expect(verdict({ state: 'blocked', presence: offline })).toBe('blocked')
  })

  it('connects as roles allow on the machine', () => {
    const presence = { status: 'online' as const, since: '' }
    const machine = { state: 'active' as const, presence, capabilities: ['screen'] }
    const by = (...permissions: Permission[]) => waysToConnect({ ...machine, permissions })
    expect(by(...SEES_AND_CONTROLS)).toEqual({ verdict: 'yes', ways: ['control', 'view'] })
    expect(by('screen.view')).toEqual({ verdict: 'yes', ways: ['view'] })
    // Nobody controls what they do not see.
    expect(by('screen.control')).toEqual({ verdict: 'notAllowed', ways: [] })
    expect(by('machine.see').verdict).toBe('notAllowed')
    expect(permittedRights({ permissions: SEES_AND_CONTROLS })).toEqual(['view', 'control'])
  })

  it('knows what roles allow without the machine only when it is the same on every one', () => {
    const at = (server: Permission[], organizations: Record<string, Permission[]>) =>
      permittedEverywhere({ ...mine(organizations), server_permissions: server })
    const views: Permission[] = ['screen.view']
    expect(at(views, { a: views, b: views })).toEqual(['view'])
    expect(at(views, { a: views, b: SEES_AND_CONTROLS })).toBeUndefined()
    // It may be for one of its sites.
    expect(at([], { a: views })).toBeUndefined()
    expect(at([], { a: ['machine.see'] })).toEqual([])
    expect(at([], {})).toEqual([])
  })

  it('does with a machine what roles allow on that one', () => {
    expect(mayOn({ permissions: ['machine.manage'] }, 'machine.manage')).toBe(true)
    expect(mayOn({ permissions: ['machine.manage'] }, 'machine.remove')).toBe(false)
  })

  it('asks for what the agent offers and roles allow', () => {
    const machine = { capabilities: ['screen', 'input', 'clipboard'] }
    expect(rightsFor('control', machine, null)).toEqual(['view', 'control', 'clipboard'])
    expect(rightsFor('control', undefined, ['view', 'control'])).toEqual(['view', 'control'])
    expect(rightsFor('control', machine, ['view', 'clipboard'])).toEqual(['view', 'clipboard'])
    expect(rightsFor('control', { capabilities: ['screen'] }, null)).toEqual(['view'])
    expect(rightsFor('view', machine, null)).toEqual(['view'])
    expect(accessWithin('control', ['view'])).toBe('view')
    expect(accessWithin('control', ['view', 'control'])).toBe('control')
    expect(accessWithin('control', null)).toBe('control')
  })

  it('changes roles that allow no more than the person may do', () => {
    const me = { server_permissions: ['machine.see'] as const satisfies Permission[] }
    const role = { built_in: false, permissions: me.server_permissions }
    expect(canChangeRole(role, me)).toBe('yes')
    expect(canChangeRole({ ...role, built_in: true }, me)).toBe('builtIn')
    expect(canChangeRole({ ...role, permissions: ['audit.read'] }, me)).toBe('beyond')
  })

  it('merges two records unless they are two machines or one is in use', () => {
    const machine = (id: string, status: 'online' | 'offline', open = 0) => ({
      id,
      presence: { status, since: '' },
      sessions: Array.from({ length: open }, () => ({}) as never),
    })
    expect(canMerge(machine('a', 'online'), machine('b', 'offline'))).toBe('yes')
    expect(canMerge(machine('a', 'offline'), machine('b', 'offline'))).toBe('yes')
    expect(canMerge(machine('a', 'online'), machine('b', 'online'))).toBe('bothOnline')
    expect(canMerge(machine('a', 'online'), machine('a', 'online'))).toBe('same')
    expect(canMerge(machine('a', 'offline'), machine('b', 'online', 1))).toBe('inSession')
    expect(canMerge(machine('a', 'online', 1), machine('b', 'offline'))).toBe('yes')
  })

  it('takes a merge back until its time is over', () => {
    const record = { undo_until: '2026-01-31T00:00:00Z' }
    expect(canUndoMerge(record, Date.UTC(2026, 0, 31))).toBe(true)
    expect(canUndoMerge(record, Date.UTC(2026, 0, 31) + 1)).toBe(false)
  })

  it('lets the holder of a key become its machine only, by who manages that', () => {
    const holder = { holds_key_of: { machine: { id: 'a' } } }
    const managed = (id: string) => ({ id, permissions: ['machine.manage'] satisfies Permission[] })
    expect(canApproveAs(holder, managed('a'))).toBe(true)
    expect(canApproveAs(holder, managed('b'))).toBe(false)
    expect(canApproveAs({ holds_key_of: null }, managed('b'))).toBe(true)
    expect(canApproveAs(holder, { id: 'a', permissions: ['machine.see'] })).toBe(false)
  })

  it('counts whom retiring the older keys would strand', () => {
    const key = (present: boolean, trusted_by: number) => ({ fingerprint: '', present, trusted_by })
    expect(strandedByRetiring({ keys: [key(true, 9), key(false, 2), key(false, 1)] })).toBe(3)
    expect(canRetire({ keys: [key(true, 9)] })).toBe(false)
    expect(canRetire({ keys: [key(true, 9), key(false, 0)] })).toBe(true)
  })

  it('knows what a token is good for, also when its time ends on the page', () => {
    const now = Date.UTC(2026, 0, 2)
    const token = { state: 'active', expires_at: '2026-01-03T00:00:00Z' } as EnrollmentToken
    expect(tokenState(token, now)).toBe('active')
    expect(tokenState(token, now + 24 * 3600_000)).toBe('expired')
    expect(tokenState({ ...token, state: 'used_up' }, now + 24 * 3600_000)).toBe('used_up')
    expect(tokenState({ ...token, state: 'revoked' }, now)).toBe('revoked')
  })
})

describe('invitations', () => {
  it('end by themselves, and can be revoked while they are good for anything', () => {
    const now = Date.UTC(2026, 0, 2)
    const expires_at = '2026-01-02T00:00:00Z'
    const at = (state: 'open' | 'accepted', when: number) =>
      invitationState({ state, expires_at }, when)
    expect([at('open', now - 1), at('open', now), at('accepted', now + 1)]).toEqual([
      'open',
      'expired',
      'accepted',
    ])
    const revocable = (['open', 'accepted', 'revoked', 'expired'] as const).map(canRevokeInvitation)
    expect(revocable).toEqual([true, true, false, false])
  })

  it('tell the session of a guest from others', () => {
    expect([{ guest_of: 's1' }, { guest_of: null }].map(isGuests)).toEqual([true, false])
  })
})

describe('LiveUpdates', () => {
  class Source extends EventTarget {
    static all: Source[] = []
    closed = false
    constructor() {
      super()
      Source.all.push(this)
    }
    close() {
      this.closed = true
    }
    say(type: string, data = '{}') {
      this.dispatchEvent(new MessageEvent(type, { data }))
    }
  }

  const begin = () => {
    vi.useFakeTimers()
    vi.stubGlobal('EventSource', Source)
    Source.all = []
    const queryClient = new QueryClient()
    const invalidate = vi.spyOn(queryClient, 'invalidateQueries').mockResolvedValue()
    const live = new LiveUpdates(queryClient)
    live.start()
    const latest = () => Source.all.at(-1)!
    return { live, invalidate, latest, queryClient }
  }

  it('turns topics into query keys, each once per burst', () => {
    const { invalidate, latest } = begin()
    latest().say('invalidate', '{"topics":["machines","machine:7"]}')
    latest().say('invalidate', '{"topics":["machines"]}')
    vi.runAllTimers()
    expect(invalidate.mock.calls).toEqual([
      [{ queryKey: ['machines'] }],
      [{ queryKey: ['machine', '7'] }],
    ])
    expect(keyOfTopic('enrollment-tokens')).toEqual(['enrollment-tokens'])
  })

  it('reads what machines allow again when access rules change, and nothing else of them', () => {
    const { invalidate, latest, queryClient } = begin()
    for (const key of [
      ['machine', '7'],
      ['machine', '7', 'identity'],
      ['machine', '7', 'access'],
    ])
      queryClient.setQueryData(key, {})
    latest().say('invalidate', '{"topics":["access-rules"]}')
    // Long enough for the burst, and not so long that the cache forgets.
    vi.advanceTimersByTime(100)
    const read = invalidate.mock.calls.flatMap(([filters]) =>
      queryClient.getQueryCache().findAll(filters ?? {}),
    )
    expect(invalidate).toHaveBeenCalledWith({ queryKey: ['access-rules'] })
    expect(read.map(({ queryKey }) => queryKey)).toEqual([['machine', '7', 'access']])
  })

  it('ignores notices that it cannot read', () => {
    const { invalidate, latest } = begin()
    for (const data of ['', '[]', 'null', '{"topics":7}', '{"topics":[1]}'])
      latest().say('invalidate', data)
    vi.runAllTimers()
    expect(invalidate).not.toHaveBeenCalled()
  })

  it('reads everything again on hello and on resync', () => {
    const { live, invalidate, latest } = begin()
    latest().say('hello')
    expect(live.getSnapshot()).toBe('live')
    latest().say('resync')
    expect(invalidate.mock.calls).toEqual([[], []])
  })

  it('comes back by itself, soon at first and then less often', () => {
    const { live, latest } = begin()
    latest().say('hello')
    latest().say('error')
    expect(live.getSnapshot()).toBe('lost')
    expect(Source.all).toHaveLength(1)
    vi.advanceTimersByTime(350)
    expect(Source.all).toHaveLength(2)
    latest().say('error')
    vi.advanceTimersByTime(350)
    expect(Source.all).toHaveLength(2)
    vi.advanceTimersByTime(350)
    latest().say('hello')
    expect(live.getSnapshot()).toBe('live')
    expect(Source.all.filter((source) => !source.closed)).toHaveLength(1)
  })

  it('leaves nothing running when stopped', () => {
    const { live, latest } = begin()
    latest().say('error')
    live.stop()
    vi.runAllTimers()
    expect(Source.all.every((source) => source.closed)).toBe(true)
  })
})
