/** The decisive facts of a machine, each as one label and one text: for the overview, and for mails that speak of a machine. Pure. */
import { factsOf, type LogOn, type MachineInventory } from '~/api/inventory'

import type { Words } from './words'

export interface ShortFact {
  label: string
  /** One line each. */
  lines: readonly string[]
}

const joined = (parts: readonly (string | undefined | false)[], by = ' '): string =>
  parts.filter(Boolean).join(by)

/** "Windows 11 Pro 23H2 · build 22631.3155". */
export function systemLine({ t }: Words, inventory: MachineInventory): string {
  const facts = factsOf(inventory, 'system')
  return joined(
    [
      joined([facts?.os_name, facts?.os_edition, facts?.os_version]),
      facts?.os_build && t.overview.rows.build({ build: facts.os_build }),
    ],
    ' · ',
  )
}

export function processorLine({ t, format }: Words, inventory: MachineInventory): string {
  const all = factsOf(inventory, 'hardware')?.processors ?? []
  const [first] = all
  if (!first) return ''
  const { cores, threads } = first
  return joined(
    [
      first.model,
      cores !== undefined &&
        threads !== undefined &&
        t.overview.cores({ cores: format.number(cores), threads: format.number(threads) }),
      all.length > 1 && t.overview.sockets({ count: all.length }),
    ],
    ' · ',
  )
}

export function memoryLine({ t, units }: Words, inventory: MachineInventory): string {
  const facts = factsOf(inventory, 'hardware')
  if (facts?.memory_bytes === undefined) return ''
  const modules = facts.memory_modules?.length ?? 0
  return joined(
    [
      units.size(facts.memory_bytes),
      modules > 0 &&
        joined([
          t.overview.modules({ count: modules }),
          facts.memory_slots !== undefined && t.overview.slots({ count: facts.memory_slots }),
        ]),
    ],
    ' · ',
  )
}

/** How long nothing was typed where somebody is logged on; undefined when that is not known. */
export function idleOf(inventory: MachineInventory, { user, line }: LogOn): number | undefined {
  const states = factsOf(inventory, 'people')?.volatile?.sessions ?? []
  return states.find((one) => one.user === user && one.line === line)?.idle_ms
}

/** Less is a pause to think. */
const IDLE_FROM_MS = 60_000

/** Who sits at a display without a log-on record is known to the machine's row alone. */
function loggedOn(
  { t, format }: Words,
  inventory: MachineInventory,
  users: readonly { name: string }[],
): string[] {
  const people = factsOf(inventory, 'people')
  if (!people) return []
  const lines = (people.sessions ?? []).map((one) => {
    const idle = idleOf(inventory, one)
    return joined(
      [
        joined([one.user, one.line && `(${one.line})`]),
        one.from,
        idle !== undefined &&
          (idle < IDLE_FROM_MS
            ? t.overview.busy
            : t.overview.idle({ time: format.duration(idle / 1000) })),
      ],
      ' · ',
    )
  })
  if (lines.length > 0) return lines
  return users.length > 0 ? users.map(({ name }) => name) : [t.overview.nobody]
}

function addresses({ t }: Words, inventory: MachineInventory): string[] {
  const facts = factsOf(inventory, 'network')
  const own = (facts?.nics ?? [])
    .filter(({ kind, up }) => kind !== 'loopback' && up !== false)
    .flatMap(({ name, addresses: all = [] }) =>
      all.map((one) => joined([one, name && `(${name})`])),
    )
  const wan = facts?.wan_address
  return wan ? [...own, t.overview.rows.wan({ address: wan })] : own
}

function updates({ t }: Words, inventory: MachineInventory): string {
  const facts = factsOf(inventory, 'software')?.updates
  if (facts?.pending === undefined) return ''
  if (facts.pending === 0) return t.overview.noUpdates
  return joined(
    [
      t.overview.updates({ count: facts.pending }),
      (facts.security ?? 0) > 0 && t.overview.security({ count: facts.security ?? 0 }),
    ],
    ', ',
  )
}

function restart({ t }: Words, inventory: MachineInventory): string {
  const facts = factsOf(inventory, 'posture')
  if (facts?.reboot_pending === undefined) return ''
  if (!facts.reboot_pending) return t.overview.noRestart
  const what = (facts.reboot_reasons ?? []).slice(0, 3).join(', ')
  return what ? t.overview.restartBecause({ what }) : t.overview.restartWaits
}

function firewall({ t }: Words, inventory: MachineInventory): string {
  const facts = factsOf(inventory, 'posture')?.firewall
  if (facts?.active === undefined) return facts?.name ?? ''
  const { name, active } = facts
  if (!name) return active ? t.overview.isActive : t.overview.isInactive
  return active ? t.overview.active({ name }) : t.overview.inactive({ name })
}

function antivirus({ t, units }: Words, inventory: MachineInventory): string[] {
  const facts = factsOf(inventory, 'posture')
  return (facts?.antivirus ?? []).map(({ name = '', active }) => {
    const at = facts?.volatile?.antivirus?.find((one) => one.name === name)?.definitions_at_ms
    const says =
      active === undefined
        ? name
        : active
          ? t.overview.active({ name })
          : t.overview.inactive({ name })
    return joined(
      [says, at !== undefined && t.overview.definitions({ time: units.date(at) })],
      ' · ',
    )
  })
}

export function inShort(
  words: Words,
  inventory: MachineInventory,
  machine: { users?: readonly { name: string }[] },
): ShortFact[] {
  const { t, units } = words
  const { rows } = t.overview
  const system = factsOf(inventory, 'system')
  const hardware = factsOf(inventory, 'hardware')
  const encrypted = factsOf(inventory, 'posture')?.system_encrypted
  const booted = system?.booted_at_ms
  const all: (readonly [string, string | readonly string[] | undefined])[] = [
    [rows.system, systemLine(words, inventory)],
    [rows.kernel, system?.kernel],
    [rows.booted, booted === undefined ? '' : units.moment(booted)],
    [rows.model, joined([hardware?.maker, hardware?.model])],
    [rows.serial, hardware?.serial],
    [rows.processor, processorLine(words, inventory)],
    [rows.memory, memoryLine(words, inventory)],
    [rows.loggedOn, loggedOn(words, inventory, machine.users ?? [])],
    [rows.addresses, addresses(words, inventory)],
    [rows.updates, updates(words, inventory)],
    [rows.restart, restart(words, inventory)],
    [
      rows.encryption,
      encrypted === undefined ? '' : encrypted ? t.overview.encrypted : t.overview.notEncrypted,
    ],
    [rows.firewall, firewall(words, inventory)],
    [rows.antivirus, antivirus(words, inventory)],
  ]
  return all.flatMap(([label, value]) => {
    const lines = typeof value === 'string' ? [value] : (value ?? [])
    const said = lines.filter((line) => line !== '')
    return said.length > 0 ? [{ label, lines: said }] : []
  })
}

export interface Space {
  mount: string
  size: number
  free: number
  remote: boolean
}

/** File systems whose room is known, in the order of the agent. */
export function spaces(inventory: MachineInventory): Space[] {
  const facts = factsOf(inventory, 'disks')
  return (facts?.file_systems ?? []).flatMap(({ mount, size_bytes: size, remote, read_only }) => {
    const free = facts?.volatile?.file_systems?.find((one) => one.mount === mount)?.free_bytes
    if (mount === undefined || !size || free === undefined || read_only) return []
    return [{ mount, size, free, remote: remote === true }]
  })
}

/** All of it for a mail. */
export function asText(
  words: Words,
  machine: { id: string; name: string; users?: readonly { name: string }[] },
  { inventory, attention }: { inventory: MachineInventory; attention: readonly { text: string }[] },
): string {
  const { t, format, units } = words
  const newest = inventory.sections.map(({ received_at: at }) => at).sort()
  const first = newest[0]
  const lines = [
    t.overview.textHead(machine),
    ...(first ? [t.overview.textAge({ time: format.dateTime(first) })] : []),
    '',
    ...inShort(words, inventory, machine).map(
      ({ label, lines: said }) => `${label}: ${said.join('; ')}`,
    ),
    ...spaces(inventory).map(
      ({ mount, size, free }) =>
        `${mount}: ${t.overview.free({ free: units.size(free), size: units.size(size) })}`,
    ),
  ]
  if (attention.length > 0)
    lines.push('', `${t.overview.attention}:`, ...attention.map(({ text }) => `- ${text}`))
  return `${lines.join('\n')}\n`
}
