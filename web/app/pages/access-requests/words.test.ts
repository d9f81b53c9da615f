// @vitest-environment node
import { describe, expect, it } from 'vitest'

import { someAccessRequests } from '@mock/access-request-data'
import { someMachines } from '@mock/data'
import { ownerMe } from '@mock/db'
import type { AccessRequest, EffectivePermissions } from '~/api/types'
import { en } from '~/i18n/en'
import { formatOf } from '~/i18n/format'

import { blankForm, isReady, toAskFor, wishesOf } from './form'
import { permissionNames, sortedRequests, stateLines } from './words'

const now = Date.UTC(2026, 2, 1, 12)
const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString()
const [waiting] = someAccessRequests(someMachines(now), ownerMe, now) as [AccessRequest]
const request = (id: string, more: Partial<AccessRequest>): AccessRequest => ({
  ...waiting,
  id,
  ...more,
})
const lines = (one: AccessRequest) => stateLines({ messages: en, format: formatOf('en') }, one, now)

describe('requests', () => {
  it('stand in the order in which somebody has to care', () => {
    const all = [
      request('newer', { may_decide: true }),
      request('refused', { state: 'refused' }),
      request('counts', { state: 'approved', expires_at: at(10) }),
      request('passed', { state: 'approved', expires_at: at(-1) }),
      request('own', { account_id: ownerMe.account.id }),
      request('older', { may_decide: true }),
      request('lapsed', { may_decide: true, lapses_at: at(-1) }),
    ]
    const ids = Object.fromEntries(
      Object.entries(sortedRequests(all, now)).map(([key, list]) => [
        key,
        (list as AccessRequest[]).map(({ id }) => id),
      ]),
    )
    expect(ids).toEqual({
      toDecide: ['older', 'newer'],
      open: ['own', 'counts'],
      over: ['refused', 'passed', 'lapsed'],
    })
  })

  it('say until when, by whom, and that nobody decided', () => {
    const decided = { decided_by_name: 'Theo', note: 'Be quick.' }
    const approved = lines(request('a', { ...decided, state: 'approved', expires_at: at(60) }))
    expect(approved[0]).toMatch(/^until Mar 1, 2026, /)
    expect(approved.slice(1)).toEqual(['by Theo', '“Be quick.”'])
    expect(lines(request('b', { lapses_at: at(-1) }))).toEqual(['Nobody decided in time'])
    expect(lines(request('c', { state: 'withdrawn', ended_by_name: 'Ana' }))).toEqual([
      'ended by Ana',
    ])
    expect(permissionNames(en, ['screen.control', 'machine.see'])).toBe(
      'See machines, Control the screen',
    )
  })
})

describe('asking', () => {
  const verdict = (
    permission: EffectivePermissions['permissions'][number]['permission'],
    more: Partial<EffectivePermissions['permissions'][number]>,
  ) => ({
    permission,
    allowed: false,
    decided_by: 'no_role' as const,
    roles: [],
    access: null,
    ...more,
  })
  const own = {
    permissions: [
      verdict('machine.see', { allowed: true, decided_by: 'role' }),
      verdict('screen.view', {}),
      verdict('screen.control', { decided_by: 'step_up' }),
      verdict('terminal.open', {
        access: {
          right: 'terminal',
          mode: 'never',
          on_silence: null,
          source: { kind: 'organization', rule_id: 'r', name: 'Atlântico' },
        },
      }),
      verdict('audit.read', {}),
    ],
  }

  it('is for what is about machines, is not held, and would count', () => {
    expect(toAskFor(own)).toEqual(['screen.view'])
    expect(toAskFor(undefined)).toEqual([])
  })

  it('leaves out what nobody has to approve', () => {
    const form = { ...blankForm(['machine.see', 'screen.view']), reason: ' Ticket 7 ' }
    expect(wishesOf(own, form, 'm')).toEqual({
      machine_id: 'm',
      permissions: ['screen.view'],
      reason: 'Ticket 7',
      duration_seconds: 3600,
    })
    expect(isReady(own, form)).toBe(true)
    expect(isReady(own, { ...form, permissions: ['machine.see'] })).toBe(false)
    expect(isReady(own, { ...form, reason: ' ' })).toBe(false)
  })
})
