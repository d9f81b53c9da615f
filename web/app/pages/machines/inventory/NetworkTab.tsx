/** How a machine is connected: its interfaces, ways out and name servers, and what listens on it. */
import { useMemo } from 'react'

import type { NetworkFacts, Nic, OpenPort } from '~/api/inventory'
import type { Machine } from '~/api/types'
import { fromLg, fromMd } from '~/components/table'
import type { Messages } from '~/i18n'
import { Badge } from '~/ui/lib/Badge'

import { columnsOf } from './columns'
import { FactTable, type Column } from './FactTable'
import { FactList, Part, WithInventory } from './parts'
import { useWords } from './use-words'

/** From where a port is reached, by the address that it listens on. */
function reachOf({ network: t }: Messages['inventory'], { address = '' }: OpenPort): string {
  if (['0.0.0.0', '::', '*'].includes(address)) return t.everywhere
  if (address === '::1' || address.startsWith('127.')) return t.local
  return address === '' ? '' : t.one
}

function useColumns() {
  const words = useWords()
  return useMemo(() => {
    const { t } = words
    const nic = columnsOf<Nic>(words)
    const port = columnsOf<OpenPort>(words)
    const up: Column<Nic> = {
      label: t.members.up,
      value: (row) => (row.up === undefined ? undefined : row.up ? t.network.up : t.network.down),
      show: (row) =>
        row.up !== undefined && (
          <Badge tone={row.up ? 'ok' : 'neutral'}>{row.up ? t.network.up : t.network.down}</Badge>
        ),
    }
    const addresses: Column<Nic> = {
      label: t.members.addresses,
      value: (row) => (row.addresses ?? []).join(' '),
      show: (row) =>
        (row.addresses ?? []).map((address) => (
          <span key={address} className="block">
            {address}
          </span>
        )),
    }
    const reach: Column<OpenPort> = {
      label: t.network.reach,
      value: (row) => reachOf(t, row),
      look: fromMd,
    }
    return {
      nics: [
        nic('name'),
        nic('kind', { look: fromMd }),
        up,
        addresses,
        nic('mac', { look: fromMd }),
        nic('speed_mbps', { look: fromLg }),
        nic('ssid', { look: fromLg }),
        nic('mtu', { look: fromLg }),
        nic('driver', { look: fromLg }),
      ],
      ports: [port('port'), port('protocol'), port('address'), reach, port('account')],
    }
  }, [words])
}

function Network({ facts, machine }: { facts: NetworkFacts; machine: string }) {
  const { t } = useWords()
  const columns = useColumns()
  const gateways = (facts.gateways ?? []).map(({ address = '', nic }) =>
    nic ? t.network.gateway({ address, nic }) : address,
  )
  return (
    <>
      <FactTable
        title={t.lists.nics}
        machine={machine}
        columns={columns.nics}
        rows={facts.nics ?? []}
      />
      <FactList
        title={t.network.routes}
        facts={[
          [t.lists.gateways, gateways.join(', ')],
          [t.members.dns_servers, (facts.dns_servers ?? []).join(', ')],
          [t.members.search_domains, (facts.search_domains ?? []).join(', ')],
          [t.members.wan_address, facts.wan_address],
        ]}
      />
      <FactTable
        first
        title={t.lists.open_ports}
        machine={machine}
        columns={columns.ports}
        rows={facts.open_ports ?? []}
      />
    </>
  )
}

export function NetworkTab({ machine }: { machine: Machine }) {
  return (
    <WithInventory machine={machine}>
      {(inventory) => (
        <Part inventory={inventory} section="network">
          {(facts) => <Network facts={facts} machine={machine.name} />}
        </Part>
      )}
    </WithInventory>
  )
}
