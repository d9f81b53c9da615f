/** What a machine is made of: model and board, processors, memory, graphics, monitors, batteries, sensors, PCI and USB. */
import { useMemo } from 'react'

import type {
  Battery,
  BatteryState,
  Gpu,
  HardwareFacts,
  Measure,
  MemoryModule,
  Monitor,
  PciDevice,
  Processor,
  Sensor,
  UsbDevice,
} from '~/api/inventory'
import type { Machine } from '~/api/types'
import { fromLg, fromMd, fromXl } from '~/components/table'

import { columnsOf } from './columns'
import { Disks } from './Disks'
import { FactTable, type Column } from './FactTable'
import { FactList, Part, WithInventory } from './parts'
import { useWords } from './use-words'
import { valueOf, valueText, type Words } from './words'

const joined = (parts: readonly (string | undefined)[]): string => parts.filter(Boolean).join(' ')

function Identification({ facts }: { facts: HardwareFacts }) {
  const words = useWords()
  const { t } = words
  const { members: m } = t
  const { board, firmware } = facts
  const say = (what: string, value: unknown) => valueText(words, what, value)
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <FactList
        facts={[
          [m.maker, facts.maker],
          [m.model, facts.model],
          [m.version, facts.version],
          [m.family, facts.family],
          [m.sku, facts.sku],
          [m.serial, facts.serial],
          [m.asset_tag, facts.asset_tag],
          [m.chassis, valueOf(t, facts.chassis)],
        ]}
      />
      <FactList
        facts={[
          [m.memory_bytes, say('memory_bytes', facts.memory_bytes)],
          [m.memory_slots, say('memory_slots', facts.memory_slots)],
          [t.things.board, joined([board?.maker, board?.model, board?.version])],
          [`${t.things.board} · ${m.serial}`, board?.serial],
          [
            t.things.firmware,
            joined([firmware?.maker, firmware?.version, firmware?.kind?.toUpperCase()]),
          ],
          [
            `${t.things.firmware} · ${m.released_at_ms}`,
            say('released_at_ms', firmware?.released_at_ms),
          ],
        ]}
      />
    </div>
  )
}

type WholeSensor = Sensor & Measure
type WholeBattery = Battery & BatteryState

/** What changes by itself beside what stays, by name. */
const beside = <Item extends { name?: string }, State extends { name?: string }>(
  items: readonly Item[] = [],
  states: readonly State[] = [],
): (Item & State)[] =>
  items.map((item) => ({
    ...(states.find(({ name }) => name === item.name) ?? ({} as State)),
    ...item,
  }))

const measured = (words: Words, one: Measure): string =>
  (['temperature_millicelsius', 'speed_rpm', 'voltage_mv', 'power_mw'] as const)
    .map((member) => valueText(words, member, one[member]))
    .filter((text) => text !== '')
    .join(', ')

const picture = ({ width_mm: width, height_mm: height }: Monitor): string =>
  width && height ? `${width} × ${height} mm` : ''

function useColumns() {
  const words = useWords()
  return useMemo(() => {
    const { t } = words
    const processor = columnsOf<Processor>(words)
    const memory = columnsOf<MemoryModule>(words)
    const gpu = columnsOf<Gpu>(words)
    const monitor = columnsOf<Monitor>(words)
    const battery = columnsOf<WholeBattery>(words)
    const sensor = columnsOf<WholeSensor>(words)
    const pci = columnsOf<PciDevice>(words)
    const usb = columnsOf<UsbDevice>(words)
    const measure: Column<WholeSensor> = {
      label: t.members.value,
      value: (row) =>
        row.temperature_millicelsius ?? row.speed_rpm ?? row.voltage_mv ?? row.power_mw,
      show: (row) => measured(words, row),
      numeric: true,
    }
    const size: Column<Monitor> = { label: t.members.picture, value: picture, look: fromMd }
    return {
      processors: [
        processor('slot'),
        processor('model'),
        processor('maker', { look: fromLg }),
        processor('cores'),
        processor('threads'),
        processor('max_mhz', { look: fromMd }),
      ],
      memory: [
        memory('slot'),
        memory('bank', { look: fromLg }),
        memory('size_bytes'),
        memory('kind'),
        memory('speed_mts', { look: fromMd }),
        memory('maker', { look: fromMd }),
        memory('part', { look: fromLg }),
        memory('serial', { look: fromLg }),
      ],
      gpus: [
        gpu('slot', { look: fromMd }),
        gpu('maker'),
        gpu('model'),
        gpu('driver', { look: fromMd }),
        gpu('vendor_id', { look: fromXl }),
        gpu('device_id', { look: fromXl }),
      ],
      monitors: [
        monitor('connector'),
        monitor('maker'),
        monitor('model'),
        monitor('serial', { look: fromMd }),
        monitor('made_year', { look: fromLg }),
        size,
      ],
      batteries: [
        battery('name'),
        battery('model', { look: fromMd }),
        battery('maker', { look: fromLg }),
        battery('serial', { look: fromXl }),
        battery('technology', { look: fromLg }),
        battery('state'),
        battery('charge_percent'),
        battery('health_percent'),
        battery('full_mwh', { look: fromMd }),
        battery('design_mwh', { look: fromMd }),
        battery('cycles', { look: fromMd }),
      ],
      sensors: [sensor('name'), sensor('kind'), measure],
      pci: [
        pci('slot'),
        pci('class', { look: fromMd }),
        pci('vendor'),
        pci('product'),
        pci('driver', { look: fromMd }),
        pci('vendor_id', { look: fromXl }),
        pci('device_id', { look: fromXl }),
      ],
      usb: [
        usb('port'),
        usb('maker'),
        usb('product'),
        usb('serial', { look: fromLg }),
        usb('vendor_id', { look: fromXl }),
        usb('product_id', { look: fromXl }),
      ],
    }
  }, [words])
}

function Parts({ facts, machine }: { facts: HardwareFacts; machine: string }) {
  const {
    t: { lists },
  } = useWords()
  const columns = useColumns()
  const sensors = useMemo(() => beside(facts.sensors, facts.volatile?.sensors), [facts])
  const batteries = useMemo(() => beside(facts.batteries, facts.volatile?.batteries), [facts])
  const { processors, memory_modules: memory, gpus, monitors, pci_devices: pci } = facts
  const { usb_devices: usb } = facts
  return (
    <>
      <FactTable
        title={lists.processors}
        machine={machine}
        columns={columns.processors}
        rows={processors ?? []}
      />
      <FactTable
        title={lists.memory_modules}
        machine={machine}
        columns={columns.memory}
        rows={memory ?? []}
      />
      <FactTable title={lists.gpus} machine={machine} columns={columns.gpus} rows={gpus ?? []} />
      <FactTable
        title={lists.monitors}
        machine={machine}
        columns={columns.monitors}
        rows={monitors ?? []}
      />
      {batteries.length > 0 && (
        <FactTable
          title={lists.batteries}
          machine={machine}
          columns={columns.batteries}
          rows={batteries}
        />
      )}
      <FactTable title={lists.sensors} machine={machine} columns={columns.sensors} rows={sensors} />
      <FactTable
        first
        title={lists.pci_devices}
        machine={machine}
        columns={columns.pci}
        rows={pci ?? []}
      />
      <FactTable
        title={lists.usb_devices}
        machine={machine}
        columns={columns.usb}
        rows={usb ?? []}
      />
    </>
  )
}

export function HardwareTab({ machine }: { machine: Machine }) {
  return (
    <WithInventory machine={machine}>
      {(inventory) => (
        <>
          <Part inventory={inventory} section="disks">
            {(facts) => <Disks facts={facts} machine={machine.name} />}
          </Part>
          <Part inventory={inventory} section="hardware">
            {(facts) => (
              <>
                <Identification facts={facts} />
                <Parts facts={facts} machine={machine.name} />
              </>
            )}
          </Part>
        </>
      )}
    </WithInventory>
  )
}
