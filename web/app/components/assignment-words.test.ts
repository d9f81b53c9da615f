// @vitest-environment node
import { describe, expect, it } from 'vitest'

import type { AssignmentConditions } from '~/api/types'
import { en } from '~/i18n/en'
import { formatOf } from '~/i18n/format'
import { ptBr } from '~/i18n/pt-br'

import {
  areConditionsSaid,
  conditionFormOf,
  conditionsOf,
  DAYS,
  isPastMidnight,
  isPlaceSaid,
  isSamePlace,
  limitsOf,
  NO_CONDITIONS,
  placeFormOf,
  placeOf,
  SERVER,
  usualHours,
  wholeOf,
} from './assignment-form'
import { assignmentSentence, conditionsText, daysText, roleIn } from './assignment-words'

const english = { messages: en, format: formatOf('en'), zone: 'Europe/Lisbon' }
const portuguese = { messages: ptBr, format: formatOf('pt-BR'), zone: 'Europe/Lisbon' }

const none: AssignmentConditions = {
  expires_at: null,
  hours: null,
  step_up_minutes: null,
  reason_required: false,
}
const limited: AssignmentConditions = {
  expires_at: '2026-12-03T12:00:00.000Z',
  hours: { days: DAYS.slice(0, 5), from: '08:00', to: '18:00', time_zone: 'Europe/Lisbon' },
  step_up_minutes: 15,
  reason_required: true,
}
const technician = {
  role: 'technician',
  role_name: 'technician',
  organization_name: 'Atlântico',
  place: { kind: 'site' as const, organization_id: 'o', site_id: 's' },
  place_name: 'Lisbon',
}

describe('an assignment as a sentence', () => {
  it('says which role, where, and under which conditions', () => {
    const given = { ...technician, conditions: limited }
    expect(assignmentSentence(english, given)).toMatch(
      /^Technician at site Lisbon until Dec 3, 2026, .*, weekdays 08:00–18:00, asks for a fresh proof \(15 min\), asks for a reason$/,
    )
    expect(assignmentSentence(portuguese, given)).toMatch(
      /^Técnico no local Lisbon até 3 de dez\. de 2026, .*, dias úteis 08:00–18:00, pede uma prova recente \(15 min\), pede um motivo$/,
    )
    expect(assignmentSentence(english, { ...given, conditions: none })).toBe(
      'Technician at site Lisbon',
    )
  })

  it('has a word for each kind of place, also where its name is not known', () => {
    const within = { organization_id: 'o' }
    const at = (place: typeof technician.place | Parameters<typeof roleIn>[1]['place']) =>
      roleIn(en, { ...technician, place, place_name: null })
    expect(at({ kind: 'server' })).toBe('Technician on the whole server')
    expect(at({ kind: 'organization', ...within })).toBe('Technician in Atlântico')
    expect(at(technician.place)).toBe('Technician at one site of Atlântico')
    expect(at({ kind: 'tags', ...within, tags: ['lab', 'till'] })).toBe(
      'Technician on machines of Atlântico with the tags lab, till',
    )
    expect(at({ kind: 'machine', ...within, machine_id: 'm' })).toBe(
      'Technician on one machine of Atlântico',
    )
  })

  it('names the clock of another place', () => {
    const hours = { ...limited.hours!, time_zone: 'America/Recife' }
    expect(conditionsText(english, { ...none, hours })).toBe(
      'weekdays 08:00–18:00 (America/Recife)',
    )
    expect(conditionsText(english, undefined)).toBe('')
  })

  it('names days shortly, in the order of the week', () => {
    expect(daysText(en, DAYS)).toBe('every day')
    expect(daysText(en, ['sunday', 'saturday'])).toBe('weekends')
    expect(daysText(en, ['thursday', 'tuesday', 'wednesday'])).toBe('Tue–Thu')
    expect(daysText(ptBr, ['friday', 'monday'])).toBe('seg, sex')
  })
})

describe('the fields for a place', () => {
  it('say a place when all of it is chosen', () => {
    const whole = wholeOf('o')
    expect(placeOf(whole)).toEqual({ kind: 'organization', organization_id: 'o' })
    expect(placeOf({ ...wholeOf(SERVER), part: 'site' })).toEqual({ kind: 'server' })
    expect(isPlaceSaid(wholeOf(''))).toBe(false)
    expect(isPlaceSaid({ ...whole, part: 'site' })).toBe(false)
    expect(isPlaceSaid({ ...whole, part: 'machine' })).toBe(false)
    expect(isPlaceSaid({ ...whole, part: 'tags', tags: ' , ' })).toBe(false)
    expect(placeOf({ ...whole, part: 'tags', tags: 'till, lab,till ' })).toEqual({
      kind: 'tags',
      organization_id: 'o',
      tags: ['till', 'lab'],
    })
  })

  it('show what was given, which is the same place then', () => {
    for (const place of [
      { kind: 'server' as const },
      technician.place,
      { kind: 'tags' as const, organization_id: 'o', tags: ['till', 'lab'] },
      { kind: 'machine' as const, organization_id: 'o', machine_id: 'm' },
    ]) {
      expect(isSamePlace(placeOf(placeFormOf(place)), place)).toBe(true)
    }
    const tags = (...words: string[]) => ({
      kind: 'tags' as const,
      organization_id: 'o',
      tags: words,
    })
    expect(isSamePlace(tags('a', 'b'), tags('b', 'a'))).toBe(true)
    expect(isSamePlace(tags('a'), tags('a', 'b'))).toBe(false)
  })
})

describe('the fields for conditions', () => {
  it('show what was given and send it again', () => {
    expect(conditionsOf(conditionFormOf(limited))).toEqual(limited)
    expect(conditionsOf(conditionFormOf(undefined))).toEqual(none)
  })

  it('send nothing where nothing is limited', () => {
    expect(limitsOf(NO_CONDITIONS)).toEqual({})
    expect(limitsOf({ ...NO_CONDITIONS, reason: true })).toEqual({
      conditions: { ...none, reason_required: true },
    })
  })

  it('end a day at midnight, and go on past it', () => {
    const hours = { ...usualHours(), from: '00:00', to: '00:00' }
    expect(conditionsOf({ ...NO_CONDITIONS, hours }).hours?.to).toBe('24:00')
    expect(conditionFormOf({ ...none, hours: { ...limited.hours!, to: '24:00' } }).hours?.to).toBe(
      '00:00',
    )
    expect(isPastMidnight(hours)).toBe(false)
    expect(isPastMidnight({ ...hours, from: '22:00', to: '06:00' })).toBe(true)
  })

  it('are said when each limit that is on is filled in', () => {
    expect(areConditionsSaid(NO_CONDITIONS)).toBe(true)
    expect(areConditionsSaid({ ...NO_CONDITIONS, until: '' })).toBe(false)
    expect(areConditionsSaid({ ...NO_CONDITIONS, hours: { ...usualHours(), days: [] } })).toBe(
      false,
    )
  })
})
