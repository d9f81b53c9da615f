/** Where and when a role counts, and what it asks for: words for lists and sentences, and the fields with which one is given. */
import type { AssignmentState, Day } from '~/api/types'

interface Somewhere {
  role: string
  /** Of the site or machine, or the tags. */
  name: string
  organization: string
}

export const assignments = {
  /** Behind the organization, where a role is named in a badge. */
  short: {
    site: (p: { name: string }) => `site ${p.name}`,
    someSite: 'one site',
    tags: (p: { name: string }) => `tags ${p.name}`,
    machine: (p: { name: string }) => `machine ${p.name}`,
    someMachine: 'one machine',
  },
  /** “Technician at site Lisbon” */
  sentence: {
    server: (p: { role: string }) => `${p.role} on the whole server`,
    organization: (p: { role: string; organization: string }) => `${p.role} in ${p.organization}`,
    site: (p: { role: string; name: string }) => `${p.role} at site ${p.name}`,
    someSite: (p: { role: string; organization: string }) =>
      `${p.role} at one site of ${p.organization}`,
    tags: (p: Somewhere) => `${p.role} on machines of ${p.organization} with the tags ${p.name}`,
    machine: (p: { role: string; name: string }) => `${p.role} on ${p.name}`,
    someMachine: (p: { role: string; organization: string }) =>
      `${p.role} on one machine of ${p.organization}`,
  },
  until: (p: { when: string }) => `until ${p.when}`,
  endedAt: (p: { when: string }) => `ended ${p.when}`,
  hours: (p: { days: string; from: string; to: string }) => `${p.days} ${p.from}–${p.to}`,
  /** By another clock than the reader's. */
  hoursElsewhere: (p: { days: string; from: string; to: string; zone: string }) =>
    `${p.days} ${p.from}–${p.to} (${p.zone})`,
  stepUp: (p: { age: string }) => `asks for a fresh proof (${p.age})`,
  reason: 'asks for a reason',
  everyDay: 'every day',
  weekdays: 'weekdays',
  weekends: 'weekends',
  dayRange: (p: { first: string; last: string }) => `${p.first}–${p.last}`,
  shortDays: {
    monday: 'Mon',
    tuesday: 'Tue',
    wednesday: 'Wed',
    thursday: 'Thu',
    friday: 'Fri',
    saturday: 'Sat',
    sunday: 'Sun',
  } satisfies Record<Day, string>,
  days: {
    monday: 'Monday',
    tuesday: 'Tuesday',
    wednesday: 'Wednesday',
    thursday: 'Thursday',
    friday: 'Friday',
    saturday: 'Saturday',
    sunday: 'Sunday',
  } satisfies Record<Day, string>,
  states: {
    active: 'Active',
    outside_hours: 'Out of hours',
    ended: 'Ended',
  } satisfies Record<AssignmentState, string>,
  place: {
    where: 'Where',
    inServer: 'Whole server: every organization, those to come included',
    part: 'On what of it',
    parts: {
      organization: 'All of the organization',
      site: 'Machines at one site',
      tags: 'Machines with tags',
      machine: 'One machine',
    },
    machinesOnly: 'There, only what a role allows on machines and their sessions counts.',
    site: 'Site',
    sitesLoading: 'Loading the sites…',
    chooseSite: 'Choose a site',
    tags: 'Tags',
    tagsHint: 'Machines that carry all of them, now or later. A comma between two.',
    machine: 'Machine',
    changeMachine: 'Choose another machine',
  },
  conditions: {
    title: 'Limits',
    ends: 'It ends by itself',
    until: 'Until',
    onlyHours: 'It counts only at some hours of the week',
    onDays: 'Days',
    from: 'From',
    to: 'To',
    zone: 'Time zone',
    pastMidnight: 'It goes on past midnight, to the next day.',
    asksProof: 'It asks for a fresh proof',
    proofSays:
      'To open or change anything with it, the login has to prove again who it is. Seeing machines and sessions asks for none.',
    age: 'No older than',
    programProof:
      'Programs have no proof: with this role, API tokens see machines and sessions and do nothing.',
    asksReason: 'It asks for a reason',
    reasonSays: 'Whoever opens a session by it says why; it is kept with the session.',
  },
}
