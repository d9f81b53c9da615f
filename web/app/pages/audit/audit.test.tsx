import { readFileSync } from 'node:fs'

import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { AuditEntry } from '~/api/types'
import { en } from '~/i18n/en'
import { ptBr } from '~/i18n/pt-br'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

import { changesOf, detailRows, fieldName } from './detail'
import { auditSearchOf, exportHref, filterOf } from './filter'
import { sentenceOf } from './sentence'

const entry = (part: Partial<AuditEntry>): AuditEntry => ({
  id: '0197c2a0-0000-7000-8000-000000000009',
  organization_id: '0197c2a0-0000-7000-8000-000000000001',
  seq: 1,
  at: '2026-03-01T12:00:00Z',
  actor: { kind: 'account', id: 'a', name: 'Ana' },
  action: 'machine.renamed',
  target: { kind: 'machine', id: 'm', name: 'PC-2' },
  detail: {},
  before: null,
  after: null,
  address: null,
  request_id: null,
  ...part,
})

const said = (part: Partial<AuditEntry>, t = en) =>
  sentenceOf(t, entry(part))
    .map((piece) => ('words' in piece ? piece.words : piece.text))
    .join('')

describe('sentences', () => {
  it('name who, what and the change, in both languages', () => {
    const renamed = { before: { name: 'PC-1' }, after: { name: 'PC-2' } }
    expect(said(renamed)).toBe('Ana renamed machine PC-1 to PC-2')
    expect(said(renamed, ptBr)).toBe('Ana renomeou a máquina PC-1 para PC-2')
    // As entries were written before they had both sides.
    expect(said({ detail: { from: 'A', to: 'B' } })).toBe('Ana renamed machine A to B')
  })

  it('name nobody where nobody acted', () => {
    const server = { kind: 'server', id: null, name: 'server' }
    const over = { action: 'session.ended', actor: server, detail: { reason: 'no_answer' } }
    expect(said(over)).toBe('The session with PC-2 ended')
    const target = { kind: 'account', id: 'a', name: 'Ana' }
    const expired = { action: 'login.ended', actor: server, target, detail: { reason: 'expired' } }
    expect(said(expired)).toBe('The login of Ana expired')
    const link = { action: 'sign_in_link.created', actor: { ...server, kind: 'command_line' } }
    expect(said({ ...link, target }, ptBr)).toBe(
      'Linha de comando do servidor criou um link de acesso para Ana',
    )
  })

  it('name the machine and what became a part of it, or of its own', () => {
    const rebound = { action: 'machine.rebound', detail: { hostname: 'pc-new' } }
    expect(said(rebound)).toBe('Ana recognized the installation pc-new as machine PC-2')
    const agent = { kind: 'agent', id: 'm', name: 'PC-2' }
    expect(said({ ...rebound, actor: agent })).toBe(
      'A new installation was recognized as machine PC-2',
    )
    const record = { merged_machine: 'PC-old' }
    expect(said({ action: 'machine.merged', detail: record })).toBe(
      'Ana merged PC-old into machine PC-2',
    )
    expect(said({ action: 'machine.merge_undone', detail: record }, ptBr)).toBe(
      'Ana separou PC-old de novo da máquina PC-2',
    )
    const withdrawn = { action: 'machine_token.revoked', detail: { because: 'withdrawn' } }
    expect(said(withdrawn)).toBe('Ana withdrew the machine tokens of PC-2')
    expect(said({ action: 'server_identity.rotated', target: null })).toBe(
      'Ana replaced the server’s identity key',
    )
  })

  it('name the role that was given or taken away, and the sites between which a machine moved', () => {
    const target = { kind: 'account', id: 'b', name: 'Bia' }
    const technician = { role: 'technician', role_name: 'technician' }
    const given = { action: 'role.given', target, after: technician }
    expect(said(given)).toBe('Ana gave Bia the role Technician')
    const taken = { action: 'role.taken', target, before: { role: '0197', role_name: 'Noite' } }
    expect(said(taken, ptBr)).toBe('Ana retirou o papel Noite de Bia')
    expect(said({ action: 'role.taken', target })).toBe('Ana took the role unknown from Bia')
    const moved = { action: 'machine.moved', before: { site: 'Main' }, after: { site: 'Lisbon' } }
    expect(said(moved)).toBe('Ana moved machine PC-2 from Main to Lisbon')
  })

  it('exist for every action of the server', () => {
    const source = readFileSync('../crates/server/src/audit/action.rs', 'utf8')
    const actions = [...source.matchAll(/=> "([a-z_]+\.[a-z_]+)"/g)].map(([, action]) =>
      String(action),
    )
    expect(actions.length).toBeGreaterThan(50)
    for (const action of actions) {
      expect(en.audit.actions, action).toHaveProperty([action])
      expect(en.audit.sentences, action).toHaveProperty([action])
    }
  })

  it('get by with actions and values that they do not know', () => {
    expect(said({ action: 'robot.polished' })).toBe('Ana did robot.polished on PC-2')
    expect(said({ action: 'robot.polished', target: null })).toBe('Ana did robot.polished')
    expect(said({ action: 'toString' })).toBe('Ana did toString on PC-2')
    expect(said({ before: { name: 7 } })).toBe('Ana renamed machine unknown to PC-2')
    expect(said({ actor: { kind: 'account', id: 'a', name: '\u{e000}x' } })).toContain('x renamed')
  })

  it('exist for every action with a title', () => {
    for (const action of Object.keys(en.audit.actions)) {
      expect(en.audit.sentences, action).toHaveProperty([action])
      expect(en.audit.subjects, action).toHaveProperty([action.split('.')[0] ?? ''])
    }
  })
})

describe('details', () => {
  it('are shown as they are, without what is not there', () => {
    expect(detailRows({ max_uses: 5, gone: null, filter: {}, list: ['a'] })).toEqual([
      ['max_uses', '5'],
      ['list', '["a"]'],
    ])
  })

  it('are named in the language of the reader, where they are known', () => {
    expect(Object.keys(ptBr.audit.fields)).toEqual(Object.keys(en.audit.fields))
    expect(fieldName(ptBr.audit.fields, 'reason')).toBe('Motivo')
    expect(fieldName(en.audit.fields, 'color_of_wax')).toBe('color of wax')
  })

  it('stand side by side', () => {
    const change = {
      detail: {},
      before: { uses: 5, note: null },
      after: { uses: 20, label: 'x' },
    }
    expect(changesOf(change)).toEqual([
      { field: 'uses', before: '5', after: '20' },
      { field: 'note', before: null, after: null },
      { field: 'label', before: null, after: 'x' },
    ])
    expect(changesOf({ detail: {}, before: null, after: null })).toEqual([])
    // As some domains write them.
    const detail = { before: { disk: 'A' }, after: { disk: 'B' }, counter: 1 }
    expect(changesOf({ detail, before: null, after: null })).toEqual([
      { field: 'disk', before: 'A', after: 'B' },
    ])
    expect(detailRows(detail)).toEqual([['counter', '1']])
    expect(detailRows({ before: 'a key' })).toEqual([['before', 'a key']])
  })
})

describe('filters', () => {
  it('are cleaned, and days are whole', () => {
    const search = auditSearchOf({ q: 12, action: ['x'], since: '2026-03-01', until: '2026-03-01' })
    expect(search).toMatchObject({ q: '12', action: undefined })
    const { from = '', to = '' } = filterOf(search)
    expect(Date.parse(to) - Date.parse(from)).toBe(24 * 3600 * 1000)
    expect(filterOf({ since: 'soon', until: '', actor_name: 'Ana' })).toEqual({})
    expect(exportHref('csv', { q: 'a&b' })).toBe('/api/audit/export?format=csv&q=a%26b')
  })
})

describe('the page', () => {
  it('reads as sentences and loads more on demand', async () => {
    const { user } = await renderConsole('/audit')
    expect(await screen.findAllByText(/renamed machine/)).not.toHaveLength(0)
    const before = screen.getAllByText(/renamed machine/).length
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Show more' }))
    await waitFor(() =>
      expect(screen.getAllByText(/renamed machine/).length).toBeGreaterThan(before),
    )
  })

  it('keeps filters in its address, and clears them', async () => {
    const { user, address } = await renderConsole('/audit')
    await screen.findAllByText(/renamed machine/)
    await user.type(screen.getByRole('searchbox'), 'theo')
    await waitFor(() => expect(address()).toBe('/audit?q=theo'))
    await waitFor(() => expect(screen.queryByText(/renamed machine/)).toBeNull())
    await user.selectOptions(screen.getByLabelText('Action'), 'Session connected')
    await waitFor(() => expect(address()).toBe('/audit?q=theo&action=session.connected'))
    await waitFor(() => expect(screen.queryByText(/asked for a session/)).toBeNull())
    expect(screen.getByRole('button', { name: 'Export' })).toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Clear all' }))
    await waitFor(() => expect(address()).toBe('/audit'))
    expect(screen.getByRole('searchbox')).toHaveValue('')
    expect(await screen.findAllByText(/renamed machine/)).not.toHaveLength(0)
  })

  it('says when nothing passes', async () => {
    const { user } = await renderConsole('/audit?q=nobody-at-all')
    expect(await screen.findByText('No entry passes the filters')).toBeInTheDocument()
    await user.click(screen.getAllByRole('button', { name: 'Clear all' })[0]!)
    expect(await screen.findAllByText(/renamed machine/)).not.toHaveLength(0)
  })

  it('opens an entry, shows both sides, and narrows down to who did it', async () => {
    const { user, address } = await renderConsole('/audit?action=enrollment_token.changed')
    const [first] = await screen.findAllByRole('button', { name: 'Show details' })
    await user.click(first!)
    const change = screen.getByRole('row', { name: 'Machines it may enroll 5 20' })
    expect(within(change).getByText('20')).toBeInTheDocument()
    expect(screen.getByRole('row', { name: 'shelf nothing second delivery' })).toBeInTheDocument()
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Only by this one' }))
    await waitFor(() => expect(address()).toContain('actor_name=Marina'))
    await user.click(screen.getByRole('button', { name: 'Remove the filter “By Marina Duarte”' }))
    await waitFor(() => expect(address()).toBe('/audit?action=enrollment_token.changed'))
  })

  it('is walked through with the arrow keys', async () => {
    const { user } = await renderConsole('/audit')
    const buttons = await screen.findAllByRole('button', { name: 'Show details' })
    buttons[0]!.focus()
    await user.keyboard('{ArrowDown}')
    expect(buttons[1]).toHaveFocus()
    await user.keyboard('{Enter}')
    expect(buttons[1]).toHaveAttribute('aria-expanded', 'true')
  })

  it('exports what passes the filters', async () => {
    const { user } = await renderConsole('/audit?action=session.&address=192.168.40.12')
    await user.click(await screen.findByRole('button', { name: 'Export' }))
    const csv = await screen.findByRole('menuitem', { name: 'CSV, for spreadsheets' })
    expect(csv).toHaveAttribute(
      'href',
      '/api/audit/export?format=csv&action=session.&address=192.168.40.12',
    )
    expect(screen.getByRole('menuitem', { name: /NDJSON/ })).toHaveAttribute(
      'href',
      expect.stringContaining('format=ndjson'),
    )
  })

  it('verifies, and says what is wrong', async () => {
    const { user, db } = await renderConsole('/audit')
    await user.click(await screen.findByRole('button', { name: 'Verify' }))
    expect(await screen.findByText(/All 500 entries are in order/)).toBeInTheDocument()
    expect(screen.getByText(/Signed by the server up to entry 488/)).toBeInTheDocument()
    db.auditFinding = {
      kind: 'changed',
      seq: 17,
      at: '2026-03-01T12:00:00Z',
      checkpoint: null,
      since: null,
    }
    await user.click(screen.getByRole('button', { name: 'Verify' }))
    const alert = await screen.findByRole('alert')
    expect(alert).toHaveTextContent('Entry 17 was changed after it was written.')
    await expectAccessible()
  })

  it('says what failed', async () => {
    await renderConsole('/audit', 'failing')
    expect(await screen.findByRole('alert')).toHaveTextContent('The server has failed')
  })

  it('is for owners', async () => {
    await renderConsole('/audit', 'technician')
    expect(
      await screen.findByText(/^None of your roles allows reading the audit entries/),
    ).toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'Export' })).toBeNull()
  })
})
