/**
 * The company in a session as this viewer knows it: who is there, who drives, who would like to, what was said. Pure: news in,
 * a new view out. The agent decides; this only remembers what it told. Not here: pointers, which change too often to be a
 * view (`pointers.ts`), and the wire (`wire/company.ts`).
 */
import type { CompanyNews, Person, PersonId, Roster, SaidLine } from '~/wire/company'

export type { Person, PersonId, SaidLine } from '~/wire/company'

/** Lines of the chat that are kept; the agent tells a newcomer 200. */
export const SAID_KEPT = 500

/** What became of the wish to drive. */
export type Asking =
  { readonly kind: 'waiting' } | { readonly kind: 'refused'; readonly by: string }

export interface CompanyView {
  /** Null while the agent told nothing; one that is older never does. */
  readonly roster: Roster | null
  /** Everybody who was there as a guest: what they said stays when they have left. */
  readonly guests: ReadonlySet<PersonId>
  /** Oldest first, at most `SAID_KEPT`. */
  readonly said: readonly SaidLine[]
  /** Lines of others that nobody looked at. */
  readonly unread: number
  /** Somebody looks at what is said. */
  readonly chatOpen: boolean
  /** This technician asked to drive. */
  readonly asking: Asking | null
  /** Who would like to drive instead of this technician, the longest waiting first. */
  readonly askedBy: readonly PersonId[]
  /** Who drives was changed while this technician was there; told for a moment. */
  readonly driverChanged: boolean
  /** What this technician points with leaves a trail. */
  readonly laser: boolean
}

export const NO_COMPANY: CompanyView = {
  roster: null,
  guests: new Set(),
  said: [],
  unread: 0,
  chatOpen: false,
  asking: null,
  askedBy: [],
  driverChanged: false,
  laser: false,
}

/** What the agent tells. Pointers change nothing here. */
export function heard(view: CompanyView, news: CompanyNews): CompanyView {
  switch (news.kind) {
    case 'roster':
      return withRoster(view, news.roster)
    case 'said':
      return withLine(view, news.line)
    case 'drive_asked':
      return view.askedBy.includes(news.person)
        ? view
        : { ...view, askedBy: [...view.askedBy, news.person] }
    case 'drive_refused':
      return { ...view, asking: { kind: 'refused', by: personOf(view, news.by)?.name ?? '' } }
    case 'pointer':
      return view
  }
}

/** The agent begins anew and tells everything again; what this technician chose stays. */
export function forgotten({ chatOpen, laser }: CompanyView): CompanyView {
  return { ...NO_COMPANY, chatOpen, laser }
}

function withRoster(view: CompanyView, roster: Roster): CompanyView {
  const before = view.roster
  const drives = roster.driver === roster.you
  const mayAsk = (id: PersonId) => roster.people.some((one) => one.id === id && one.mayDrive)
  const changed = before !== null && before.driver !== roster.driver
  const asks = !drives && mayAsk(roster.you)
  return {
    ...view,
    roster,
    guests: withGuests(view.guests, roster),
    asking: asks && !(changed && view.asking?.kind === 'refused') ? view.asking : null,
    askedBy: drives ? view.askedBy.filter(mayAsk) : [],
    // That somebody drives alone is no news.
    driverChanged: (view.driverChanged || changed) && roster.driver !== null && !isAlone(roster),
  }
}

function withGuests(known: ReadonlySet<PersonId>, { people }: Roster): ReadonlySet<PersonId> {
  const now = people.flatMap(({ id, kind }) => (kind === 'guest' ? [id] : []))
  return now.every((id) => known.has(id)) ? known : new Set([...known, ...now])
}

function withLine(view: CompanyView, line: SaidLine): CompanyView {
  const seen = view.chatOpen || line.person === view.roster?.you
  return {
    ...view,
    said: [...view.said, line].slice(-SAID_KEPT),
    unread: view.unread + (seen ? 0 : 1),
  }
}

export function personOf({ roster }: CompanyView, id: PersonId): Person | undefined {
  return roster?.people.find((person) => person.id === id)
}

/** Others who look at the same picture; who sits at the machine sees the machine itself. */
export function others({ people, you }: Roster): readonly Person[] {
  return people.filter(({ id, kind }) => id !== you && kind !== 'end_user')
}

function isAlone(roster: Roster): boolean {
  return others(roster).length === 0
}

/** Somebody hears what is said: others who look, or who sits at the machine; or something was said already. */
export function canTalk({ roster, said }: CompanyView): boolean {
  if (roster === null) return false
  return roster.people.some(({ id }) => id !== roster.you) || said.length > 0
}

/** There is somebody to share with, or was: without, nothing of this is shown. */
export function hasCompany({ roster, said }: CompanyView): boolean {
  return roster !== null && (!isAlone(roster) || said.length > 0)
}

/** This technician's mouse and keyboard count. With an agent that knows of no company they always do. */
export function drives({ roster }: CompanyView): boolean {
  return roster === null || roster.driver === roster.you
}

/** May drive and does not: looks on, and can point. */
export function mayAskToDrive(view: CompanyView): boolean {
  const { roster } = view
  return roster !== null && !drives(view) && personOf(view, roster.you)?.mayDrive === true
}

/** Nobody else is there and nobody drives: whoever is left need not ask anybody. */
export function isLeftAlone(view: CompanyView): boolean {
  const { roster } = view
  return roster !== null && roster.driver === null && isAlone(roster) && mayAskToDrive(view)
}

/** Looks on while others are there: pointing is of use. */
export function watches(view: CompanyView): boolean {
  return view.roster !== null && !drives(view) && !isAlone(view.roster)
}

/** How many colors people have; `--person-1` and so on in `styles/tokens.css`. */
export const PERSON_COLORS = 8

/** The color of a person: the same for everybody who looks, as long as the person is there. */
export function personColor(id: PersonId): string {
  return `var(--person-${((((id - 1) % PERSON_COLORS) + PERSON_COLORS) % PERSON_COLORS) + 1})`
}

/** One or two letters that stand for a name; empty without one. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
  return letters
    .map((word) => (word ? (Array.from(word)[0] ?? '') : ''))
    .join('')
    .toLocaleUpperCase()
}
