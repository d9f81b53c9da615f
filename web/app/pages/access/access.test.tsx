import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { AccessRule } from '~/api/types'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

type User = Awaited<ReturnType<typeof renderConsole>>['user']

/** The row whose actions are named by what its rule is about. */
const rowOf = async (rule: string) => {
  const button = await screen.findByRole('button', { name: `Actions for the rule ${rule}` })
  const row = button.closest('tr')
  if (!row) throw new Error(`${rule} is not in a row`)
  return within(row)
}

const choose = async (user: User, rule: string, item: string) => {
  await user.click(await screen.findByRole('button', { name: `Actions for the rule ${rule}` }))
  await user.click(await screen.findByRole('menuitem', { name: item }))
}

const press = (user: User, name: string) =>
  user.click(within(screen.getByRole('dialog')).getByRole('button', { name }))

describe('the list of access rules', () => {
  it('shows what each says, grouped by what it is about', async () => {
    await renderConsole('/access')
    const site = await rowOf('Lisbon · Every role · Control')
    expect(site.getByText('The person at the machine')).toBeInTheDocument()
    const organization = await rowOf('Atlântico Suporte · Every role · Everything')
    expect(organization.getByText('Whoever is logged on')).toBeInTheDocument()
    expect(organization.getByText('silence allows')).toBeInTheDocument()
    expect(organization.getByText(/by the server’s command line/)).toBeInTheDocument()
    expect((await rowOf('leased · Every role · Everything')).getByText('Nobody')).toBeVisible()
    expect((await rowOf('Payroll · Technicians · Files')).getByText('Not allowed')).toBeVisible()
    const groups = screen.getAllByRole('rowheader').map(({ textContent }) => textContent)
    expect(groups).toEqual(['The whole organization', 'Sites', 'Tags', 'Machines'])
    expect(screen.getByText('6 rules')).toBeInTheDocument()
    await expectAccessible()
  })

  it('says what holds when there is none', async () => {
    await renderConsole('/access', 'empty')
    expect(await screen.findByText('No access rules')).toBeInTheDocument()
    expect(screen.getByText(/Without a rule nobody at the machine is asked/)).toBeInTheDocument()
    await expectAccessible()
  })

  it('recovers from a failure', async () => {
    const { db, user } = await renderConsole('/access', 'failing')
    const notice = await screen.findByRole('alert')
    db.scenario = 'usual'
    await user.click(within(notice).getByRole('button', { name: 'Try again' }))
    await rowOf('Lisbon · Every role · Control')
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('is for owners', async () => {
    await renderConsole('/access', 'technician')
    expect(
      await screen.findByText(/None of your roles allows seeing and changing access rules/),
    ).toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'Create rule' })).toBeNull()
    expect(screen.queryByRole('link', { name: 'Access rules' })).toBeNull()
  })
})

describe('a new access rule', () => {
  it('about a tag says what was chosen, all of it by keyboard', async () => {
    const { db, user } = await renderConsole('/access')
    const create = await screen.findByRole('button', { name: 'Create rule' })
    create.focus()
    await user.keyboard('{Enter}')
    const dialog = await screen.findByRole('dialog', { name: 'Create an access rule' })
    await waitFor(() => expect(within(dialog).getByLabelText('Applies to')).toHaveFocus())
    await user.selectOptions(document.activeElement!, 'Tag')
    await user.tab()
    await user.keyboard('till')
    await user.tab()
    await user.selectOptions(document.activeElement!, 'Technicians')
    await user.tab()
    await user.selectOptions(document.activeElement!, 'Control')
    await user.tab()
    await user.keyboard('{ArrowDown}')
    expect(screen.getByRole('radio', { name: 'Whoever is logged on' })).toBeChecked()
    await user.tab()
    expect(screen.getByRole('radio', { name: 'Refuse' })).toHaveFocus()
    await user.keyboard('{ArrowDown}')
    await expectAccessible()
    await press(user, 'Create rule')
    await rowOf('till · Technicians · Control')
    expect(db.accessRules.at(-1)).toMatchObject({
      scope: { kind: 'tag', tag: 'till' },
      role: 'technician',
      right: 'control',
      mode: 'ask_if_logged_on',
      on_silence: 'allow',
    })
  })

  it('about a machine is made for the one that was searched for', async () => {
    const { db, user } = await renderConsole('/access')
    await user.click(await screen.findByRole('button', { name: 'Create rule' }))
    await user.selectOptions(await screen.findByLabelText('Who want to'), 'Terminal')
    await user.selectOptions(screen.getByLabelText('Applies to'), 'Machine')
    expect(screen.getByRole('dialog')).toHaveTextContent('No machine chosen yet.')
    const submit = () =>
      within(screen.getByRole('dialog')).getByRole('button', { name: 'Create rule' })
    expect(submit()).toBeDisabled()
    await press(user, 'Choose a machine')
    const picker = await screen.findByRole('dialog', { name: 'Which machine is the rule about?' })
    await user.type(within(picker).getByRole('textbox'), 'front desk')
    await user.click(await within(picker).findByRole('button', { name: /Front desk/ }))
    // What was chosen before is still there.
    expect(await screen.findByLabelText('Who want to')).toHaveValue('terminal')
    expect(screen.getByRole('dialog')).toHaveTextContent('Front desk')
    await user.click(submit())
    await rowOf('Front desk · Every role · Terminal')
    const machine = db.machines.find(({ name }) => name === 'Front desk')
    expect(db.accessRules.at(-1)?.scope).toEqual({ kind: 'machine', machine_id: machine?.id })
  })

  it('about a site waits until the site is chosen', async () => {
    const { db, user } = await renderConsole('/access')
    await user.click(await screen.findByRole('button', { name: 'Create rule' }))
    await user.selectOptions(await screen.findByLabelText('Applies to'), 'Site')
    await screen.findByRole('option', { name: 'Main' })
    await user.selectOptions(screen.getByLabelText('Site'), 'Main')
    await press(user, 'Create rule')
    await rowOf('Main · Every role · Everything')
    expect(db.accessRules.at(-1)).toMatchObject({ scope: { kind: 'site' }, mode: 'ask' })
  })

  it('says when there is such a rule, and which field is wrong', async () => {
    const { user } = await renderConsole('/access')
    await user.click(await screen.findByRole('button', { name: 'Create rule' }))
    await press(user, 'Create rule')
    expect(await screen.findByText('There is such a rule already')).toBeInTheDocument()
    await user.selectOptions(screen.getByLabelText('Applies to'), 'Tag')
    await user.type(screen.getByLabelText('Tag'), 'wrong,')
    await press(user, 'Create rule')
    await waitFor(() => expect(screen.getByLabelText('Tag')).toBeInvalid())
    expect(screen.getByLabelText('Tag')).toHaveAccessibleDescription(
      /characters that are not allowed/,
    )
  })
})

describe('an access rule', () => {
  it('is changed in what it says', async () => {
    const { db, user } = await renderConsole('/access')
    await choose(user, 'Lisbon · Every role · Control', 'Edit')
    const dialog = await screen.findByRole('dialog', { name: 'Change the access rule' })
    expect(dialog).toHaveTextContent('Lisbon · Every role · Control')
    expect(within(dialog).getByRole('radio', { name: 'The person at the machine' })).toBeChecked()
    await user.click(within(dialog).getByRole('radio', { name: 'Not allowed' }))
    await expectAccessible()
    await press(user, 'Save')
    expect(await screen.findByText('The access rule was changed')).toBeInTheDocument()
    const row = await rowOf('Lisbon · Every role · Control')
    await waitFor(() => expect(row.getByText('Not allowed')).toBeInTheDocument())
    expect(db.accessRules[2]).toMatchObject({ mode: 'never', on_silence: null })
  })

  it('that somebody else changed first is shown before it is replaced', async () => {
    const { db, user } = await renderConsole('/access')
    await rowOf('Lisbon · Every role · Control')
    const rule: AccessRule = {
      ...db.accessRules[2]!,
      scope: { kind: 'tag', tag: 'conflict' },
      scope_name: 'conflict',
    }
    db.accessRules[2] = rule
    db.publish('access-rules')
    await choose(user, 'conflict · Every role · Control', 'Edit')
    await user.click(await screen.findByRole('radio', { name: 'Nobody' }))
    await press(user, 'Save')
    expect(await screen.findByText('Somebody else changed this rule first')).toBeInTheDocument()
    expect(rule.mode).toBe('never')
    await press(user, 'Save')
    await waitFor(() => expect(rule.mode).toBe('unattended'))
  })

  it('is deleted after a question that says what counts then', async () => {
    const { db, user } = await renderConsole('/access')
    await choose(user, 'Payroll · Technicians · Files', 'Delete')
    const question = await screen.findByRole('alertdialog')
    expect(question).toHaveTextContent(/from now on wider rules count/)
    await expectAccessible()
    await user.click(within(question).getByRole('button', { name: 'Delete' }))
    expect(await screen.findByText('The access rule was deleted')).toBeInTheDocument()
    await waitFor(() => expect(db.accessRules).toHaveLength(5))
  })
})

describe('before connecting', () => {
  const line = () => screen.findByRole('region', { name: 'Before you connect' })

  it('the page of a machine says who is asked and why, and follows the rules', async () => {
    const { db, user } = await renderConsole('/machines')
    await user.click(await screen.findByRole('link', { name: 'Payroll' }))
    expect(await line()).toHaveTextContent('Control: asks the person (rule for this machine)')
    await expectAccessible()
    const rule = db.accessRules.at(-1)!
    rule.mode = 'never'
    db.publish('access-rules')
    await waitFor(async () =>
      expect(await line()).toHaveTextContent('Control: not allowed (rule for this machine)'),
    )
  })

  it('leads owners to the rules', async () => {
    const { user, address } = await renderConsole('/machines')
    await user.click(await screen.findByRole('link', { name: 'Front desk' }))
    await user.click(within(await line()).getByRole('link', { name: 'Access rules' }))
    await screen.findByRole('heading', { name: 'Access rules', level: 1 })
    expect(address()).toBe('/access')
  })

  it('technicians see it without the way to the rules', async () => {
    const { user } = await renderConsole('/machines', 'technician')
    await user.click(await screen.findByRole('link', { name: 'Front desk' }))
    expect(within(await line()).queryByRole('link')).toBeNull()
  })

  it('the way into a session says it when somebody comes near', async () => {
    const { user } = await renderConsole('/machines')
    const connect = await screen.findByRole('link', { name: 'Connect: bridge-03' })
    await user.hover(connect)
    expect(
      await screen.findByRole('tooltip', { name: /View, Control: .+ \(rule for/ }),
    ).toBeInTheDocument()
  })
})
