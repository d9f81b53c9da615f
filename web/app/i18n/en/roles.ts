/** Roles: what each allows. */
import type { BuiltInRole } from '~/api/types'

import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const roles = {
  title: 'Roles',
  intro:
    'What people may do. A role is given to somebody for the whole server or for one organization; whoever has several may do what any of them allows.',
  notAllowed: 'None of your roles allows you to see roles. Ask somebody who manages people.',
  count: (p: { count: number }) => plural(p.count, { one: '# role', other: '# roles' }),
  create: 'New role',
  columns: { name: 'Role', allows: 'Allows', people: 'People' },
  builtIn: {
    requester: {
      name: 'Requester',
      says: 'Sees machines and asks for access to them for a while.',
    },
    viewer: { name: 'Viewer', says: 'Sees machines and their screens, and touches nothing.' },
    technician: { name: 'Technician', says: 'Connects to machines and supports people.' },
    administrator: {
      name: 'Administrator',
      says: 'Looks after machines, people and rules as well.',
    },
    owner: { name: 'Owner', says: 'May do everything.' },
  } satisfies Record<BuiltInRole, { name: string; says: string }>,
  builtInBadge: 'Built in',
  people: (p: { count: number }) => plural(p.count, { one: '# person', other: '# people' }),
  everything: 'Everything',
  nothing: 'Nothing',
  /** How many permissions, of all that there are. */
  some: (p: { count: number; all: number }) => `${p.count} of ${p.all}`,
  /** A group of which only a part is allowed. */
  part: (p: { group: string; count: number; all: number }) => `${p.group} (${p.count} of ${p.all})`,
  yes: 'Allowed',
  no: 'Not allowed',
  open: (p: { role: string }) => `What ${p.role} allows`,
  actionsFor: (p: { role: string }) => `Actions for the role ${p.role}`,
  show: 'Show what it allows',
  edit: 'Edit',
  duplicate: 'Duplicate',
  remove: 'Delete',
  beyond: 'Only somebody who may do all of this for the whole server can change this role.',
  removeTitle: (p: { role: string }) => `Delete the role ${p.role}?`,
  removeBody:
    'It can only be deleted while nobody has it, and no invitation and no access rule speaks of it.',
  removed: (p: { role: string }) => `The role ${p.role} was deleted`,
  created: (p: { role: string }) => `The role ${p.role} was created`,
  changed: (p: { role: string }) => `The role ${p.role} was changed`,
  form: {
    createTitle: 'Create a role',
    createIntro: 'Afterwards it can be given to people.',
    editTitle: 'Change the role',
    editIntro: (p: { count: number }) =>
      plural(p.count, {
        one: '# person has it. What is changed here counts for them at once.',
        other: '# people have it. What is changed here counts for them at once.',
      }),
    create: 'Create role',
    name: 'Name',
    description: 'Description',
    descriptionHint: 'What it is for, in one line.',
    copyOf: (p: { role: string }) => `${p.role} (copy)`,
    notYours: 'You may not do this for the whole server yourself, so you cannot give it.',
    conflict: {
      title: 'Changed by somebody else meanwhile',
      body: (p: { name: string; allows: string }) =>
        `It is called “${p.name}” now and allows: ${p.allows}. Save again to replace what they chose.`,
    },
  },
}
