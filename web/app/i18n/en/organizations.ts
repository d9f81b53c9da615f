/** Organizations and their sites. */
import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const organizations = {
  title: 'Organizations',
  intro:
    'Whose machines, and where they stand. Roles count for the whole of an organization, access rules also for one of its sites.',
  notAllowed:
    'None of your roles allows you to manage organizations. Ask somebody who manages people.',
  count: (p: { count: number }) =>
    plural(p.count, { one: '# organization', other: '# organizations' }),
  create: 'New organization',
  createTitle: 'Create an organization',
  createIntro:
    'It begins with one site of the same name. Whoever has a role for the whole server has it there, too.',
  rename: 'Rename',
  renameLabel: (p: { name: string }) => `Rename the organization ${p.name}`,
  renameTitle: 'Rename the organization',
  name: 'Name',
  created: (p: { name: string }) => `The organization ${p.name} was created`,
  renamed: (p: { name: string }) => `The organization is called ${p.name} now`,
  since: (p: { date: string }) => `since ${p.date}`,
  archive: 'Archive',
  archiveLabel: (p: { name: string }) => `Archive the organization ${p.name}`,
  archiving: {
    title: (p: { name: string }) => `Archive the organization ${p.name}?`,
    body: 'It goes out of every list, and nothing new goes in. This works only when no machine is left in it.',
    does: [
      'Its enrollment tokens, support codes and open invitations are revoked, and stay so.',
      'Its audit log stays readable, and its roles stay as they are.',
      'You can restore it at any time.',
    ],
    done: (p: { name: string }) => `The organization ${p.name} is archived`,
  },
  archived: 'Archived',
  archivedBy: (p: { name: string; time: string }) => `Archived by ${p.name}, ${p.time}`,
  showArchived: 'Show archived',
  restore: 'Restore',
  restoreLabel: (p: { name: string }) => `Restore the organization ${p.name}`,
  restored: (p: { name: string }) => `The organization ${p.name} is back`,
  conflict: {
    title: 'Changed by somebody else meanwhile',
    body: (p: { name: string }) => `It is called “${p.name}” now. Save again to replace that name.`,
  },
  sites: {
    label: (p: { organization: string }) => `Sites of ${p.organization}`,
    hidden: 'None of your roles allows you to see the sites of this organization.',
    columns: { name: 'Site', machines: 'Machines', created: 'Created' },
    create: 'New site',
    createLabel: (p: { organization: string }) => `New site of ${p.organization}`,
    createTitle: (p: { organization: string }) => `Create a site of ${p.organization}`,
    renameTitle: 'Rename the site',
    created: (p: { name: string }) => `The site ${p.name} was created`,
    renamed: (p: { name: string }) => `The site is called ${p.name} now`,
    actionsFor: (p: { name: string }) => `Actions for the site ${p.name}`,
    archiving: {
      title: (p: { name: string }) => `Archive the site ${p.name}?`,
      body: 'It goes out of every list, and nothing new goes in. This works only when no machine is left there.',
      does: [
        'Enrollment tokens that lead there are revoked, and stay so.',
        'Roles and access rules about it stay as they are.',
        'You can restore it at any time.',
      ],
      done: (p: { name: string }) => `The site ${p.name} is archived`,
    },
    restored: (p: { name: string }) => `The site ${p.name} is back`,
    remove: 'Delete',
    removeTitle: (p: { name: string }) => `Delete the site ${p.name}?`,
    removeBody:
      'It can only be deleted when no machine and no enrollment token belongs to it. Access rules about it are deleted with it.',
    removed: (p: { name: string }) => `The site ${p.name} was deleted`,
  },
}
