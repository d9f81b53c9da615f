/** The parts of a machine's page, as they stand in its address. */
import {
  CHANGE_KINDS,
  INVENTORY_SECTIONS,
  type ChangeKind,
  type InventorySection,
} from '~/api/inventory'
import { METRIC_RANGES, type MetricRange } from '~/api/metrics'

export const INVENTORY_TABS = ['hardware', 'software', 'people', 'network', 'history'] as const
export type InventoryTab = (typeof INVENTORY_TABS)[number]

export interface MachinePageSearch {
  /** Which part; the overview when left out. */
  tab?: InventoryTab | 'metrics' | 'identity' | undefined
  /** Of the metrics: which time; the last hour when left out. */
  range?: MetricRange | undefined
  /** In the history: of which section, and of which kind. */
  section?: InventorySection | undefined
  kind?: ChangeKind | undefined
  /** In the history: two moments are compared. */
  compare?: boolean | undefined
}

/** Every parameter is named, since one that is left out would stay as it came. */
export function machinePageSearchOf(search: Readonly<Record<string, unknown>>): MachinePageSearch {
  const tab = ([...INVENTORY_TABS, 'metrics', 'identity'] as const).find(
    (one) => one === search['tab'],
  )
  const history = tab === 'history'
  return {
    tab,
    range: METRIC_RANGES.find((one) => tab === 'metrics' && one === search['range']),
    section: INVENTORY_SECTIONS.find((one) => history && one === search['section']),
    kind: CHANGE_KINDS.find((one) => history && one === search['kind']),
    compare: history && search['compare'] ? true : undefined,
  }
}
