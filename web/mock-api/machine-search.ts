/**
 * The search language over the mock machines, as far as pages and tests need it: words, phrases, fields, `OR`, exclusions and
 * parentheses. Comparisons, ranges and networks are understood as text.
 */
import type { Machine, MachineSearch, SearchMistake, SearchOffer } from '~/api/types'

import type { MockDb } from './db'
import { MockProblem } from './problem'

/** What machines say in a field; null where the mock knows nothing of it. */
type Say = ((db: MockDb, machine: Machine) => (string | null)[]) | null

const fields: Record<string, Say> = {
  name: (_, { name }) => [name],
  host: (_, { hostname }) => [hostname],
  os: (_, { os }) => [`${os.name} ${os.version}`],
  'os.version': (_, { os }) => [os.version],
  'os.family': (_, { os }) => [os.family],
  arch: (_, { os }) => [os.arch],
  agent: (_, { agent_version }) => [agent_version],
  user: (_, { users }) => users.map(({ name }) => name),
  tag: (_, { labels }) => labels.tags,
  department: (_, { labels }) => [labels.department],
  type: (_, { labels }) => [labels.device_type],
  ip: (_, { address }) => [address],
  mac: null,
  maker: null,
  model: null,
  serial: null,
  memory: null,
  software: null,
  site: (db, { site_id }) => [db.sites.find(({ id }) => id === site_id)?.name ?? null],
  organization: (db, { organization_id: of }) => [
    db.organizations.find(({ id }) => id === of)?.name ?? null,
  ],
  is: (_, { presence, state }) => [presence.status, state === 'blocked' ? state : null],
  door: (_, { doors }) => doors,
  can: (_, { capabilities }) => capabilities,
  seen: null,
  enrolled: null,
}

/** The fields that have these values and no others. */
const choices: Record<string, readonly string[]> = {
  is: ['online', 'offline', 'blocked'],
  'os.family': ['linux', 'windows', 'macos'],
  door: ['agent', 'helpdesk'],
}

/** Looked into for words. */
const wordy = [
  ...['name', 'host', 'os', 'agent', 'user', 'tag'],
  ...['department', 'type', 'ip', 'site', 'organization'],
]

type Test = (machine: Machine) => boolean

class Mistaken extends Error {
  readonly mistake: SearchMistake
  constructor(code: string, detail: string, at: number, length: number, suggestion?: string) {
    super(detail)
    this.mistake = { code, detail, at, length, suggestion: suggestion ?? null }
  }
}

/** Places count characters, not the units of the browser. */
const charactersOf = (text: string): string[] => Array.from(text)

const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

interface Token {
  text: string
  at: number
}

/** Parentheses, fields with their colon, phrases with their quotation marks, words. */
function tokens(q: string): Token[] {
  const found: Token[] = []
  for (const match of q.matchAll(/[()|]|"[^"]*"?|-(?=\S)|[a-z][a-z.]*:(?!\/\/)|[^\s()"|]+/giu))
    found.push({ text: match[0], at: charactersOf(q.slice(0, match.index)).length })
  return found
}

class Reader {
  readonly #db: MockDb
  readonly #tokens: Token[]
  #next = 0

  constructor(db: MockDb, q: string) {
    this.#db = db
    this.#tokens = tokens(q)
  }

  read(): Test {
    if (this.#tokens.length === 0) return () => true
    const test = this.#any(null)
    const rest = this.#peek()
    if (rest)
      throw new Mistaken('parenthesis_not_opened', 'No parenthesis is open here.', rest.at, 1)
    return test
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  #take(): Token {
    const token = this.#peek()
    const last = this.#tokens.at(-1)
    if (!token) {
      const at = last?.at ?? 0
      throw new Mistaken('nothing_after', 'Something has to follow.', at, last?.text.length ?? 0)
    }
    this.#next += 1
    return token
  }

  #any(field: string | null): Test {
    const tests = [this.#all(field)]
    while (['OR', '|'].includes(this.#peek()?.text ?? '')) {
      this.#next += 1
      tests.push(this.#all(field))
    }
    return (machine) => tests.some((test) => test(machine))
  }

  #all(field: string | null): Test {
    const tests = [this.#term(field)]
    while (!['', 'OR', '|', ')'].includes(this.#peek()?.text ?? '')) {
      if (this.#peek()?.text === 'AND') this.#next += 1
      tests.push(this.#term(field))
    }
    return (machine) => tests.every((test) => test(machine))
  }

  #term(field: string | null): Test {
    const token = this.#take()
    const { text, at } = token
    if (text === '-' || text === 'NOT') {
      const test = this.#term(field)
      return (machine) => !test(machine)
    }
    if (text === '(') {
      const test = this.#any(field)
      if (this.#peek()?.text !== ')')
        throw new Mistaken('parenthesis_not_closed', 'The parenthesis is not closed.', at, 1)
      this.#next += 1
      return test
    }
    if (field === null && text.endsWith(':') && !text.startsWith('"')) return this.#field(token)
    return this.#value(field, token)
  }

  #field({ text, at }: Token): Test {
    const name = text.slice(0, -1).toLowerCase()
    if (!Object.hasOwn(fields, name)) {
      const near = Object.keys(fields).find((field) => field.startsWith(name.slice(0, 2)))
      throw new Mistaken('unknown_field', `There is no field “${name}”.`, at, name.length, near)
    }
    const value = this.#peek()
    if (!value || value.at !== at + text.length)
      throw new Mistaken('value_missing', `Say what to look for in “${name}”.`, at, text.length)
    return this.#term(name)
  }

  #value(field: string | null, { text, at }: Token): Test {
    if (text.startsWith('"') && (text.length === 1 || !text.endsWith('"')))
      throw new Mistaken('quote_not_closed', 'The quotation mark is not closed.', at, 1)
    const wanted = folded(text.replaceAll('"', ''))
    const among = choices[field ?? '']
    if (field && among && wanted !== '*' && !among.includes(wanted)) {
      const near = among.find((choice) => choice.startsWith(wanted.slice(0, 2)))
      const detail = `“${text}” is no value of “${field}”. Write one of these: ${among.join(', ')}.`
      throw new Mistaken('unknown_choice', detail, at, charactersOf(text).length, near)
    }
    const said = (machine: Machine) =>
      (field ? [field] : wordy).flatMap((name) => fields[name]?.(this.#db, machine) ?? [])
    return (machine) =>
      said(machine).some(
        (value) => value !== null && (wanted === '*' || folded(value).includes(wanted)),
      )
  }
}

/** The machines that a search finds. */
export function search(db: MockDb, q: string): Machine[] {
  try {
    return db.machines.filter(new Reader(db, q).read())
  } catch (thrown) {
    if (!(thrown instanceof Mistaken)) throw thrown
    const { code, detail, at, length, suggestion } = thrown.mistake
    const mark = { at, length, ...(suggestion ? { suggestion } : {}) }
    const wrong = { field: 'q', parameter: 'q', code, detail, mark }
    throw new MockProblem(422, 'validation_failed', 'The search has a mistake.', {
      fields: [wrong],
    })
  }
}

const OFFERS_MAX = 12

function offersFor(db: MockDb, field: string | null, typed: string): SearchOffer[] {
  if (field === null) {
    const names = Object.keys(fields).filter((name) => name.startsWith(typed))
    return names.map((name) => ({ text: `${name}:`, kind: 'field' }))
  }
  const said =
    choices[field] ?? db.machines.flatMap((machine) => fields[field]?.(db, machine) ?? [])
  const known = said.filter((value) => value !== null).map(folded)
  const fitting = [...new Set(known)].filter((value) => value.includes(typed))
  return fitting.map((value) => ({
    text: /^[\p{L}\p{N}][\p{L}\p{N}._/@-]*$/u.test(value) ? value : `"${value}"`,
    kind: 'value',
  }))
}

/** What could stand before the caret: a field, or a value of the one that stands there. */
function completionOf(db: MockDb, q: string, caret: number): MachineSearch['completion'] {
  const before = charactersOf(q).slice(0, caret).join('')
  const after = charactersOf(q).slice(caret).join('')
  const piece = /[^\s()|]*$/u.exec(before)?.[0] ?? ''
  const [, name, value = ''] = /^-?(?:([a-z.]+):)?[<>=]*(.*)$/iu.exec(piece) ?? []
  const typed = name === undefined ? piece.replace(/^-/, '') : value
  const rest = /^[^\s()|]*/u.exec(after)?.[0] ?? ''
  const unknown = name !== undefined && !Object.hasOwn(fields, name.toLowerCase())
  const there = typed + rest
  const offers = unknown
    ? []
    : offersFor(db, name?.toLowerCase() ?? null, folded(typed.replace(/^"/, '')))
  return {
    at: charactersOf(before).length - charactersOf(typed).length,
    length: charactersOf(there).length,
    offers: offers.filter(({ text }) => text !== there).slice(0, OFFERS_MAX),
  }
}

/** What somebody is told who writes a search. */
export function lookAtSearch(db: MockDb, query: URLSearchParams): MachineSearch {
  const q = query.get('q') ?? ''
  const caret = Number(query.get('caret') ?? charactersOf(q).length)
  const completion = completionOf(db, q, caret)
  try {
    const count = db.machines.filter(new Reader(db, q).read()).length
    return { count, completion, mistake: null }
  } catch (thrown) {
    if (!(thrown instanceof Mistaken)) throw thrown
    return { count: null, completion, mistake: thrown.mistake }
  }
}
