// @vitest-environment node
/** What is pure about inventories: files for spreadsheets, units, names, changes in words, and what counts as wrong. */
import { describe, expect, it } from 'vitest'

import { someMachines } from '@mock/data'
import { giveInventories } from '@mock/inventory-data'
import type { Difference, MachineInventory } from '~/api/inventory'
import { en } from '~/i18n/en'
import { formatOf } from '~/i18n/format'
import { ptBr } from '~/i18n/pt-br'

import { attentionOf } from './attention'
import { byDay, toldChange } from './changes'
import { csvOf, fileName } from './csv'
import { asText } from './in-short'
import { machinePageSearchOf } from './tabs'
import { unitsOf } from './units'
import { nameOf, placeOf, valueText, type Words } from './words'

const english: Words = { t: en.inventory, format: formatOf('en'), units: unitsOf('en') }
const portuguese: Words = {
  ...{ t: ptBr.inventory, format: formatOf('pt-BR'), units: unitsOf('pt-BR') },
}
const NOW = Date.UTC(2026, 2, 3, 12)

const inventoryOf = (name: string): MachineInventory => {
  const machines = someMachines(NOW)
  const inventories = giveInventories(machines, NOW)
  const id = machines.find((machine) => machine.name === name)?.id ?? ''
  return inventories[id]!
}

describe('files for spreadsheets', () => {
  it('hold no formulas, whatever a machine says', () => {
    const cells = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\r=x', 'a=b', '']
    const [, line] = csvOf(['Name'], [cells]).split('\r\n')
    expect(line).toBe(`'=1+1,'+1,'-1,'@SUM(A1),"'\tx","'\r=x",a=b,`)
  })

  it('keep numbers, commas, quotes and accents', () => {
    const text = csvOf(
      ['Name', 'Size (bytes)'],
      [
        ['João "o", Ç', -5],
        [null, undefined],
      ],
    )
    expect(text).toBe('\uFEFFName,Size (bytes)\r\n"João ""o"", Ç",-5\r\n,\r\n')
  })

  it('have names that every file system takes', () => {
    expect(fileName('Marina’s laptop', '../Açúcar', '2026-03-03')).toBe(
      'Marina-s-laptop_Acucar_2026-03-03',
    )
  })
})

describe('units', () => {
  it('are binary, in the numbers of the reader', () => {
    const { size } = english.units
    expect([size(0), size(1023), size(1536), size(17_179_869_184), size(1020 * 2 ** 30)]).toEqual([
      '0 B',
      '1,023 B',
      '1.5 KiB',
      '16 GiB',
      '1,020 GiB',
    ])
    expect(portuguese.units.size(1536)).toBe('1,5 KiB')
    expect(english.units.celsius(-1500)).toBe('-1.5 °C')
  })

  it('go by the name of the member', () => {
    const say = (what: string, value: unknown) => valueText(english, what, value)
    expect(say('disks.size_bytes', 2 ** 40)).toBe('1 TiB')
    expect(say('nics.speed_mbps', 1000)).toBe('1,000 Mbit/s')
    expect(say('open_ports.port', 8080)).toBe('8080')
    expect(say('firewall.active', false)).toBe('no')
    expect(say('services.state', 'failed')).toBe('Failed')
    // A name that is a code elsewhere.
    expect(say('packages.name', 'failed')).toBe('failed')
    expect(say('volatile.sessions.idle_ms', 120_000)).toBe('2 min')
  })
})

describe('names', () => {
  it('are those of lists and members, and the server’s where there is none', () => {
    const { t } = english
    expect(nameOf(t, 'packages.version')).toBe('Package · Version')
    expect(nameOf(t, 'memory_bytes')).toBe('Memory')
    expect(nameOf(t, 'shelf_lamps.color')).toBe('shelf lamps · color')
    expect(placeOf(t, '/disks/0/health')).toBe('Disks · Health')
    expect(placeOf(t, '/memory_modules')).toBe('Memory modules')
    expect(placeOf(t, '/lamps/3/hue')).toBe('lamps · hue')
    expect(placeOf(t, '')).toBe('All of it')
  })
})

describe('changes in words', () => {
  const told = (change: Partial<Difference>, words = english) =>
    toldChange(words, {
      section: 'software',
      path: '/x',
      what: 'packages.version',
      subject: null,
      kind: 'changed',
      before: null,
      after: null,
      shortened: false,
      ...change,
    })

  it('name the thing and both values', () => {
    const { what, text } = told({ subject: 'firefox', before: '128', after: '129' })
    expect([what, text]).toEqual(['Package · Version', 'firefox: 128 → 129'])
  })

  it('tell of a whole thing what people ask for', () => {
    const before = { slot: 'DIMM2', size_bytes: 17_179_869_184, kind: 'DDR4' }
    const change = { what: 'memory_modules', subject: 'DIMM2', kind: 'removed', before } as const
    expect(told(change).text).toBe('DIMM2: Size 16 GiB, DDR4')
    expect(told(change, portuguese)).toMatchObject({
      what: 'Módulo de memória',
      text: 'DIMM2: Tamanho 16 GiB, DDR4',
    })
  })

  it('say once what is its own name', () => {
    const change = { what: 'administrators', subject: 'ana', kind: 'added', after: 'ana' } as const
    expect(told(change).text).toBe('ana')
  })

  it('say what was too long, and how much more there was', () => {
    expect(told({ what: 'dns_servers', shortened: true, after: ['a', 'b'] }).text).toBe(
      '(too long to be kept) → a, b',
    )
    expect(told({ path: '', what: '', after: 1204, shortened: true }).text).toBe(
      'More changed at once than is kept: 1,204 more.',
    )
  })

  it('stay together by the day', () => {
    const at = (day: number, hour: number) => ({ at: new Date(2026, 2, day, hour).toISOString() })
    const days = byDay([at(3, 22), at(3, 1), at(2, 23)])
    expect(days.map(([, changes]) => changes.length)).toEqual([2, 1])
  })
})

describe('what needs attention', () => {
  const lines = (inventory: MachineInventory) =>
    attentionOf(english, inventory, NOW).map(({ text }) => text)

  it('is what the facts say, the worst first', () => {
    expect(lines(inventoryOf('bridge-03'))).toEqual([
      'The disk MG08ACA16TE (sda) says of itself that it is failing.',
      'A disk is missing in md0.',
      '/ has 2% free (922 MiB).',
      'The disk MG08ACA16TE (sda) has reallocated sectors: 1,416.',
      '/ can take few more files: 3% are left.',
      '12 security updates are pending.',
      '1 service has failed: queue-worker.service.',
      'The firewall does not filter.',
    ])
  })

  it('is not what is on another machine, nor what is not known', () => {
    const found = lines(inventoryOf('design-ws'))
    expect(found.join()).not.toContain('/mnt/projetos')
    expect(found).toContain('The battery BAT0 holds 55% of what it held when new.')
    expect(lines({ machine_id: 'm', sections: [] })).toEqual([])
  })

  it('counts old definitions, and a bare disk only where it can be carried away', () => {
    const base = inventoryOf('design-ws')
    const change = (facts: object) => ({
      ...base,
      sections: base.sections.map((part) =>
        part.section === 'posture' ? { ...part, facts: { ...part.facts, ...facts } } : part,
      ),
    })
    const old = { antivirus: [{ name: 'ClamAV', definitions_at_ms: NOW - 30 * 86_400_000 }] }
    const found = lines(change({ system_encrypted: false, volatile: old }))
    expect(found.join()).toMatch(/ClamAV knows is old.*is not encrypted/s)
    expect(lines(inventoryOf('bridge-03')).join()).not.toContain('encrypted')
  })
})

describe('the text for a mail', () => {
  it('has the decisive facts and what needs attention', () => {
    const inventory = inventoryOf('design-ws')
    const attention = attentionOf(english, inventory, NOW)
    const text = asText(english, { id: 'm-1', name: 'design-ws' }, { inventory, attention })
    expect(text).toMatch(/^design-ws \(machine id m-1\)\nInventory as of /)
    expect(text).toContain('System: Fedora Linux Workstation 44 · build 20260401.0\n')
    expect(text).toContain('Memory: 32 GiB · 1 module in 2 slots\n')
    expect(text).toContain('/: 412 GiB of 950 GiB free\n')
    expect(text).toContain('\n- 1 security update is pending.\n')
  })

  it('names who sits at a display that no log-on record tells of', () => {
    const all = inventoryOf('design-ws')
    const inventory = {
      ...all,
      sections: all.sections.map((part) =>
        part.section === 'people' ? { ...part, facts: { ...part.facts, sessions: [] } } : part,
      ),
    }
    const mail = (users: { name: string }[]) =>
      asText(english, { id: 'm-1', name: 'design-ws', users }, { inventory, attention: [] })
    expect(mail([])).toContain('Logged on now: nobody\n')
    expect(mail([{ name: 'fred' }])).toContain('Logged on now: fred\n')
  })
})

describe('the address of the page', () => {
  it('knows the parts and the filters of the history alone', () => {
    expect(machinePageSearchOf({ tab: 'people' }).tab).toBe('people')
    expect(machinePageSearchOf({ tab: 'cellar', section: 'disks' })).toEqual({})
    const search = { tab: 'history', section: 'disks', kind: 'moved', compare: true }
    expect(machinePageSearchOf(search)).toEqual({ tab: 'history', section: 'disks', compare: true })
  })
})
