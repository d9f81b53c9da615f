/**
 * What is wrong with a machine, from the facts alone: each line is one of them, said in a sentence, with the part of the page that has
 * more. Pure; `now` in milliseconds. What is not known is never wrong.
 */
import {
  factsOf,
  type DisksFacts,
  type HardwareFacts,
  type MachineInventory,
  type PostureFacts,
  type SoftwareFacts,
} from '~/api/inventory'

import type { InventoryTab } from './tabs'
import type { Words } from './words'

export interface Attention {
  /** Stable among the lines of one machine. */
  key: string
  tone: 'danger' | 'warn'
  text: string
  tab: InventoryTab
}

/** Below these a file system is worth a line, and worth a look at once. */
const SPACE_LOW = 0.1
const SPACE_OUT = 0.03
/** Large disks have much left at a tenth: then only what is little in itself counts. */
const SPACE_ENOUGH_BYTES = 50 * 2 ** 30
const INODES_LOW_PERCENT = 5
const WEAR_HIGH_PERCENT = 90
const BATTERY_LOW_PERCENT = 60
const DEFINITIONS_OLD_MS = 14 * 24 * 60 * 60 * 1000
/** Names of failed services in one line. */
const NAMES_MAX = 3

/** Kinds of machines that can be left on a train. */
const PORTABLE = new Set(['laptop', 'notebook', 'tablet', 'convertible', 'detachable', 'portable'])

type Line = Omit<Attention, 'tab'>

const firstNames = (names: readonly (string | undefined)[]): string => {
  const known = names.flatMap((name) => name ?? [])
  return known.slice(0, NAMES_MAX).join(', ') + (known.length > NAMES_MAX ? ', …' : '')
}

function ofDisks({ t, format, units }: Words, facts: DisksFacts | undefined): Line[] {
  const lines: Line[] = []
  for (const disk of facts?.disks ?? []) {
    const name = [disk.model, disk.name && `(${disk.name})`].filter(Boolean).join(' ')
    if (disk.health === 'failing')
      lines.push({
        key: `failing ${name}`,
        tone: 'danger',
        text: t.attention.diskFailing({ disk: name }),
      })
    const state = facts?.volatile?.disks?.find((one) => one.name === disk.name)
    if ((state?.wear_percent ?? 0) >= WEAR_HIGH_PERCENT)
      lines.push({
        key: `worn ${name}`,
        tone: 'warn',
        text: t.attention.diskWorn({
          disk: name,
          percent: units.percent((state?.wear_percent ?? 0) / 100),
        }),
      })
    if ((state?.reallocated_sectors ?? 0) > 0)
      lines.push({
        key: `sectors ${name}`,
        tone: 'warn',
        text: t.attention.sectors({
          disk: name,
          number: format.number(state?.reallocated_sectors ?? 0),
        }),
      })
  }
  for (const { name = '', degraded } of facts?.volumes ?? []) {
    if (degraded)
      lines.push({
        key: `degraded ${name}`,
        tone: 'danger',
        text: t.attention.degraded({ volume: name }),
      })
  }
  return lines
}

function ofSpace({ t, units }: Words, facts: DisksFacts | undefined): Line[] {
  return (facts?.file_systems ?? []).flatMap((system): Line[] => {
    const { mount = '', size_bytes: size = 0, remote, read_only: readOnly } = system
    // What is on another machine is told by that one; what cannot be written need not be free.
    if (remote || readOnly) return []
    const use = facts?.volatile?.file_systems?.find((one) => one.mount === mount)
    const free = use?.free_bytes
    const lines: Line[] = []
    if (free !== undefined && size > 0 && free / size < SPACE_LOW && free < SPACE_ENOUGH_BYTES)
      lines.push({
        key: `space ${mount}`,
        tone: free / size < SPACE_OUT ? 'danger' : 'warn',
        text: t.attention.space({
          mount,
          percent: units.percent(free / size),
          free: units.size(free),
        }),
      })
    const inodes = use?.inodes_free_percent
    if (inodes !== undefined && inodes < INODES_LOW_PERCENT)
      lines.push({
        key: `inodes ${mount}`,
        tone: 'warn',
        text: t.attention.inodes({ mount, percent: units.percent(inodes / 100) }),
      })
    return lines
  })
}

function ofPosture(
  { t, units }: Words,
  facts: PostureFacts | undefined,
  { now, portable }: { now: number; portable: boolean },
): Line[] {
  const lines: Line[] = []
  const warn = (key: string, text: string) => lines.push({ key, tone: 'warn', text })
  if (facts?.firewall?.active === false) warn('firewall', t.attention.firewall)
  for (const { name = '', active } of facts?.antivirus ?? []) {
    if (active === false) warn(`antivirus ${name}`, t.attention.antivirus({ name }))
  }
  for (const { name = '', definitions_at_ms: at } of facts?.volatile?.antivirus ?? []) {
    if (at !== undefined && now - at > DEFINITIONS_OLD_MS)
      warn(`definitions ${name}`, t.attention.definitions({ name, time: units.date(at) }))
  }
  if (facts?.system_encrypted === false && portable) warn('encryption', t.attention.encryption)
  if (facts?.reboot_pending) {
    const what = firstNames(facts.reboot_reasons ?? [])
    warn('restart', what ? t.attention.restartBecause({ what }) : t.attention.restart)
  }
  return lines
}

function ofSoftware({ t }: Words, facts: SoftwareFacts | undefined): Line[] {
  const lines: Line[] = []
  const security = facts?.updates?.security ?? 0
  if (security > 0)
    lines.push({ key: 'security', tone: 'warn', text: t.attention.security({ count: security }) })
  const failed = (facts?.services ?? []).filter(({ state }) => state === 'failed')
  if (failed.length > 0) {
    const names = firstNames(failed.map(({ name }) => name))
    const text = t.attention.services({ count: failed.length, names })
    lines.push({ key: 'services', tone: 'warn', text })
  }
  return lines
}

function ofBatteries({ t, units }: Words, facts: HardwareFacts | undefined): Line[] {
  return (facts?.volatile?.batteries ?? []).flatMap(({ name = '', health_percent: health }) =>
    health !== undefined && health < BATTERY_LOW_PERCENT
      ? [
          {
            key: `battery ${name}`,
            tone: 'warn' as const,
            text: t.attention.battery({ battery: name, percent: units.percent(health / 100) }),
          },
        ]
      : [],
  )
}

/** The worst first. */
export function attentionOf(words: Words, inventory: MachineInventory, now: number): Attention[] {
  const hardware = factsOf(inventory, 'hardware')
  const disks = factsOf(inventory, 'disks')
  const software = factsOf(inventory, 'software')
  const posture = factsOf(inventory, 'posture')
  const portable = PORTABLE.has(hardware?.chassis ?? '')
  const on = (tab: InventoryTab, lines: Line[]) => lines.map((line) => ({ ...line, tab }))
  const all = [
    ...on('hardware', [...ofDisks(words, disks), ...ofSpace(words, disks)]),
    ...on('software', ofSoftware(words, software)),
    ...on('software', ofPosture(words, posture, { now, portable })),
    ...on('hardware', ofBatteries(words, hardware)),
  ]
  return all.toSorted((a, b) => Number(a.tone === 'warn') - Number(b.tone === 'warn'))
}
