/** The list of machines and the page of one machine. */
import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const machines = {
  title: 'Machines',
  count: (p: { count: number }) => plural(p.count, { one: '# machine', other: '# machines' }),
  searchLabel: 'Search machines',
  searchPlaceholder: 'Any words, or tag:lab os:debian seen:<2d',
  show: 'Show',
  filters: { all: 'All', online: 'Online', offline: 'Offline', blocked: 'Blocked' },
  add: 'Add a machine',
  online: 'Online',
  offline: 'Offline',
  columns: {
    name: 'Machine',
    system: 'System',
    user: 'Logged on',
    sessions: 'In session',
    agent: 'Agent',
    status: 'Status',
  },
  nobody: 'nobody',
  offlineSince: 'Offline ·',
  never: 'never',
  moreUsers: (p: { first: string; count: number }) => `${p.first} +${p.count}`,
  connect: 'Connect',
  connectTo: (p: { machine: string }) => `Connect to ${p.machine}`,
  resume: 'Back to the session',
  viewOnly: 'View only',
  /** Connects somebody whose roles allow nothing else. */
  watch: 'Watch',
  empty: {
    title: 'No machines yet',
    body: 'A machine appears here as soon as its agent is enrolled. It takes two steps:',
    byOwners:
      'None of your roles allows adding machines. Whoever manages enrollment in your organization adds them; they appear here at once.',
    steps: ['Create an enrollment token.', 'Run the command that it gives you on the machine.'],
    action: 'Go to Enrollment',
  },
  noneOnline: 'No machine is online.',
  noneOffline: 'No machine is offline.',
  noneBlocked: 'No machine is blocked.',
  cannot: {
    notAllowed:
      'None of your roles allows you to see this machine’s screen. Ask somebody who manages people.',
    blocked: 'The machine is blocked. Unblock it to connect.',
    offline: 'The machine is offline. You can connect as soon as it is back.',
    noScreen: 'The agent of this machine offers no screen.',
  },
  facts: 'Facts',
  fact: {
    system: 'System',
    architecture: 'Architecture',
    hostname: 'Host name',
    users: 'Logged on',
    agent: 'Agent version',
    address: 'Address',
    screen: 'Screen',
    site: 'Site',
    capabilities: 'Can do',
    doors: 'Reached through',
    enrolled: 'Enrolled',
    lastSeen: 'Last seen',
    id: 'Machine id',
  },
  since: (p: { time: string }) => `since ${p.time}`,
  copyId: 'Copy the machine id',
  screenUnknown: 'Not known while the machine is offline',
  history: 'Sessions',
  noHistory: 'Nobody has connected to this machine yet.',
  rename: 'Rename',
  renameTitle: 'Rename the machine',
  name: 'Name',
  nameHint: (p: { hostname: string }) => `The host name stays ${p.hostname}.`,
  renamed: (p: { name: string }) => `The machine is called ${p.name} now`,
  conflict: {
    title: 'Somebody else renamed it first',
    body: (p: { name: string }) => `It is called “${p.name}” now. Save again to replace that name.`,
  },
  move: {
    menu: 'Move to another site',
    title: (p: { name: string }) => `Move ${p.name} to another site`,
    intro: 'From then on the access rules of that site count for it.',
    site: 'Site',
    action: 'Move',
    onlyOne: 'Its organization has no other site yet.',
    moved: (p: { name: string; site: string }) => `${p.name} stands at ${p.site} now`,
    conflict: {
      title: 'Changed by somebody else meanwhile',
      body: (p: { site: string }) =>
        `It stands at “${p.site}” now. Move it again to have it elsewhere.`,
    },
  },
  remove: 'Remove machine',
  removeTitle: (p: { name: string }) => `Remove ${p.name}?`,
  removeBack: 'To bring it back, enroll it again with a new token.',
  removed: (p: { name: string }) => `${p.name} was removed`,
  thisMachine: {
    title: 'This machine',
    working: 'One moment…',
    unheard:
      'Your support team does not see it at the moment, because nothing is heard from its agent. Is the agent running, and the network there?',
    only: 'Its agent signed you in. You see this one machine here and nothing else, and being signed in shows nobody your screen.',
    leave: 'Sign out',
    left: {
      title: 'You are signed out',
      body: 'To come back, open this page from the agent on the machine.',
    },
    /** Codes of the server in the words of an end user; they have no server and no console. */
    refused: {
      link_invalid: {
        title: 'This link does not work any more',
        detail:
          'It works once, and for two minutes. Open this page from the agent on the machine again.',
      },
      machine_login_missing: {
        title: 'You are not signed in here',
        detail: 'Open this page from the agent on the machine: its address alone is not enough.',
      },
      machine_blocked: {
        title: 'Your support team has blocked this machine',
        detail: 'Ask them why. After they have unblocked it, open this page from the agent again.',
      },
    },
  },
}
