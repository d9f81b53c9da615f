/** Quarantine: why somebody waits, what is known of them, and what can be decided. */
import type { EvidenceKind, KnownQuarantineReason } from '~/api/types'

import { pluralOf } from '../plural'

const plural = pluralOf('en')

interface Reason {
  /** One sentence for lists. */
  why: string
  /** What usually is behind it. */
  cause: string
  /** What to do. */
  advice: string
}

export const quarantine = {
  title: 'Quarantine',
  intro:
    'Installations that Farol does not take for a machine by itself. Until somebody decides, they receive nothing: no command, no session.',
  waitingCount: (p: { count: string }) => `${p.count} waiting`,
  show: 'Show',
  tabs: { waiting: 'Waiting', decided: 'Decided' },
  columns: {
    who: 'Host name',
    why: 'Why it waits',
    system: 'System',
    address: 'Address',
    seen: 'Last asked',
    attempts: 'Attempts',
    token: 'Token',
    outcome: 'Decision',
    by: 'By',
    when: 'When',
    machine: 'Machine',
  },
  empty: {
    title: 'Nobody waits',
    body: 'Newcomers that need approval, copies of machines and doubtful cases appear here as soon as they ask.',
  },
  emptyDecided: {
    title: 'Nothing was decided yet',
    body: 'Every decision stays here: who made it, when, and what became of it.',
  },
  select: (p: { name: string }) => `Select ${p.name}`,
  selectAll: 'Select all that are listed',
  selected: (p: { count: number }) => plural(p.count, { one: '# selected', other: '# selected' }),
  clearSelection: 'Clear the selection',
  state: {
    waiting: 'Waiting',
    approved_new: 'New machine',
    approved_same: 'Known machine',
    refused: 'Refused',
  },
  yetToCome: 'It has not enrolled itself yet',
  sentAway: 'Sent away',
  said: (p: { reason: string }) => `“${p.reason}”`,
  mayOnlyLook:
    'None of your roles allows deciding. Ask somebody who manages machines in your organization.',
  back: 'Quarantine',
  whyHeading: 'Why it waits',
  cause: 'Usual cause',
  advice: 'What to do',
  facts: 'What asks',
  fact: {
    hostname: 'Host name',
    system: 'System',
    address: 'Address',
    agent: 'Agent version',
    first: 'First asked',
    last: 'Last asked',
    attempts: 'Attempts',
    token: 'Token',
    key: 'Its key',
    uid: 'Machine uid',
    door: 'Asks through',
  },
  door: { agent: 'Farol agent', helpdesk: 'Helpdesk agent' },
  noToken: 'none: it holds a machine’s key',
  noTokenHelpdesk: 'none: the provisioning secret let it ask',
  tokenGone: 'a token that is no longer listed',
  claims:
    'All of this is what the installation says of itself. Anybody who copies a disk can say the same.',
  compare: 'Compared with known machines',
  nothingToCompare: 'No known machine shares any of this.',
  holdsKey: (p: { machine: string }) => `It holds the key of ${p.machine}`,
  sharesEvidence: (p: { machine: string }) => `Shares evidence with ${p.machine}`,
  isBlocked: (p: { machine: string }) =>
    `${p.machine} is blocked. Whoever becomes it stays outside until it is unblocked.`,
  evidence: {
    caption: (p: { left: string; right: string }) => `${p.left} beside ${p.right}`,
    kind: 'Evidence',
    verdict: 'Result',
    thisOne: 'This installation',
    agrees: 'agrees',
    differs: 'differs',
    unknown: 'cannot be compared',
    untold: 'not told',
    kinds: {
      smbios_uuid: 'Hardware UUID',
      board_serial: 'Board serial',
      system_serial: 'System serial',
      disk_serial: 'Disk serials',
      os_install_id: 'System installation',
    } satisfies Record<EvidenceKind, string>,
  },
  decide: 'Decide',
  decidedBy: (p: { name: string; time: string }) => `${p.name} decided on ${p.time}.`,
  asNew: {
    action: 'New machine',
    says: 'It becomes a machine of its own, with its own record and name.',
    saysCopy:
      'It becomes a machine of its own. Because it holds another machine’s key, its agent enrolls itself anew with a key of its own at its next attempt, within two minutes.',
    confirmTitle: (p: { name: string }) => `Let ${p.name} in as a new machine?`,
    mayBeKnown:
      'It may be a known machine. Then it would have two records, the old one with its name and history, and a new one without.',
    besideBlocked: (p: { machine: string }) =>
      `It may be ${p.machine}, which is blocked. As a new machine it would get in past the block.`,
    done: (p: { name: string }) => `${p.name} is let in as a new machine`,
    doneCopy: (p: { name: string }) => `${p.name} enrolls itself anew within two minutes`,
  },
  asMachine: {
    action: (p: { machine: string }) => `This is ${p.machine}`,
    choose: 'This is another known machine…',
    says: 'The machine keeps its name and history and gets this installation’s key. Whatever spoke for it before loses its place.',
    saysHelpdesk:
      'The machine keeps its name and history, and this helpdesk agent speaks for it. Another helpdesk agent that did so before loses its place; a Farol agent keeps its own.',
    otherKey: (p: { machine: string }) =>
      `It holds the key of ${p.machine}, so it can only become that machine or a new one.`,
    title: 'Which machine is it?',
    confirmTitle: (p: { name: string; machine: string }) => `Is ${p.name} ${p.machine}?`,
    online: (p: { machine: string }) =>
      `${p.machine} is online now. Its present connection ends, and what is connected there has to wait in quarantine itself.`,
    done: (p: { name: string; machine: string }) => `${p.name} is ${p.machine} from now on`,
  },
  refuse: {
    action: 'Refuse',
    says: 'Its agent is told that it has no place here and stops asking.',
    title: (p: { name: string }) => `Refuse ${p.name}?`,
    reason: 'Reason',
    reasonHint: 'For the audit entries and whoever looks at the decision; the machine is not told.',
    done: (p: { name: string }) => `${p.name} was refused`,
  },
  bulk: {
    approve: 'Let in as new machines',
    refuse: 'Refuse',
    approveTitle: (p: { count: number }) =>
      plural(p.count, {
        one: 'Let # installation in as a new machine?',
        other: 'Let # installations in as new machines?',
      }),
    refuseTitle: (p: { count: number }) =>
      plural(p.count, { one: 'Refuse # installation?', other: 'Refuse # installations?' }),
    approveSays:
      'Each becomes a machine of its own. Copies that hold another machine’s key enroll themselves anew at their next attempt, within two minutes.',
    refuseSays: 'Their agents are told that they have no place here and stop asking.',
    looksKnown: (p: { count: number }) =>
      plural(p.count, {
        one: '# of them may be a known machine and would become a second record of it. Look at it first.',
        other:
          '# of them may be known machines and would become second records of them. Look at them first.',
      }),
    progress: (p: { done: string; all: string }) => `${p.done} of ${p.all}`,
    approved: (p: { count: number }) =>
      plural(p.count, { one: '# was let in', other: '# were let in' }),
    refused: (p: { count: number }) =>
      plural(p.count, { one: '# was refused', other: '# were refused' }),
    left: (p: { count: number }) =>
      plural(p.count, {
        one: 'You stopped: # still waits.',
        other: 'You stopped: # still wait.',
      }),
    failed: (p: { count: number }) =>
      plural(p.count, {
        one: '# could not be decided about and is still waiting or was decided about by somebody else.',
        other:
          '# could not be decided about and are still waiting or were decided about by somebody else.',
      }),
    first: (p: { problem: string }) => `The first: ${p.problem}`,
  },
  reasons: {
    approve_first: {
      why: 'Its token asks for approval of every newcomer.',
      cause: 'The token was made that way. Nothing speaks against this installation.',
      advice: 'Let it in as a new machine if you expect it; else refuse it.',
    },
    sandbox: {
      why: 'It looks like an analysis sandbox that ran the installer.',
      cause:
        'Antivirus services run every installer that they meet, and such a run asks for enrollment.',
      advice: 'Refuse it, unless it is a machine of yours with an unlucky name.',
    },
    other_hardware: {
      why: 'It holds the key of a known machine, but its hardware is another.',
      cause:
        'A disk was copied or put into another computer, or a virtual machine was cloned from an image in which the agent was enrolled already.',
      advice:
        'If the known machine still exists, this is a copy: let it in as a new machine. If its disk has moved here for good, it is that machine.',
    },
    hardware_doubtful: {
      why: 'It holds the key of a known machine, but its hardware agrees only partly.',
      cause: 'Parts were exchanged, or a virtual machine was moved or converted.',
      advice:
        'If it is the same computer after a repair, it is that machine. If both exist, let it in as a new machine.',
    },
    copy: {
      why: 'Two copies of one installation are connected at the same time.',
      cause: 'A disk or virtual machine was cloned after its agent was enrolled.',
      advice:
        'Let the copy in as a new machine. Run farol-agent prepare-image before the next image is made, and no copy has to wait.',
    },
    copy_alive: {
      why: 'A snapshot was restored in its place, yet it is still alive.',
      cause: 'A snapshot was started beside the machine that it was taken of.',
      advice: 'Let it in as a new machine, or switch one of the two off and refuse it.',
    },
    former_key: {
      why: 'It uses a key that another installation’s key has replaced.',
      cause:
        'The machine was reinstalled or given to another installation, and the old one still runs or came back from a backup.',
      advice:
        'If this one should speak for the machine again, choose that machine. If it is another computer, let it in as new. If it is a leftover, refuse it.',
    },
    merged_both_alive: {
      why: 'Its record was merged into a machine whose own agent is alive too.',
      cause: 'Two different computers were merged by mistake.',
      advice: 'Take the merge back on the machine’s page, or let this one in as a new machine.',
    },
    uid_online: {
      why: 'Its hardware is that of a machine that is online.',
      cause:
        'A virtual machine was cloned with its hardware identifiers, or somebody claims to be that machine.',
      advice: 'Let it in as a new machine if you know the copy; refuse it if nobody does.',
    },
    uid_blocked: {
      why: 'Its hardware is that of a machine that is blocked.',
      cause: 'The agent was installed anew on a machine that somebody blocked.',
      advice: 'Refuse it. Or unblock the machine first, then choose that machine.',
    },
    reinstalled: {
      why: 'It is most likely a known machine that was reinstalled.',
      cause: 'The system or the agent was installed anew: same hardware, new key.',
      advice: 'Choose that machine: it keeps its name and its history.',
    },
    ambiguous: {
      why: 'Its hardware fits several machines.',
      cause: 'The same machine has several records, or its maker gave many one serial number.',
      advice:
        'Compare it with each. If two of them are one machine, merge those first; if none fits, let it in as new.',
    },
    partial: {
      why: 'Only a part of its hardware fits a known machine.',
      cause: 'A disk or board of a known machine was built into this one.',
      advice: 'Usually it is a new machine. If it is the known one after a repair, choose that.',
    },
  } satisfies Record<KnownQuarantineReason, Reason>,
  /** The same where a helpdesk's agent asks: it has no key, and nobody gives it a token. */
  reasonsOfHelpdesk: {
    approve_first: {
      why: 'A person has to agree before it speaks for a machine.',
      cause:
        'Its machine was removed, which it does not undo by itself; or this server asks about every newcomer of the helpdesk.',
      advice: 'Let it in as a new machine if you expect it; else refuse it.',
    },
    other_hardware: {
      why: 'It stores what a known machine’s helpdesk agent stores, but its hardware is another.',
      cause: 'A disk was copied more than once, or put into another computer.',
      advice: 'Usually it is a new machine. If the known one has moved here for good, choose that.',
    },
    hardware_doubtful: {
      why: 'It stores what a known machine’s helpdesk agent stores, but its hardware agrees only partly.',
      cause: 'Parts were exchanged, or a virtual machine was moved or converted.',
      advice:
        'If it is the same computer after a repair, choose that machine. If both exist, let it in as a new machine.',
    },
    former_key: {
      why: 'Another helpdesk agent has taken its place at its machine.',
      cause:
        'The machine was reinstalled or given to another installation, and the old one still runs or came back from a backup.',
      advice:
        'If this one should speak for the machine again, choose that machine. If it is another computer, let it in as new. If it is a leftover, refuse it.',
    },
  } satisfies Partial<Record<KnownQuarantineReason, Reason>>,
}
