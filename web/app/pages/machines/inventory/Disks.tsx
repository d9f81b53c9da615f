/** Disks with their health, what is made of them, and the file systems with their room. */
import { useMemo } from 'react'

import type {
  Disk,
  DisksFacts,
  DiskState,
  FileSystem,
  FileSystemUse,
  Partition,
  Volume,
} from '~/api/inventory'
import { fromLg, fromMd, fromXl } from '~/components/table'
import { Badge } from '~/ui/lib/Badge'

import { columnsOf } from './columns'
import { FactTable, type Column } from './FactTable'
import { useWords } from './use-words'
import { valueOf, yesNo } from './words'

type WholeDisk = Disk & DiskState
type WholeFileSystem = FileSystem & FileSystemUse & { free_percent?: number }
type OnDisk = Partition & { device?: string }

const diskRows = ({ disks = [], volatile }: DisksFacts): WholeDisk[] =>
  disks.map((disk) => ({ ...volatile?.disks?.find(({ name }) => name === disk.name), ...disk }))

const fileSystemRows = ({ file_systems: all = [], volatile }: DisksFacts): WholeFileSystem[] =>
  all.map((system) => {
    const use = volatile?.file_systems?.find(({ mount }) => mount === system.mount)
    const { size_bytes: size } = system
    const free = use?.free_bytes
    return {
      ...use,
      ...system,
      ...(free !== undefined && size ? { free_percent: (free / size) * 100 } : {}),
    }
  })

const partitionRows = ({ disks = [] }: DisksFacts): OnDisk[] =>
  disks.flatMap(({ name, partitions = [] }) =>
    partitions.map((partition) => ({ ...partition, ...(name ? { device: name } : {}) })),
  )

function useColumns() {
  const words = useWords()
  return useMemo(() => {
    const { t, units } = words
    const disk = columnsOf<WholeDisk>(words)
    const partition = columnsOf<OnDisk>(words)
    const volume = columnsOf<Volume>(words)
    const system = columnsOf<WholeFileSystem>(words)
    const health: Column<WholeDisk> = {
      label: t.members.health,
      value: (row) => valueOf(t, row.health),
      show: (row) =>
        row.health && (
          <Badge tone={row.health === 'failing' ? 'danger' : 'ok'}>{valueOf(t, row.health)}</Badge>
        ),
    }
    const degraded: Column<Volume> = {
      label: t.members.degraded,
      value: (row) => yesNo(t, row.degraded),
      show: (row) => (row.degraded ? <Badge tone="danger">{t.yes}</Badge> : yesNo(t, row.degraded)),
    }
    const share: Column<WholeFileSystem> = {
      label: `${t.members.free_bytes} %`,
      value: (row) => (row.free_percent === undefined ? undefined : Math.round(row.free_percent)),
      show: (row) => (row.free_percent === undefined ? '' : units.percent(row.free_percent / 100)),
      numeric: true,
    }
    return {
      disks: [
        disk('name'),
        disk('model'),
        disk('size_bytes'),
        health,
        disk('kind', { look: fromMd }),
        disk('bus', { look: fromLg }),
        disk('wear_percent', { look: fromMd }),
        disk('reallocated_sectors', { look: fromXl }),
        disk('temperature_millicelsius', { look: fromLg }),
        disk('power_on_hours', { look: fromLg }),
        disk('serial', { look: fromLg }),
        disk('firmware', { look: fromXl }),
      ],
      partitions: [
        partition('device'),
        partition('name'),
        partition('label', { look: fromMd }),
        partition('size_bytes'),
        partition('uuid', { look: fromLg }),
      ],
      volumes: [volume('name'), volume('kind'), volume('level'), volume('size_bytes'), degraded],
      systems: [
        system('mount'),
        system('device', { look: fromMd }),
        system('kind', { look: fromMd }),
        system('size_bytes'),
        system('free_bytes'),
        share,
        system('inodes_free_percent', { look: fromXl }),
        system('encrypted', { look: fromMd }),
        system('read_only', { look: fromLg }),
        system('remote', { look: fromLg }),
      ],
    }
  }, [words])
}

export function Disks({ facts, machine }: { facts: DisksFacts; machine: string }) {
  const {
    t: { lists },
  } = useWords()
  const columns = useColumns()
  const disks = useMemo(() => diskRows(facts), [facts])
  const systems = useMemo(() => fileSystemRows(facts), [facts])
  const partitions = useMemo(() => partitionRows(facts), [facts])
  return (
    <>
      <FactTable
        title={lists.file_systems}
        machine={machine}
        columns={columns.systems}
        rows={systems}
      />
      <FactTable title={lists.disks} machine={machine} columns={columns.disks} rows={disks} />
      <FactTable
        title={lists.partitions}
        machine={machine}
        columns={columns.partitions}
        rows={partitions}
      />
      {facts.volumes && facts.volumes.length > 0 && (
        <FactTable
          title={lists.volumes}
          machine={machine}
          columns={columns.volumes}
          rows={facts.volumes}
        />
      )}
    </>
  )
}
