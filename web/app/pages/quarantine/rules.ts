/** What a reason suggests. Pure; the table of reasons is `recognition/decide.rs` in crates/server. */
import { isBlocked } from '~/api/can'
import type { Machine, QuarantineEntry } from '~/api/types'
import type { Messages } from '~/i18n'

export type Suggestion = 'new' | 'machine' | 'refuse' | 'none'

const suggestions: Readonly<Record<string, Suggestion>> = {
  approve_first: 'new',
  sandbox: 'refuse',
  other_hardware: 'new',
  copy: 'new',
  copy_alive: 'new',
  merged_both_alive: 'new',
  uid_online: 'new',
  uid_blocked: 'refuse',
  reinstalled: 'machine',
  partial: 'new',
}

/** What is usually right; the button for it stands out. A code of a newer server suggests nothing. */
export const suggested = ({ reason }: Pick<QuarantineEntry, 'reason'>): Suggestion =>
  Object.hasOwn(suggestions, reason) ? (suggestions[reason] ?? 'none') : 'none'

const oftenKnown = new Set([
  'reinstalled',
  'ambiguous',
  'hardware_doubtful',
  'former_key',
  'uid_blocked',
])

/** Whether letting it in as new may make a second record of a known machine. */
export const mayBeKnown = ({ reason }: Pick<QuarantineEntry, 'reason'>): boolean =>
  oftenKnown.has(reason)

/** A blocked machine that it may be: as a new machine it would get in past the block. */
export function blockedBeside({
  holds_key_of: owner,
  candidates,
}: Pick<QuarantineEntry, 'holds_key_of' | 'candidates'>): Machine | undefined {
  const beside = owner ? [owner, ...candidates] : candidates
  return beside.map(({ machine }) => machine).find(isBlocked)
}

/** What choosing a known machine does; behind the door of helpdesk agents nothing has a key. */
export const becomesThat = (
  t: Messages['quarantine'],
  { door }: Pick<QuarantineEntry, 'door'>,
): string => (door === 'helpdesk' ? t.asMachine.saysHelpdesk : t.asMachine.says)
