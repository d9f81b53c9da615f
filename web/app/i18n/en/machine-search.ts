/** The box that the list of machines is searched with, in the language of `docs/search.md`. */
import { pluralOf } from '../plural'

const plural = pluralOf('en')

interface Written {
  /** The piece of the search that is wrong. */
  written: string
}

export const machineSearch = {
  /** The list under the box. */
  offers: 'What could stand here',
  kinds: { field: 'field', value: 'value', keyword: 'keyword' },
  found: (p: { count: number }) =>
    plural(p.count, { one: '# machine found', other: '# machines found' }),
  /** The server counts no further. */
  foundMore: (p: { count: string }) => `${p.count} machines found, or more`,
  none: {
    all: (p: { query: string }) => `No machine matches “${p.query}”`,
    online: (p: { query: string }) => `No machine that is online matches “${p.query}”`,
    offline: (p: { query: string }) => `No machine that is offline matches “${p.query}”`,
    blocked: (p: { query: string }) => `No machine that is blocked matches “${p.query}”`,
    hint: 'Words are looked for in all that a machine says, whatever case and accents. Perhaps there is one too many.',
    clear: 'Clear the search',
    everything: 'Show all that match',
  },
  /** While what is written is no search, and nothing was found before. */
  notYet: 'The search cannot be understood yet.',
  use: (p: { suggestion: string }) => `Use “${p.suggestion}”`,
  mistakes: {
    text_too_long: () => 'A search has at most 1,000 characters. Leave something out.',
    too_many_terms: () => 'A search has at most 50 terms. Leave out this one and those after it.',
    too_deep: () =>
      'Parentheses and exclusions stand in each other at most 10 times. Leave some out.',
    control_character: () => 'Here stands a character that no text has. Delete it.',
    quote_not_closed: () =>
      'This quotation mark is not closed. Write another one where the text ends.',
    parenthesis_not_closed: () => 'This parenthesis is not closed. Write “)” where it ends.',
    parenthesis_not_opened: () =>
      'No parenthesis is open here. Delete “)”, or put it in quotation marks to look for it.',
    parentheses_empty: () =>
      'There is nothing in these parentheses. Write something, or delete them.',
    lone_minus: () =>
      'A minus sign stands right before what it excludes, as in -lab. To look for the sign itself, put it in quotation marks.',
    nothing_after: (p: Written) =>
      `Something has to follow “${p.written}”. To look for the text itself, put it in quotation marks.`,
    nothing_before: (p: Written) =>
      `Something has to stand before “${p.written}”. To look for the text itself, put it in quotation marks.`,
    nothing_to_find: () => 'There is nothing to look for here. Write some text, or delete this.',
    unknown_field: (p: Written) =>
      `There is no field “${p.written}”. To look for text with a colon, put it in quotation marks.`,
    value_missing: (p: Written) =>
      `Say right after “${p.written}”, without a space, what to look for; * is whatever says anything.`,
    field_among_values: () =>
      'Only values stand in the parentheses of a field. Close them before this one, or put it in quotation marks.',
    comparison_not_here: (p: Written) =>
      `Nothing is compared like this: “${p.written}”. Leave the sign out, or put it in quotation marks if it is part of the value.`,
    range_incomplete: () =>
      'A range has two ends, as in 2026-11-20..2026-11-22. With one end write >= or <=.',
    range_compared: () => 'A range is not compared. Leave the sign out, or write one value.',
    range_reversed: (p: Written) => `This range ends before it begins: “${p.written}”.`,
    range_mixed: () =>
      'One end of this range is an age and the other a date. Write two ages or two dates.',
    unknown_choice: (p: Written) => `“${p.written}” is no value of this field.`,
    not_a_number: (p: Written) => `“${p.written}” is no size. Write, for example, >8gb or <512mib.`,
    not_a_time: (p: Written) =>
      `“${p.written}” is neither an age (<2h, >30d) nor a date (2026-11-20).`,
    not_an_address: (p: Written) =>
      `“${p.written}” is neither an address nor a network. Write, for example, 10.2.0.0/16.`,
    not_a_version: (p: Written) =>
      `“${p.written}” is no version: those are numbers with points between them.`,
    not_yes_or_no: (p: Written) => `“${p.written}” is neither yes nor no.`,
  },
  help: {
    button: 'How to search',
    title: 'Searching machines',
    intro: 'Words may stand anywhere in what a machine says. Fields narrow it down.',
    examples: [
      { q: 'reception lab', finds: 'both words, anywhere' },
      { q: '"windows 11"', finds: 'these words beside each other' },
      { q: 'os:debian user:ana', finds: 'in these fields' },
      { q: '-tag:loan is:online', finds: 'online, and not with that tag' },
      { q: 'tag:(lab OR loan)', finds: 'one of these tags' },
      { q: 'ip:10.2.0.0/16', finds: 'in that network' },
      { q: 'seen:>30d', finds: 'not online for more than 30 days' },
      { q: 'memory:<8gb software:firefox', finds: 'little memory, and that installed' },
    ],
    more: 'Write the beginning of a field to see its name, or press Alt and the arrow down to see all of them.',
  },
}
