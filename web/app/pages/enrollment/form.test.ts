import { describe, expect, it } from 'vitest'

import { someTokens } from '@mock/data'

import { askingCommand, enrollCommand } from './command'
import { blankForm, changeOf, formOf, wishesOf } from './form'

describe('the commands', () => {
  it('quote for the shell', () => {
    expect(enrollCommand("http://h/'x", 'farol_enr_a')).toBe(
      String.raw`FAROL_TOKEN='farol_enr_a' farol-agent enroll --server 'http://h/'\''x'`,
    )
    expect(askingCommand('https://h')).toBe(
      "farol-agent enroll --server 'https://h' --token-file -",
    )
  })
})

describe('the form of a token', () => {
  it('asks for a careful, short-lived token when nothing else was chosen', () => {
    expect(wishesOf({ ...blankForm, name: ' Lisbon ' })).toEqual({
      name: 'Lisbon',
      labels: { department: null, device_type: null, tags: [] },
      approval: 'when_doubtful',
      networks: [],
      expires_in_seconds: 86_400,
      max_uses: 1,
    })
  })

  it('reads lists the way people write them', () => {
    const form = {
      ...blankForm,
      siteId: 'site',
      tags: ' Lab, front desk,,kiosk ',
      networks: '10.0.0.0/8, 192.0.2.1\n\n fd00::/8',
      maxUses: ' ',
    }
    expect(wishesOf(form)).toMatchObject({
      site_id: 'site',
      labels: { tags: ['Lab', 'front desk', 'kiosk'] },
      networks: ['10.0.0.0/8', '192.0.2.1', 'fd00::/8'],
      max_uses: null,
    })
  })

  it('sends only what was changed', () => {
    const token = someTokens(0).find(({ name }) => name === 'Lisbon office')!
    const before = formOf(token)
    expect(changeOf(before, before)).toEqual({})
    expect(changeOf({ ...before, maxUses: '' }, before)).toEqual({ max_uses: null })
    expect(changeOf({ ...before, networks: '' }, before)).toEqual({ networks: [] })
    expect(changeOf({ ...before, expires: '3600' }, before)).toEqual({ expires_in_seconds: 3600 })
    // Labels go together: the server replaces all of them.
    expect(changeOf({ ...before, department: '' }, before)).toEqual({
      labels: { ...token.labels, department: null },
    })
  })
})
