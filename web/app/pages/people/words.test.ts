// @vitest-environment node
import { describe, expect, it } from 'vitest'

import { ownerMe } from '@mock/db'
import { become, builtInRoles } from '@mock/rights-data'
import { accountInvitationState, mayGive } from '~/api/can'
import type { PermissionVerdict } from '~/api/types'
import { en } from '~/i18n/en'
import { ptBr } from '~/i18n/pt-br'

import { hasIt, placesToGive, roleMeant, rolesToGive, SERVER } from './form'
import { askedOf, countingRoles, reasonOf, roleAt } from './words'

const organizationId = ownerMe.organizations[0]!.id
const place = { kind: 'organization' as const, organization_id: organizationId }
const conditions = { expires_at: null, hours: null, reason_required: false, step_up_minutes: null }
const themselves = { team_id: null, team_name: null }
const counts = { conditions, lent: false, standing: 'counts' as const, ...themselves }
const onServer = { kind: 'server' as const }
const known = {
  organization_name: 'Atlântico',
  roles: [
    { ...counts, assignment_id: '1', role: 'technician', role_name: 'technician', place },
    { ...counts, assignment_id: '2', role: 'owner', role_name: 'owner', place: onServer },
    { ...counts, assignment_id: '3', role: '0197', role_name: 'Noite', place },
  ],
}
const verdict = (more: Partial<PermissionVerdict>): PermissionVerdict => ({
  permission: 'screen.control',
  allowed: true,
  decided_by: 'role',
  roles: ['1'],
  access: null,
  ...more,
})
const access = {
  right: 'control' as const,
  mode: 'never' as const,
  on_silence: null,
  source: { kind: 'site' as const, rule_id: '9', name: 'Lisbon' },
}

describe('why', () => {
  it('names the roles and where they were given, in both languages', () => {
    const roles = { roles: ['1', '2', '3'] }
    expect(reasonOf(en, known, verdict(roles))).toBe(
      'because: Technician in Atlântico, Owner on the whole server, Noite in Atlântico',
    )
    expect(reasonOf(ptBr, known, verdict(roles))).toBe(
      'porque: Técnico em Atlântico, Dono no servidor inteiro, Noite em Atlântico',
    )
  })

  it('names the access rule that forbids it, and nobody who is asked', () => {
    const forbidden = verdict({ allowed: false, decided_by: 'access_rule', access })
    expect(reasonOf(en, known, forbidden)).toBe('access rule: not allowed (rule for site Lisbon)')
    expect(askedOf(en, forbidden)).toBeNull()
  })

  it('says what is missing of a role that would allow it', () => {
    const [role] = known.roles
    const lent = { ...known, roles: [{ ...role!, lent: true }] }
    const after = (decided_by: PermissionVerdict['decided_by']) =>
      reasonOf(en, known, verdict({ allowed: false, decided_by }))
    expect(after('step_up')).toBe('only after proving again: Technician in Atlântico')
    expect(after('hours')).toBe('at other hours: Technician in Atlântico')
    expect(after('ended')).toBe('ended: Technician in Atlântico')
    expect(reasonOf(ptBr, lent, verdict({}))).toBe('porque: acesso por um tempo')
    const ended = { ...known, roles: [{ ...role!, standing: 'ended' as const }] }
    expect(countingRoles(en, ended)).toEqual([])
    expect(countingRoles(en, known)).toHaveLength(3)
  })

  it('names the team by which they have it', () => {
    const [role] = known.roles
    const byTeam = { ...known, roles: [{ ...role!, team_id: '7', team_name: 'Field' }] }
    expect(reasonOf(en, byTeam, verdict({}))).toBe('because: Technician in Atlântico (team Field)')
    expect(countingRoles(ptBr, byTeam)).toEqual(['Técnico em Atlântico (equipe Field)'])
  })

  it('says who is asked where it is allowed', () => {
    expect(askedOf(en, verdict({ access: { ...access, mode: 'ask' } }))).toBe(
      'asks the person (rule for site Lisbon)',
    )
    expect(askedOf(en, verdict({}))).toBeNull()
  })
})

describe('a role of somebody', () => {
  const technician = { role: 'technician', role_name: 'technician', organization_name: null }

  it('is named in the language of the reader, with its place', () => {
    expect(roleAt(ptBr, technician)).toBe('Técnico · servidor inteiro')
    const own = { role: 'x', role_name: 'Noite', organization_name: 'Atlântico' }
    expect(roleAt(ptBr, own)).toBe('Noite · Atlântico')
    const tags = { kind: 'tags' as const, organization_id: organizationId, tags: ['lab', 'till'] }
    expect(roleAt(en, { ...own, place: tags })).toBe('Noite · Atlântico, lab, till')
    expect(roleAt(en, { ...own, place, place_name: 'Branch' })).toBe('Noite · Atlântico, Branch')
    // No name of the object's own.
    expect(roleAt(en, { ...own, role: 'toString' })).toBe('Noite · Atlântico')
  })
})

describe('what may be given', () => {
  const [, viewer, , administrator, owner] = builtInRoles()
  const me = structuredClone(ownerMe)
  become(me, 'administrator')

  it('is what one has oneself, where one manages people', () => {
    expect(placesToGive(ownerMe)).toEqual([organizationId, SERVER])
    expect(placesToGive(me)).toEqual([organizationId])
    expect(mayGive(me, viewer!, place)).toBe(true)
    expect(mayGive(me, viewer!, { kind: 'server' })).toBe(false)
    expect(mayGive(me, administrator!, place)).toBe(true)
    become(me, 'technician')
    expect(mayGive(me, viewer!, place)).toBe(false)
    expect(placesToGive(me)).toEqual([])
  })

  it('in one organization counts nothing that is of the whole server', () => {
    become(me, 'administrator')
    expect(mayGive(me, owner!, place)).toBe(true)
    expect(rolesToGive(me, builtInRoles(), SERVER)).toEqual([])
  })

  it('begins with technicians, and keeps what was chosen while it can be given', () => {
    const all = builtInRoles()
    expect(roleMeant('', all)).toBe('technician')
    expect(roleMeant('viewer', all)).toBe('viewer')
    expect(roleMeant('owner', [viewer!])).toBe('viewer')
    expect(roleMeant('owner', [])).toBe('')
    expect(roleMeant('', all, (role) => role === 'technician')).toBe('viewer')
    expect(roleMeant('technician', all, () => true)).toBe('technician')
  })

  it('is not what they have there already', () => {
    const given = { role: 'viewer', place } as never
    expect(hasIt({ roles: [given] }, { role: 'viewer', place: organizationId })).toBe(true)
    expect(hasIt({ roles: [given] }, { role: 'viewer', place: SERVER })).toBe(false)
  })
})

describe('an invitation', () => {
  it('ends with its time, also when nobody read it again', () => {
    const invitation = { state: 'open' as const, expires_at: '2026-03-01T00:00:00Z' }
    const end = Date.parse(invitation.expires_at)
    expect(accountInvitationState(invitation, end - 1)).toBe('open')
    expect(accountInvitationState(invitation, end)).toBe('expired')
    expect(accountInvitationState({ ...invitation, state: 'accepted' }, end)).toBe('accepted')
  })
})
