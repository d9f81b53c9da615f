import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'

import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

const page = (index: number, search = '') =>
  `/machines/0197c2a1-4c10-7b3e-9f21-${String(index).padStart(12, '0')}${search}`
const BRIDGE = 3
const DESIGN = 7
const FRONT_DESK = 8
const OSCILLOSCOPE = 11
const METER_GATEWAY = 13

const section = (name: string) => screen.findByRole('region', { name })
const tableOf = (name: string) => screen.findByRole<HTMLTableElement>('table', { name })
/** The texts of one column. Read from the rows themselves: asking for roles takes seconds in long tables. */
const columnOf = (table: HTMLTableElement, index: number) =>
  [...table.rows].slice(1).map((row) => row.cells[index]?.textContent)

/** What the browser is asked to save. */
function catchFiles() {
  const files: { name: string; text: Promise<string> }[] = []
  let blob: Blob | undefined
  Object.assign(URL, {
    createObjectURL: (made: Blob) => {
      blob = made
      return 'blob:table'
    },
    revokeObjectURL: () => undefined,
  })
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    if (blob) files.push({ name: this.download, text: blob.text() })
  })
  return files
}

describe('the overview', () => {
  it('has the decisive facts, what needs attention and how much room there is', async () => {
    const { user, address } = await renderConsole(page(DESIGN))
    const short = within(await section('In short'))
    expect(short.getByText(/^Fedora Linux Workstation 44 · build/)).toBeInTheDocument()
    expect(short.getByText('LENOVO 21HM004UMX')).toBeInTheDocument()
    expect(short.getByText('AMD Ryzen 7 PRO 7840U · 8 cores, 16 threads')).toBeInTheDocument()
    expect(short.getByText('remote.render (pts/2) · 10.2.9.11 · idle for 47 min')).toBeVisible()
    expect(short.getByText('203.0.113.40 (as the server sees it)')).toBeInTheDocument()
    expect(short.getByText('3 updates pending, 1 security update')).toBeInTheDocument()
    expect(short.getByRole('meter', { name: '/: 57% used' })).toBeInTheDocument()
    // What was there before still is.
    expect(await screen.findByRole('region', { name: 'Facts' })).toBeInTheDocument()
    expect(await screen.findByRole('heading', { name: 'Sessions' })).toBeInTheDocument()
    await expectAccessible()
    const attention = within(await section('What needs attention'))
    await user.click(attention.getByRole('link', { name: /^1 service has failed/ }))
    expect(address()).toContain('tab=software')
  })

  it('is copied as text', async () => {
    const { user } = await renderConsole(page(BRIDGE))
    await user.click(await screen.findByRole('button', { name: 'Copy as text' }))
    const text = await navigator.clipboard.readText()
    expect(text).toContain('System: Ubuntu Server 24.04.3 LTS\n')
    expect(text).toContain('- The firewall does not filter.\n')
  })

  it('says what is missing without an inventory, and the rest is there', async () => {
    await renderConsole(page(FRONT_DESK))
    expect(await screen.findByText('No inventory yet')).toBeInTheDocument()
    expect(screen.getByText(/Update the agent to see/)).toBeInTheDocument()
    expect(screen.getByRole('region', { name: 'Facts' })).toBeInTheDocument()
    await expectAccessible()
  })
})

describe('the parts of the page', () => {
  it('are links that the way back knows', async () => {
    const { user, address } = await renderConsole(page(DESIGN))
    const tabs = within(await screen.findByRole('navigation', { name: 'About this machine' }))
    expect(tabs.getAllByRole('link').map(({ textContent }) => textContent)).toEqual([
      ...[
        'Overview',
        'Metrics',
        'Hardware',
        'Software',
        'People',
        'Network',
        'History',
        'Identity',
      ],
    ])
    tabs.getByRole('link', { name: 'Network' }).focus()
    await user.keyboard('{Enter}')
    expect(await tableOf('Interfaces')).toBeInTheDocument()
    expect(tabs.getByRole('link', { name: 'Network' })).toHaveAttribute('aria-current', 'page')
    expect(address()).toContain('tab=network')
  })

  it('show the hardware and the disks', async () => {
    await renderConsole(page(DESIGN, '?tab=hardware'))
    const memory = within(await tableOf('Memory modules'))
    expect(memory.getByText('5,600 MT/s')).toBeInTheDocument()
    expect(within(await tableOf('Sensors')).getByText('58.1 °C')).toBeInTheDocument()
    expect(within(await tableOf('Batteries')).getByText('55%')).toBeInTheDocument()
    expect(columnOf(await tableOf('File systems'), 0)).toEqual(['/', '/boot', '/mnt/projetos'])
    const hardware = within(await section('Hardware'))
    expect(hardware.getByText('PF4XK0R2')).toBeInTheDocument()
    expect(hardware.getByText('Laptop')).toBeInTheDocument()
    await expectAccessible()
  })

  it('show people with accents, idle times and who may do anything', async () => {
    await renderConsole(page(DESIGN, '?tab=people'))
    const accounts = await tableOf('Accounts')
    expect(within(accounts).getByText('João Conceição')).toBeInTheDocument()
    expect(within(accounts).getByText('Jürgen Müller')).toBeInTheDocument()
    // Whoever may do anything comes first, programs last.
    expect(columnOf(accounts, 0).slice(0, 4)).toEqual([
      ...['a.kovac', 'j.conceicao', 'j.mueller', 'root'],
    ])
    expect(screen.getByText('ATLANTICO\\domain admins')).toBeInTheDocument()
    expect(columnOf(await tableOf('Logged on'), 5)).toEqual(['20 s', '47 min'])
    await expectAccessible()
  })

  it('show interfaces and from where ports are reached', async () => {
    await renderConsole(page(DESIGN, '?tab=network'))
    expect(within(await tableOf('Interfaces')).getByText('Escritório 5G')).toBeInTheDocument()
    const ports = await tableOf('Open ports')
    expect(columnOf(ports, 3)).toEqual([
      ...['from everywhere', 'only from the machine itself', 'from everywhere', 'at one address'],
    ])
    expect(screen.getByText('10.2.0.1 through wlp1s0')).toBeInTheDocument()
    await expectAccessible()
  })

  it('say what could not be told, and why, where it is missing', async () => {
    const { user } = await renderConsole(page(DESIGN, '?tab=hardware'))
    const disks = within(await section('Disks'))
    expect(disks.getByText('Disks · Health: could not be read')).toBeInTheDocument()
    expect(disks.getByText('(smartctl: exit status 2)')).toBeInTheDocument()
    await user.click(screen.getByRole('link', { name: 'Software' }))
    const software = within(await section('Software'))
    // Several are folded.
    expect(software.getByText('3 things could not be told')).toBeInTheDocument()
    expect(software.getByText('Updates: reading took too long')).toBeInTheDocument()
  })

  it('say how old each section is, and which was not delivered', async () => {
    await renderConsole(page(OSCILLOSCOPE, '?tab=software'))
    expect(await section('Operating system')).toHaveTextContent(/as of 11 min\. ago/)
    expect(await section('Software')).toHaveTextContent('Not delivered yet.')
    expect(await section('Protection')).toHaveTextContent('Not delivered yet.')
    await expectAccessible()
  })

  it('are honest about machines that have told nothing yet', async () => {
    const { db } = await renderConsole(page(METER_GATEWAY, '?tab=hardware'))
    expect(await screen.findByText(/delivers within a few minutes/)).toBeInTheDocument()
    await expectAccessible()
    const machine = db.machines[METER_GATEWAY]!
    machine.presence = { status: 'offline', since: new Date().toISOString() }
    db.publish(`machine:${machine.id}`)
    expect(await screen.findByText(/delivers the inventory when it is back/)).toBeInTheDocument()
  })

  it('say when a helpdesk’s agent alone speaks', async () => {
    await renderConsole(page(FRONT_DESK, '?tab=people'), 'usual', ({ machines }) => {
      machines[FRONT_DESK]!.doors = ['helpdesk']
    })
    expect(await screen.findByText(/Only a helpdesk’s agent speaks/)).toBeInTheDocument()
  })

  it('show a failure and recover', async () => {
    const { db, user } = await renderConsole(page(DESIGN, '?tab=network'), 'failing')
    const notice = await screen.findByRole('alert')
    db.scenario = 'usual'
    await user.click(within(notice).getByRole('button', { name: 'Try again' }))
    expect(await tableOf('Interfaces')).toBeInTheDocument()
  })

  it('show what is delivered while somebody looks', async () => {
    const { db } = await renderConsole(page(DESIGN, '?tab=network'))
    await tableOf('Interfaces')
    const machine = db.machines[DESIGN]!
    const parts = db.inventories[machine.id]!.sections
    const network = parts.find((part) => part.section === 'network')!
    network.facts = { ...network.facts, wan_address: '198.51.100.9' }
    db.publish(`machine:${machine.id}`)
    expect(await screen.findByText('198.51.100.9')).toBeInTheDocument()
  })

  it('speak Portuguese', async () => {
    const { user } = await renderConsole(page(DESIGN, '?tab=software'), 'usual', ({ me }) => {
      localStorage.setItem('farol.locale', 'pt-BR')
      me!.account.locale = 'pt-BR'
    })
    expect(await tableOf('Pacotes')).toBeInTheDocument()
    expect(await section('Proteção')).toHaveTextContent('Inicialização segurasim')
    expect(screen.getByText('Atualizações: a leitura demorou demais')).toBeInTheDocument()
    expect(screen.getByRole('button', { name: 'Ler de novo' })).toBeInTheDocument()
    await user.click(screen.getByRole('link', { name: 'Histórico' }))
    expect(await screen.findByText('firefox: 128.0-1.fc44 → 129.0.2-1.fc44')).toBeInTheDocument()
    expect(screen.getByText('Pacote · Versão')).toBeInTheDocument()
    await expectAccessible()
  })
})

describe('a long table', () => {
  it('draws some rows, is filtered, sorted and saved as it is shown', async () => {
    const files = catchFiles()
    const { user } = await renderConsole(page(DESIGN, '?tab=software'))
    const packages = await tableOf('Packages')
    expect(packages.rows).toHaveLength(101)
    await user.click(screen.getByRole('button', { name: 'Show 100 more' }))
    expect(packages.rows).toHaveLength(201)

    await user.keyboard('/')
    await user.keyboard('blender')
    await waitFor(() => expect(columnOf(packages, 0)).toEqual(['org.blender.Blender']))
    expect(screen.getByText('1 of 400')).toBeInTheDocument()
    await user.keyboard('{Escape}')
    await waitFor(() => expect(packages.rows).toHaveLength(101))

    const version = within(packages).getByRole('columnheader', { name: 'Version' })
    await user.click(within(version).getByRole('button'))
    expect(version).toHaveAttribute('aria-sort', 'ascending')
    expect(columnOf(packages, 1)[0]).toBe('1.0')
    await user.click(within(version).getByRole('button'))
    expect(version).toHaveAttribute('aria-sort', 'descending')
    expect(columnOf(packages, 1)[0]).toBe('129.0.2-1.fc44')

    await user.type(screen.getByRole('searchbox', { name: 'Filter Packages' }), 'zz-sample')
    await waitFor(() => expect(columnOf(packages, 0)).toEqual(['zz-sample']))
    await user.click(screen.getByRole('button', { name: 'Export as CSV: Packages' }))
    expect(files[0]?.name).toMatch(/^design-ws_Packages_\d{4}-\d\d-\d\d\.csv$/)
    // A publisher that would be a formula.
    expect(await files[0]?.text).toBe(
      // Reading a file as text takes the mark of UTF-8 off.
      'Name,Version,Manager,Architecture,Publisher\r\n' +
        `zz-sample,1.0,rpm,noarch,"'=HYPERLINK(""https://evil.example"",""Open"")"\r\n`,
    )
  })

  it('says when nothing matches', async () => {
    const { user } = await renderConsole(page(DESIGN, '?tab=software'))
    await user.type(await screen.findByRole('searchbox', { name: 'Filter Packages' }), 'qwxz')
    expect(await screen.findByText('Nothing matches the filter.')).toBeInTheDocument()
    await expectAccessible()
  })

  it('sorts by what is meant, and leaves what is not known at the end', async () => {
    const { user } = await renderConsole(page(BRIDGE, '?tab=hardware'))
    const systems = await tableOf('File systems')
    const size = within(systems).getByRole('button', { name: 'Size' })
    await user.click(size)
    await user.click(size)
    expect(columnOf(systems, 0)).toEqual(['/var/lib/queue', '/'])
    const disks = await tableOf('Disks')
    const sectors = within(disks).getByRole('button', { name: 'Reallocated sectors' })
    await user.click(sectors)
    expect(columnOf(disks, 0)).toEqual(['sda', 'sdb'])
    await user.click(sectors)
    expect(columnOf(disks, 0)).toEqual(['sda', 'sdb'])
  })
})

describe('reading again', () => {
  it('says that the agent was asked, and when it has delivered', async () => {
    const { user } = await renderConsole(page(DESIGN, '?tab=hardware'))
    await tableOf('Memory modules')
    await user.click(screen.getByRole('button', { name: 'Read again' }))
    expect(await screen.findByText('The agent was asked and reads the machine…')).toBeVisible()
    // It goes on while somebody looks at another part.
    await user.click(screen.getByRole('link', { name: 'Network' }))
    expect(await screen.findByText('The agent has delivered.')).toBeInTheDocument()
    expect(await section('Network')).toHaveTextContent(/as of now/)
  })

  it('gives up after a minute', async () => {
    const { db, user } = await renderConsole(page(METER_GATEWAY, '?tab=hardware'))
    await screen.findByText('No inventory yet')
    expect(db.inventories[db.machines[METER_GATEWAY]!.id]?.sections).toEqual([])
    vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ['setTimeout', 'clearTimeout'] })
    try {
      await user.click(screen.getByRole('button', { name: 'Read again' }))
      await screen.findByText('The agent was asked and reads the machine…')
      await vi.advanceTimersByTimeAsync(61_000)
      expect(await screen.findByText(/^Nothing came within a minute/)).toBeInTheDocument()
    } finally {
      vi.useRealTimers()
    }
  })

  it('is for those who manage the machine', async () => {
    await renderConsole(page(DESIGN, '?tab=hardware'), 'technician')
    await tableOf('Memory modules')
    expect(screen.queryByRole('button', { name: 'Read again' })).toBeNull()
  })

  it('says why it is not possible', async () => {
    const { db } = await renderConsole(page(OSCILLOSCOPE, '?tab=software'))
    await section('Operating system')
    const button = screen.getByRole('button', { name: 'Read again' })
    expect(button).toHaveAttribute('aria-disabled', 'true')
    expect(screen.getByText(/The machine is offline. It can be read again/)).toBeInTheDocument()
    const machine = db.machines[OSCILLOSCOPE]!
    machine.presence = { status: 'online', since: new Date().toISOString() }
    machine.capabilities = []
    db.publish(`machine:${machine.id}`)
    expect(await screen.findByText(/this machine delivers no inventory/)).toBeInTheDocument()
  })

  it('shows what the server says against it', async () => {
    const { db, user } = await renderConsole(page(DESIGN, '?tab=hardware'))
    await tableOf('Memory modules')
    // Nobody has been told yet.
    db.machines[DESIGN]!.presence = { status: 'offline', since: new Date().toISOString() }
    await user.click(screen.getByRole('button', { name: 'Read again' }))
    expect(await screen.findByText('The machine is offline')).toBeInTheDocument()
    expect(screen.queryByText('The agent was asked and reads the machine…')).toBeNull()
  })
})
