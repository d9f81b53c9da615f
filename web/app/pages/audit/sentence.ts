/**
 * What an entry says, as text with holes: the sentence of its action in the reader's language, in which names are marked
 * so that the page can show them as elements. No markup here.
 */
import type { AuditEntry } from '~/api/types'
import { actorText } from '~/components/actor'
import type { Messages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import type { SentenceHoles } from '~/i18n/en/audit'

export type Hole = keyof SentenceHoles | 'action'
export interface NamePart {
  hole: Hole
  text: string
}
/** A stretch of a sentence: words, or a name to be put in. */
export type Part = { words: string } | NamePart

/** Around the name of a hole; a private character that no dictionary and no name has. */
const MARK = '\u{e000}'
const marked = (hole: Hole): string => `${MARK}${hole}${MARK}`

const holes: SentenceHoles = {
  actor: marked('actor'),
  target: marked('target'),
  before: marked('before'),
  after: marked('after'),
  other: marked('other'),
  role: marked('role'),
  format: marked('format'),
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** Who acted, for people. */
export function actorName(t: Messages, { actor }: Pick<AuditEntry, 'actor'>): string {
  return actorText(t, actor.kind, actor.name) || actor.kind
}

/** What no technician did names no one; the details say who or what it was. */
function sentenceKey({ action, actor, target, detail }: AuditEntry): string {
  if (action === 'login.ended' && detail['reason'] === 'expired') return 'login.expired'
  if (action === 'api_token.refused' && !target) return 'api_token.unknown'
  if (action === 'session.ended' && actor.kind !== 'account') return 'session.over'
  if (action === 'machine.rebound' && actor.kind !== 'agent') return 'machine.recognized'
  if (action === 'machine_token.revoked' && detail['because'] === 'withdrawn')
    return 'machine_token.withdrawn'
  return action
}

/** A role that was given or taken away, in the reader's language where every server has it. */
function roleOf(t: Messages, { before, after }: AuditEntry): string | undefined {
  const said = after ?? before
  return byCode(t.people.roles, textOf(said?.['role']) ?? '') ?? textOf(said?.['role_name'])
}

/** What stands in each hole. Older entries have the names of a change in their details. */
function namesOf(t: Messages, entry: AuditEntry): Record<Hole, string> {
  const { detail, before, after, target, action } = entry
  const missing = t.common.unknown
  return {
    actor: actorName(t, entry),
    target: target?.name || (target ? missing : actorName(t, entry)),
    before: textOf(before?.['name'] ?? before?.['site']) ?? textOf(detail['from']) ?? missing,
    after:
      textOf(after?.['name'] ?? after?.['site']) ?? textOf(detail['to']) ?? target?.name ?? missing,
    other:
      textOf(detail['hostname']) ??
      textOf(detail['merged_machine']) ??
      textOf(detail['member_name']) ??
      missing,
    role: roleOf(t, entry) ?? missing,
    format: (textOf(detail['format']) ?? missing).toUpperCase(),
    action,
  }
}

function template(t: Messages, entry: AuditEntry): string {
  const known = byCode<(p: SentenceHoles) => string>(t.audit.sentences, sentenceKey(entry))
  if (known) return known(holes)
  const unknown = entry.target ? t.audit.unknownSentence : t.audit.unknownSentenceAlone
  return unknown({ ...holes, action: marked('action') })
}

/** The sentence in its parts. */
export function sentenceOf(t: Messages, entry: AuditEntry): Part[] {
  const names = namesOf(t, entry)
  return template(t, entry)
    .split(MARK)
    .map((piece, index): Part => {
      if (index % 2 === 0) return { words: piece }
      const hole = piece as Hole
      return { hole, text: names[hole] }
    })
    .filter((part) => !('words' in part) || part.words !== '')
}

/** Title of an action: for filters, and where a sentence would be too long. */
export const actionTitle = (t: Messages, action: string): string =>
  byCode(t.audit.actions, action) ?? action

/** Title of what actions are about: the part before the dot. */
export const subjectTitle = (t: Messages, subject: string): string =>
  byCode(t.audit.subjects, subject) ?? subject
