/** Requests for access for a while: some to decide about, some of one's own, and what is over. */
import type { AccessRequest, Machine, Me } from '~/api/types'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** What the server gives a request until somebody decides. */
export const WAITS = 7 * DAY

const ana = { id: '0197c2a0-0000-7000-8000-00000000000c', name: 'Ana Castro' }
const caio = { id: '0197c2a0-0000-7000-8000-00000000000d', name: 'Caio Brandt' }

export function someAccessRequests(
  machines: readonly Machine[],
  me: Me,
  now: number,
): AccessRequest[] {
  const at = (ago: number) => new Date(now - ago).toISOString()
  const own = { id: me.account.id, name: me.account.name }
  const request = (
    index: number,
    who: typeof ana,
    machineName: string,
    about: Partial<AccessRequest> & { ago: number },
  ): AccessRequest[] => {
    const machine = machines.find(({ name }) => name === machineName)
    if (!machine) return []
    const { ago, ...more } = about
    return [
      {
        id: `0197c2ab-0000-7000-8000-${String(index).padStart(12, '0')}`,
        organization_id: machine.organization_id,
        machine_id: machine.id,
        machine_name: machine.name,
        account_id: who.id,
        account_name: who.name,
        permissions: ['screen.view', 'screen.control'],
        reason: '',
        duration_seconds: 3600,
        state: 'waiting',
        created_at: at(ago),
        lapses_at: at(ago - WAITS),
        decided_at: null,
        decided_by_name: null,
        note: '',
        expires_at: null,
        ended_at: null,
        ended_by_name: null,
        may_decide: false,
        may_withdraw: false,
        ...more,
      },
    ]
  }
  return [
    ...request(1, caio, 'Front desk', {
      ago: 12 * MINUTE,
      permissions: ['screen.control', 'clipboard.share'],
      reason: 'The card reader does not pair; I have to click through its set-up.',
      duration_seconds: 2 * 3600,
    }),
    ...request(2, own, 'Payroll', {
      ago: 40 * MINUTE,
      permissions: ['files.transfer'],
      reason: 'Ticket 4711: the bank file has to be taken over.',
    }),
    ...request(3, ana, 'bridge-03', {
      ago: 3 * HOUR,
      permissions: ['machine.manage'],
      reason: 'Labels for the new rack.',
      duration_seconds: 8 * 3600,
      state: 'approved',
      decided_at: at(2 * HOUR),
      decided_by_name: 'Theo Lindqvist',
      note: 'Only the labels, please.',
      expires_at: at(-6 * HOUR),
    }),
    ...request(4, own, 'meter-gateway', {
      ago: 2 * DAY,
      permissions: ['terminal.open'],
      reason: 'Look at its log.',
      state: 'refused',
      decided_at: at(1.8 * DAY),
      decided_by_name: 'Theo Lindqvist',
      note: 'It is replaced tomorrow.',
    }),
    ...request(5, caio, 'Goods in', {
      ago: 9 * DAY,
      reason: 'Show the new scanner.',
      state: 'ended',
      ended_at: at(2 * DAY),
    }),
  ]
}
