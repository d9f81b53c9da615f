/** Audit entries. */
export const audit = {
  title: 'Audit',
  intro: 'Who did what, newest first. Entries are chained and cannot be changed.',
  searchLabel: 'Filter the entries that are loaded',
  searchPlaceholder: 'Person, action, machine, request id',
  columns: { at: 'Time', actor: 'Who', action: 'What', detail: 'Details' },
  empty: { title: 'No entries yet', body: 'Everything that changes something is recorded here.' },
  noneLoaded: (p: { query: string }) =>
    `Nothing matches “${p.query}” in the entries loaded so far.`,
  end: 'That is everything.',
}
