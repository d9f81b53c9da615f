/** Access rules, and what they mean for a machine. */
import type { AccessMode, AccessRight, AccessScope, OnSilence, BuiltInRole } from '~/api/types'

import { pluralOf } from '../plural'

const plural = pluralOf('en')

/** `label` in lists, `says` where it is chosen. */
interface Choice {
  label: string
  says: string
}

export const access = {
  title: 'Access rules',
  intro:
    'Who has to be asked before a technician does something on a machine, and what is not allowed. The narrowest rule counts: machine before tag, tag before site, site before organization. A machine with several tags is under the strictest of their rules.',
  ownersOnly:
    'None of your roles allows seeing and changing access rules. Ask somebody who manages people in your organization for a role that does.',
  count: (p: { count: number }) => plural(p.count, { one: '# rule', other: '# rules' }),
  create: 'Create rule',
  empty: {
    title: 'No access rules',
    body: 'Without a rule nobody at the machine is asked: technicians connect at once and may do all that its agent can. Create a rule to have people asked first, or to forbid something.',
  },
  columns: {
    scope: 'Applies to',
    role: 'Role',
    right: 'Right',
    mode: 'Who is asked',
    changed: 'Last change',
  },
  scopes: {
    organization: 'Organization',
    site: 'Site',
    tag: 'Tag',
    machine: 'Machine',
  } satisfies Record<AccessScope['kind'], string>,
  /** Headings of the groups in the table, the narrowest last. */
  groups: {
    organization: 'The whole organization',
    site: 'Sites',
    tag: 'Tags',
    machine: 'Machines',
  } satisfies Record<AccessScope['kind'], string>,
  anyRole: 'Every role',
  roles: {
    requester: 'Requesters',
    viewer: 'Viewers',
    technician: 'Technicians',
    administrator: 'Administrators',
    owner: 'Owners',
  } satisfies Record<BuiltInRole, string>,
  anyRight: 'Everything',
  rights: {
    view: 'View',
    control: 'Control',
    clipboard: 'Clipboard',
    files: 'Files',
    terminal: 'Terminal',
  } satisfies Record<AccessRight, string>,
  modes: {
    unattended: {
      label: 'Nobody',
      says: 'Technicians go ahead without a question.',
    },
    ask: {
      label: 'The person at the machine',
      says: 'Each time. Where there is nobody to ask, or nobody answers, the answer is no.',
    },
    ask_if_logged_on: {
      label: 'Whoever is logged on',
      says: 'Nobody is asked when nobody is logged on.',
    },
    never: { label: 'Not allowed', says: 'Nobody may do this, whoever would agree.' },
  } satisfies Record<AccessMode, Choice>,
  silence: 'When nobody answers',
  silences: {
    refuse: { label: 'Refuse', says: 'No answer means no.' },
    allow: { label: 'Allow', says: 'The technician goes ahead when the time to answer is over.' },
  } satisfies Record<OnSilence, Choice>,
  /** Behind “Whoever is logged on” in the list. */
  silenceShort: { refuse: 'silence refuses', allow: 'silence allows' } satisfies Record<
    OnSilence,
    string
  >,
  by: (p: { name: string }) => `by ${p.name}`,
  byCommandLine: 'by the server’s command line',
  /** A rule by what it is about, for titles and labels. */
  about: (p: { scope: string; role: string; right: string }) =>
    `${p.scope} · ${p.role} · ${p.right}`,
  actionsFor: (p: { rule: string }) => `Actions for the rule ${p.rule}`,
  edit: 'Edit',
  remove: 'Delete',
  removeTitle: 'Delete this access rule?',
  removeBody: (p: { rule: string }) =>
    `${p.rule}: from now on wider rules count, or none: then nobody is asked. Sessions under way keep what they were given, unless a wider rule forbids it.`,
  removed: 'The access rule was deleted',
  created: 'The access rule was created',
  changed: 'The access rule was changed',
  form: {
    title: 'Create an access rule',
    editTitle: 'Change the access rule',
    editIntro: (p: { rule: string }) =>
      `${p.rule}. To change what it is about, delete it and create another one.`,
    scope: 'Applies to',
    organization: 'Organization',
    site: 'Site',
    sitesLoading: 'Loading the sites…',
    tag: 'Tag',
    tagHint: 'Machines that have it, now or later.',
    machine: 'Machine',
    chooseMachine: 'Choose a machine',
    changeMachine: 'Choose another machine',
    chooseTitle: 'Which machine is the rule about?',
    noMachine: 'No machine chosen yet.',
    role: 'Technicians who are',
    right: 'Who want to',
    mode: 'Who is asked',
    conflict: {
      title: 'Somebody else changed this rule first',
      body: 'Behind this form is the rule as it is now. Save again to replace what they chose.',
    },
  },
  line: {
    label: 'Before you connect',
    loading: 'Asking what is allowed…',
    /** One stretch of the line: rights, what happens, and why. */
    part: (p: { rights: string; says: string; source: string }) =>
      `${p.rights}: ${p.says} (${p.source})`,
    says: {
      unattended: 'no question',
      ask: 'asks the person',
      ask_if_logged_on: 'asks whoever is logged on',
      never: 'not allowed',
    } satisfies Record<AccessMode, string>,
    allowedBySilence: 'asks whoever is logged on, silence allows',
    source: {
      built_in: () => 'no rule',
      organization: () => 'rule for the organization',
      site: (p: { name: string }) => `rule for site ${p.name}`,
      tag: (p: { name: string }) => `rule for tag ${p.name}`,
      machine: () => 'rule for this machine',
    },
    /** In place of a rule. */
    roles: 'your roles',
    rules: 'Access rules',
  },
}
