/** Teams: named sets of people that are given roles as one. */
import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const teams = {
  title: 'Teams',
  intro:
    'People who are given roles together. Whoever is in a team may do what it may; whoever leaves it loses that at once.',
  notAllowed: 'None of your roles allows you to see teams. Ask somebody who manages people.',
  count: (p: { count: number }) => plural(p.count, { one: '# team', other: '# teams' }),
  create: 'New team',
  empty: {
    title: 'No teams yet',
    body: 'Make one for people who do the same work, and give it the roles for that. Then nobody has to remember them for each newcomer.',
  },
  columns: { name: 'Team', people: 'People', roles: 'Roles' },
  people: (p: { count: number }) => plural(p.count, { one: '# person', other: '# people' }),
  noRoles: 'no role',
  /** Behind the name: whose it is. */
  ofServer: 'whole server',
  open: (p: { team: string }) => `People in ${p.team}`,
  actionsFor: (p: { team: string }) => `Actions for the team ${p.team}`,
  menu: { people: 'People…', roles: 'Roles…', edit: 'Edit…', remove: 'Delete…' },
  created: (p: { team: string }) => `The team ${p.team} was made`,
  changed: (p: { team: string }) => `The team ${p.team} was changed`,
  removed: (p: { team: string }) => `The team ${p.team} was deleted`,
  removeTitle: (p: { team: string }) => `Delete the team ${p.team}?`,
  removeBody: (p: { count: number }) =>
    plural(p.count, {
      one: 'Its # person loses what it may do, and what they have open by that ends. Their account stays.',
      other:
        'Its # people lose what it may do, and what they have open by that ends. Their accounts stay.',
    }),
  remove: 'Delete',
  form: {
    createTitle: 'Make a team',
    createIntro: 'Afterwards people can be put into it, and it can be given roles.',
    editTitle: 'Change the team',
    create: 'Make team',
    name: 'Name',
    note: 'Note',
    noteHint: 'What it is for, in one line.',
    place: 'Whose',
    placeHint: 'A team of one organization is given roles there alone. This stays as it is.',
    inServer: 'Whole server',
    conflict: {
      title: 'Changed by somebody else meanwhile',
      body: (p: { name: string }) =>
        `It is called “${p.name}” now. Save again to replace what they chose.`,
    },
  },
  members: {
    title: (p: { team: string }) => `People in ${p.team}`,
    none: 'Nobody is in this team.',
    disabled: 'Disabled',
    since: (p: { time: string; name: string }) => `since ${p.time}, put there by ${p.name}`,
    beyond:
      'Only somebody who may give all that this team has puts people into it and takes them out.',
    takeOut: 'Take out',
    takeOutLabel: (p: { name: string }) => `Take ${p.name} out of the team`,
    takeOutTitle: (p: { name: string; team: string }) => `Take ${p.name} out of ${p.team}?`,
    takeOutBody:
      'What only this team allows them, they may not do from now on. Sessions that they have by it end.',
    takeOutOwn: 'This is you: you may not be able to put yourself back afterwards.',
    takenOut: (p: { name: string }) => `${p.name} is not in the team any more`,
    add: 'Put somebody in',
    search: 'Search people',
    searchHint: 'By name or e-mail. They have all that the team has, at once.',
    addLabel: (p: { name: string }) => `Put ${p.name} into the team`,
    added: (p: { name: string }) => `${p.name} is in the team`,
    nothing: 'Nobody like that is outside of the team.',
    more: (p: { count: number }) =>
      plural(p.count, { one: 'And # more: search.', other: 'And # more: search.' }),
  },
}
