// @vitest-environment node
import { describe, expect, it } from 'vitest'

import { ownerMe } from '@mock/db'
import { become, builtInRoles } from '@mock/rights-data'
import { accountInvitationState, mayGive } from '~/api/can'
import type { PermissionVerdict } from '~/api/types'
import { en } from '~/i18n/en'
import { ptBr } from '~/i18n/pt-br'

import { SERVER, wholeOf } from '~/components/assignment-form'
import { roleAt } from '~/components/assignment-words'
import { formatOf } from '~/i18n/format'

import { hasIt, placesToGive, roleMeant, rolesToGive } from './form'
import { askedOf, asksReason, givenRoles, type Known, reasonOf } from './words'

const english = { messages: en, format: formatOf('en'), zone: 'Europe/Lisbon' }
const portuguese = { messages: ptBr, format: formatOf('pt-BR'), zone: 'Europe/Lisbon' }

const organizationId = ownerMe.organizations[0]!.id
const place = { kind: 'organization' as const, organization_id: organizationId }
const conditions = { expires_at: null, hours: null, reason_required: false, step_up_minutes: null }
const themselves = { team_id: null, team_name: null }
const counts = { conditions, lent: false, standing: 'counts' as const, ...themselves }
const onServer = { kind: 'server' as const }
const known: Known = {
  organization_name: 'Atlântico',
  machine_id: null,
  machine_name: null,
  sites: [{ id: 's', name: 'Lisbon' }],
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
    expect(reasonOf(english, known, verdict(roles))).toBe(
      'because: Technician in Atlântico, Owner on the whole server, Noite in Atlântico',
    )
    expect(reasonOf(portuguese, known, verdict(roles))).toBe(
      'porque: Técnico em Atlântico, Dono no servidor inteiro, Noite em Atlântico',
    )
  })

  it('names the access rule that forbids it, and nobody who is asked', () => {
    const forbidden = verdict({ allowed: false, decided_by: 'access_rule', access })
    expect(reasonOf(english, known, forbidden)).toBe(
      'access rule: not allowed (rule for site Lisbon)',
    )
    expect(askedOf(english, forbidden)).toBeNull()
  })

  it('says what keeps a role that would allow it from counting', () => {
    const [role] = known.roles
    const hours = {
      days: ['monday' as const, 'tuesday' as const, 'wednesday' as const],
      from: '08:00',
      to: '18:00',
      time_zone: 'America/Recife',
    }
    const because = (
      decided_by: PermissionVerdict['decided_by'],
      more: Partial<(typeof known)['roles'][number]>,
      reader = english,
    ) =>
      reasonOf(
        reader,
        { ...known, roles: [{ ...role!, ...more }] },
        verdict({ allowed: false, decided_by }),
      )
    expect(
      because('step_up', {
        standing: 'needs_proof',
        conditions: { ...conditions, step_up_minutes: 15 },
      }),
    ).toBe('after a fresh proof: Technician in Atlântico (no older than 15 min)')
    const outside = {
      standing: 'outside_hours' as const,
      conditions: { ...conditions, hours },
      place: { kind: 'site' as const, organization_id: organizationId, site_id: 's' },
    }
    expect(because('hours', outside)).toBe(
      'at other hours: Technician at site Lisbon (Mon–Wed 08:00–18:00 (America/Recife))',
    )
    expect(because('hours', outside, portuguese)).toBe(
      'em outros horários: Técnico no local Lisbon (seg–qua 08:00–18:00 (America/Recife))',
    )
    expect(
      because('ended', {
        standing: 'ended',
        conditions: { ...conditions, expires_at: '2026-03-01T12:00:00Z' },
      }),
    ).toMatch(/^ended: Technician in Atlântico \(ended Mar 1, 2026, /)
  })

  it('names access for a while by its end, and lists all that was given there', () => {
    const [role] = known.roles
    const lent = {
      ...role!,
      lent: true,
      conditions: { ...conditions, expires_at: '2026-03-01T12:00:00Z' },
    }
    const all = { ...known, roles: [lent, { ...role!, assignment_id: '2' }] }
    expect(reasonOf(english, all, verdict({}))).toMatch(/^because: access for a while until Mar 1/)
    expect(givenRoles(portuguese, all)).toMatchObject([
      { text: expect.stringMatching(/^acesso por um tempo até /) as string, limits: '' },
      { text: 'Técnico em Atlântico', limits: '', standing: 'counts' },
    ])
  })

  it('says that a session needs a reason only where nothing else allows it', () => {
    const [role, other] = known.roles
    const asks = { ...role!, conditions: { ...conditions, reason_required: true } }
    const control = verdict({ roles: ['1', '2'], access: { ...access, mode: 'ask' } })
    expect(asksReason({ roles: [asks] }, control)).toBe(true)
    expect(asksReason({ roles: [asks, other!] }, control)).toBe(false)
    expect(asksReason({ roles: [asks] }, { ...control, allowed: false })).toBe(false)
  })

  it('names the team by which they have it', () => {
    const [role] = known.roles
    const byTeam = { ...known, roles: [{ ...role!, team_id: '7', team_name: 'Field' }] }
    expect(reasonOf(english, byTeam, verdict({}))).toBe(
      'because: Technician in Atlântico (team Field)',
    )
    expect(givenRoles(portuguese, byTeam)).toMatchObject([
      { text: 'Técnico em Atlântico (equipe Field)' },
    ])
  })

  it('says who is asked where it is allowed', () => {
    expect(askedOf(english, verdict({ access: { ...access, mode: 'ask' } }))).toBe(
      'asks the person (rule for site Lisbon)',
    )
    expect(askedOf(english, verdict({}))).toBeNull()
  })
})

describe('a role of somebody', () => {
  const technician = {
    role: 'technician',
    role_name: 'technician',
    organization_name: null,
    place: onServer,
  }

  it('is named in the language of the reader, with its place', () => {
    expect(roleAt(ptBr, technician)).toBe('Técnico · servidor inteiro')
    const own = { role: 'x', role_name: 'Noite', organization_name: 'Atlântico', place }
    expect(roleAt(ptBr, own)).toBe('Noite · Atlântico')
    const tags = { kind: 'tags' as const, organization_id: organizationId, tags: ['lab', 'till'] }
    expect(roleAt(en, { ...own, place: tags })).toBe('Noite · Atlântico, tags lab, till')
    const site = { kind: 'site' as const, organization_id: organizationId, site_id: 's' }
    expect(roleAt(ptBr, { ...own, place: site, place_name: 'Filial' })).toBe(
      'Noite · Atlântico, local Filial',
    )
    // It is gone, or not the reader's to know.
    expect(roleAt(en, { ...own, place: site, place_name: null })).toBe(
      'Noite · Atlântico, one site',
    )
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
    expect(rolesToGive(me, builtInRoles(), wholeOf(SERVER))).toEqual([])
  })

  it('on some machines is what is about machines, and nothing where a role has none of that', () => {
    become(me, 'administrator')
    const tags = { kind: 'tags' as const, organization_id: organizationId, tags: ['till'] }
    expect(mayGive(me, owner!, tags)).toBe(true)
    expect(mayGive(me, { permissions: ['audit.read'] }, tags)).toBe(false)
    expect(mayGive(me, { permissions: ['audit.read'] }, place)).toBe(true)
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
    expect(hasIt({ roles: [given] }, { role: 'viewer', place: wholeOf(organizationId) })).toBe(true)
    expect(hasIt({ roles: [given] }, { role: 'viewer', place: wholeOf(SERVER) })).toBe(false)
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
