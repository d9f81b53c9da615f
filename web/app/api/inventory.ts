/**
 * The inventory of machines as the console reads it, and who may ask for it anew.
 *
 * The description says of a section's facts that they are JSON: their members stand in `crates/inventory/src`, one file for each
 * section, and are repeated here. The server leaves out what is not known, so every
 * member may be missing; what a newer server adds is not shown. All of it comes from the machine and is shown as text.
 */
import { mayOn } from './can'
import type {
  DescribedInventory,
  DescribedInventoryPart,
  InventoryChange,
  InventoryComparison,
  InventoryDifference,
  InventoryProblem,
  InventorySectionName,
  Machine,
  MachineChangeKind,
} from './types'

export type { InventoryChange, InventoryComparison, InventoryProblem }

/** In the order of the server. */
export const INVENTORY_SECTIONS = [
  'system',
  'hardware',
  'disks',
  'network',
  'people',
  'software',
  'posture',
] as const satisfies readonly InventorySectionName[]
export type InventorySection = InventorySectionName

export const CHANGE_KINDS = ['added', 'removed', 'changed'] as const satisfies readonly ChangeKind[]
export type ChangeKind = MachineChangeKind

export interface SystemFacts {
  hostname?: string
  os_family?: string
  os_name?: string
  os_edition?: string
  os_version?: string
  os_build?: string
  kernel?: string
  arch?: string
  language?: string
  time_zone?: string
  installed_at_ms?: number
  booted_at_ms?: number
  virtualization?: string
}

export interface Processor {
  slot?: string
  maker?: string
  model?: string
  cores?: number
  threads?: number
  max_mhz?: number
}
export interface MemoryModule {
  slot?: string
  bank?: string
  size_bytes?: number
  kind?: string
  speed_mts?: number
  maker?: string
  part?: string
  serial?: string
}
export interface Gpu {
  slot?: string
  maker?: string
  model?: string
  vendor_id?: string
  device_id?: string
  driver?: string
}
export interface PciDevice {
  slot?: string
  class?: string
  vendor?: string
  product?: string
  vendor_id?: string
  device_id?: string
  driver?: string
}
export interface UsbDevice {
  port?: string
  maker?: string
  product?: string
  vendor_id?: string
  product_id?: string
  serial?: string
}
export interface Monitor {
  connector?: string
  maker?: string
  model?: string
  serial?: string
  made_year?: number
  width_mm?: number
  height_mm?: number
}
export interface Battery {
  name?: string
  maker?: string
  model?: string
  serial?: string
  technology?: string
  design_mwh?: number
}
export interface BatteryState {
  name?: string
  state?: string
  charge_percent?: number
  full_mwh?: number
  health_percent?: number
  cycles?: number
}
export interface Sensor {
  name?: string
  kind?: string
}
export interface Measure {
  name?: string
  temperature_millicelsius?: number
  speed_rpm?: number
  voltage_mv?: number
  power_mw?: number
}
export interface HardwareFacts {
  maker?: string
  model?: string
  version?: string
  family?: string
  sku?: string
  serial?: string
  asset_tag?: string
  chassis?: string
  board?: { maker?: string; model?: string; version?: string; serial?: string }
  firmware?: { maker?: string; version?: string; released_at_ms?: number; kind?: string }
  processors?: Processor[]
  memory_bytes?: number
  memory_slots?: number
  memory_modules?: MemoryModule[]
  gpus?: Gpu[]
  pci_devices?: PciDevice[]
  usb_devices?: UsbDevice[]
  monitors?: Monitor[]
  batteries?: Battery[]
  sensors?: Sensor[]
  volatile?: { sensors?: Measure[]; batteries?: BatteryState[] }
}

export interface Partition {
  name?: string
  label?: string
  uuid?: string
  size_bytes?: number
}
export interface Disk {
  name?: string
  serial?: string
  maker?: string
  model?: string
  firmware?: string
  size_bytes?: number
  kind?: string
  bus?: string
  removable?: boolean
  health?: string
  partitions?: Partition[]
}
export interface DiskState {
  name?: string
  temperature_millicelsius?: number
  power_on_hours?: number
  wear_percent?: number
  reallocated_sectors?: number
}
export interface Volume {
  name?: string
  kind?: string
  size_bytes?: number
  level?: string
  degraded?: boolean
}
export interface FileSystem {
  mount?: string
  device?: string
  kind?: string
  size_bytes?: number
  read_only?: boolean
  encrypted?: boolean
  remote?: boolean
}
export interface FileSystemUse {
  mount?: string
  free_bytes?: number
  inodes_free_percent?: number
}
export interface DisksFacts {
  disks?: Disk[]
  volumes?: Volume[]
  file_systems?: FileSystem[]
  volatile?: { disks?: DiskState[]; file_systems?: FileSystemUse[] }
}

export interface Nic {
  name?: string
  kind?: string
  mac?: string
  addresses?: string[]
  mtu?: number
  speed_mbps?: number
  up?: boolean
  driver?: string
  ssid?: string
}
export interface OpenPort {
  protocol?: string
  address?: string
  port?: number
  account?: string
}
export interface NetworkFacts {
  nics?: Nic[]
  gateways?: { address?: string; nic?: string }[]
  dns_servers?: string[]
  search_domains?: string[]
  open_ports?: OpenPort[]
  wan_address?: string
}

export interface LocalAccount {
  name?: string
  id?: string
  full_name?: string
  kind?: string
  home?: string
  shell?: string
  groups?: string[]
  locked?: boolean
}
export interface LogOn {
  user?: string
  kind?: string
  line?: string
  from?: string
  since_ms?: number
}
export interface LogOnState {
  user?: string
  line?: string
  idle_ms?: number
}
export interface LastLogin {
  user?: string
  at_ms?: number
  line?: string
  from?: string
}
export interface PeopleFacts {
  accounts?: LocalAccount[]
  administrators?: string[]
  sessions?: LogOn[]
  last_logins?: LastLogin[]
  volatile?: { sessions?: LogOnState[] }
}

export interface Package {
  manager?: string
  name?: string
  version?: string
  arch?: string
  publisher?: string
}
export interface Service {
  name?: string
  description?: string
  state?: string
  start?: string
  command?: string
  account?: string
}
export interface Update {
  manager?: string
  name?: string
  version?: string
  security?: boolean
}
export interface SoftwareFacts {
  packages?: Package[]
  services?: Service[]
  updates?: { pending?: number; security?: number; packages?: Update[] }
}

export interface PostureFacts {
  firewall?: { name?: string; active?: boolean }
  antivirus?: { name?: string; active?: boolean }[]
  system_encrypted?: boolean
  secure_boot?: boolean
  tpm?: string
  access_control?: string
  automatic_updates?: boolean
  reboot_pending?: boolean
  reboot_reasons?: string[]
  volatile?: { antivirus?: { name?: string; definitions_at_ms?: number }[] }
}

export interface FactsOf {
  system: SystemFacts
  hardware: HardwareFacts
  disks: DisksFacts
  network: NetworkFacts
  people: PeopleFacts
  software: SoftwareFacts
  posture: PostureFacts
}

type PartOf<Section extends InventorySection> = Omit<
  DescribedInventoryPart,
  'section' | 'facts'
> & {
  section: Section
  facts: FactsOf[Section]
}
export type InventoryPart = { [Section in InventorySection]: PartOf<Section> }[InventorySection]

/** The newest of each section that was delivered. */
export type MachineInventory = Omit<DescribedInventory, 'sections'> & {
  sections: InventoryPart[]
}

export type Compared = InventoryDifference

/** What is the same about a change in the history and a difference between two moments. */
export type Difference = Omit<Compared, 'last_changed_at'>

/** Which changes; all that are given must hold. */
export interface ChangeFilter {
  section?: InventorySection | undefined
  kind?: ChangeKind | undefined
}

/** The facts of a section; undefined when it was not delivered. */
export function factsOf<Section extends InventorySection>(
  inventory: MachineInventory | undefined,
  section: Section,
): FactsOf[Section] | undefined {
  const part = inventory?.sections.find((one) => one.section === section)
  return part?.facts
}

/** What an agent that delivers an inventory can do. */
export const INVENTORY_CAPABILITY = 'inventory'

export const deliversInventory = ({ capabilities }: Pick<Machine, 'capabilities'>): boolean =>
  capabilities.includes(INVENTORY_CAPABILITY)

export type ReadAgainVerdict = 'yes' | 'notAllowed' | 'offline' | 'cannot'

/** Whether the agent can be asked to read again, and if not, why (`refresh` in `crates/server/src/inventory/mod.rs`). */
export function canReadAgain(
  machine: Pick<Machine, 'permissions' | 'presence' | 'capabilities'>,
): ReadAgainVerdict {
  if (!mayOn(machine, 'machine.manage')) return 'notAllowed'
  if (machine.presence.status !== 'online') return 'offline'
  return deliversInventory(machine) ? 'yes' : 'cannot'
}
