import { render, screen, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { MachineEvidence } from '~/api/types'
import { I18nProvider } from '~/i18n'
import { expectAccessible } from '~/testing/axe'

import { evidenceRows } from './evidence'
import { EvidenceTable } from './EvidenceTable'

const nothing: MachineEvidence = {
  smbios_uuid: '',
  os_install_id: '',
  board_serial: '',
  system_serial: '',
  disk_serials: [],
}
const known = { ...nothing, smbios_uuid: 'U1', board_serial: 'B1', disk_serials: ['D1', 'D2'] }
const said = { ...nothing, smbios_uuid: 'U1', board_serial: 'B2', os_install_id: 'O1' }

describe('evidence side by side', () => {
  const verdicts = { agrees: ['smbios_uuid'], differs: ['board_serial'] }

  it('has a row for what either side tells, hardware first', () => {
    const rows = evidenceRows(said, known, verdicts)
    expect(rows.map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ['smbios_uuid', 'agrees'],
      ['board_serial', 'differs'],
      ['disk_serial', 'unknown'],
      ['os_install_id', 'unknown'],
    ])
    expect(rows[2]).toMatchObject({ left: [], right: ['D1', 'D2'] })
  })

  it('says what agrees and differs in words', async () => {
    localStorage.setItem('farol.locale', 'en')
    render(
      <I18nProvider>
        <main>
          <h1>Evidence</h1>
          <EvidenceTable
            left={{ name: 'This installation', evidence: said }}
            right={{ name: 'Payroll', evidence: known }}
            {...verdicts}
          />
        </main>
      </I18nProvider>,
    )
    const row = (name: string) => within(screen.getByRole('row', { name: new RegExp(name) }))
    expect(row('Hardware UUID').getByText('agrees')).toBeVisible()
    expect(row('Board serial').getByText('differs')).toBeVisible()
    expect(row('Disk serials').getByText('not told')).toBeVisible()
    expect(row('Disk serials').getByText('cannot be compared')).toBeVisible()
    expect(screen.getByRole('region', { name: 'This installation beside Payroll' })).toBeVisible()
    await expectAccessible()
  })

  it('shows what an agent tells as text', () => {
    const evil = { ...nothing, board_serial: '<img src=x onerror=alert(1)>' }
    const { container } = render(
      <I18nProvider>
        <EvidenceTable
          left={{ name: 'a', evidence: evil }}
          right={{ name: 'b', evidence: nothing }}
          agrees={[]}
          differs={[]}
        />
      </I18nProvider>,
    )
    expect(screen.getByText('<img src=x onerror=alert(1)>')).toBeVisible()
    expect(container.querySelector('img')).toBeNull()
  })
})
