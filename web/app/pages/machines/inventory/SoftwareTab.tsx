/** The system of a machine, what protects it, and what is installed and runs on it. */
import { useMemo } from 'react'

import type {
  Package,
  PostureFacts,
  Service,
  SoftwareFacts,
  SystemFacts,
  Update,
} from '~/api/inventory'
import type { Machine } from '~/api/types'
import { fromLg, fromMd } from '~/components/table'
import { Badge, type Tone } from '~/ui/lib/Badge'

import { columnsOf } from './columns'
import { FactTable, type Column } from './FactTable'
import { FactList, Part, WithInventory } from './parts'
import { useWords } from './use-words'
import { valueOf, valueText, yesNo } from './words'

function System({ facts }: { facts: SystemFacts }) {
  const words = useWords()
  const { t } = words
  const { members: m } = t
  const say = (what: keyof SystemFacts & keyof typeof m) => valueText(words, what, facts[what])
  return (
    <FactList
      facts={[
        [m.os_name, say('os_name')],
        [m.os_edition, say('os_edition')],
        [m.os_version, say('os_version')],
        [m.os_build, say('os_build')],
        [m.kernel, say('kernel')],
        [m.arch, say('arch')],
        [m.hostname, say('hostname')],
        [m.language, say('language')],
        [m.time_zone, say('time_zone')],
        [m.installed_at_ms, say('installed_at_ms')],
        [m.booted_at_ms, say('booted_at_ms')],
        // Most machines run on hardware of their own.
        [m.virtualization, facts.virtualization !== 'none' && facts.virtualization],
      ]}
    />
  )
}

function Protection({ facts }: { facts: PostureFacts }) {
  const words = useWords()
  const { t, units } = words
  const { members: m } = t
  const { firewall, antivirus = [], reboot_reasons: reasons = [] } = facts
  const is = (name: string | undefined, active: boolean | undefined) => {
    if (active === undefined) return name
    if (name === undefined) return active ? t.overview.isActive : t.overview.isInactive
    return active ? t.overview.active({ name }) : t.overview.inactive({ name })
  }
  const definitions = (name: string | undefined) =>
    facts.volatile?.antivirus?.find((one) => one.name === name)?.definitions_at_ms
  return (
    <FactList
      facts={[
        [t.things.firewall, firewall && is(firewall.name, firewall.active)],
        [
          t.lists.antivirus,
          antivirus.length > 0 &&
            antivirus.map(({ name = '', active }) => {
              const at = definitions(name)
              return (
                <span key={name} className="block">
                  {is(name, active)}
                  {at !== undefined && ` · ${t.overview.definitions({ time: units.date(at) })}`}
                </span>
              )
            }),
        ],
        [m.system_encrypted, yesNo(t, facts.system_encrypted)],
        [m.secure_boot, yesNo(t, facts.secure_boot)],
        [m.tpm, valueOf(t, facts.tpm)],
        [m.access_control, valueOf(t, facts.access_control)],
        [m.automatic_updates, yesNo(t, facts.automatic_updates)],
        [m.reboot_pending, yesNo(t, facts.reboot_pending)],
        [m.reboot_reasons, reasons.join(', ')],
      ]}
    />
  )
}

const stateTones: Partial<Record<string, Tone>> = { running: 'ok', failed: 'danger' }

function useColumns() {
  const words = useWords()
  return useMemo(() => {
    const { t } = words
    const pack = columnsOf<Package>(words)
    const service = columnsOf<Service>(words)
    const update = columnsOf<Update>(words)
    const state: Column<Service> = {
      label: t.members.state,
      value: (row) => valueOf(t, row.state),
      show: (row) =>
        row.state && (
          <Badge tone={stateTones[row.state] ?? 'neutral'}>{valueOf(t, row.state)}</Badge>
        ),
    }
    const security: Column<Update> = {
      label: t.members.security,
      value: (row) => yesNo(t, row.security),
      show: (row) => (row.security ? <Badge tone="warn">{t.yes}</Badge> : yesNo(t, row.security)),
    }
    return {
      packages: [
        pack('name'),
        pack('version'),
        pack('manager', { look: fromMd }),
        pack('arch', { look: fromLg }),
        pack('publisher', { look: fromLg }),
      ],
      services: [
        service('name'),
        state,
        service('start'),
        service('description', { look: fromLg }),
        service('account', { look: fromMd }),
        service('command', { look: fromLg }),
      ],
      updates: [update('name'), update('version'), security, update('manager', { look: fromMd })],
    }
  }, [words])
}

const NOTHING: readonly never[] = []

function Software({ facts, machine }: { facts: SoftwareFacts; machine: string }) {
  const { t, format } = useWords()
  const columns = useColumns()
  const { updates, packages = NOTHING, services = NOTHING } = facts
  const count = (number: number | undefined) =>
    number === undefined ? undefined : format.number(number)
  return (
    <>
      {updates && (
        <div className="grid gap-2">
          <FactList
            title={t.things.updates}
            facts={[
              [t.software.pending, count(updates.pending)],
              [t.software.security, count(updates.security)],
            ]}
          />
          {updates.packages && updates.packages.length > 0 && (
            <FactTable
              title={t.lists['updates.packages']}
              machine={machine}
              columns={columns.updates}
              rows={updates.packages}
              bare
            />
          )}
        </div>
      )}
      <FactTable
        first
        title={t.lists.packages}
        machine={machine}
        columns={columns.packages}
        rows={packages}
      />
      <FactTable
        title={t.lists.services}
        machine={machine}
        columns={columns.services}
        rows={services}
      />
    </>
  )
}

export function SoftwareTab({ machine }: { machine: Machine }) {
  return (
    <WithInventory machine={machine}>
      {(inventory) => (
        <>
          <div className="grid items-start gap-6 lg:grid-cols-2">
            <Part inventory={inventory} section="system">
              {(facts) => <System facts={facts} />}
            </Part>
            <Part inventory={inventory} section="posture">
              {(facts) => <Protection facts={facts} />}
            </Part>
          </div>
          <Part inventory={inventory} section="software">
            {(facts) => <Software facts={facts} machine={machine.name} />}
          </Part>
        </>
      )}
    </WithInventory>
  )
}
