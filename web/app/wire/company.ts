/**
 * The company channel: who else is in the session, who drives, pointers, and what is said. Generated protobuf on one side,
 * checked types on the other. The lengths are those of `crates/protocol/src/limits.rs`. Not here: what follows from a message
 * (`session/company.ts`).
 */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'

import {
  CompanyToAgentSchema,
  CompanyToViewerSchema,
  type Person as WirePerson,
  Person_Kind,
  type Roster as WireRoster,
  type Said as WireSaid,
} from './__generated__/farol/company_pb'
import { DESKTOP_MAX, NAME_MAX, PEOPLE_MAX, SAID_MAX } from './limits'
import { PipeViolation } from './violation'

/** Counts from 1 on a machine; never used again while its agent runs. */
export type PersonId = number

/** Somebody who is there. */
export interface Person {
  readonly id: PersonId
  /** May be empty. */
  readonly name: string
  /** `end_user` sits at the machine and has no viewer. */
  readonly kind: 'technician' | 'guest' | 'end_user'
  /** The session has the right to control. */
  readonly mayDrive: boolean
  /** Lost the connection and may be back. */
  readonly interrupted: boolean
}

/** Everybody, the reader included. */
export interface Roster {
  readonly people: readonly Person[]
  /** Whose mouse and keyboard count; null when nobody drives. */
  readonly driver: PersonId | null
  readonly you: PersonId
}

/** Where somebody points, desktop pixels. */
export interface PointAt {
  readonly x: number
  readonly y: number
  /** Leaves a glowing trail. */
  readonly laser: boolean
}

/** Something that somebody said. */
export interface SaidLine {
  readonly person: PersonId
  /** Milliseconds since the epoch on the machine's clock. */
  readonly at: number
  readonly text: string
  /** The name at that time. */
  readonly name: string
}

/** From the agent. */
export type CompanyNews =
  | { readonly kind: 'roster'; readonly roster: Roster }
  /** `at` is null for a pointer that is nowhere any more. */
  | { readonly kind: 'pointer'; readonly person: PersonId; readonly at: PointAt | null }
  | { readonly kind: 'said'; readonly line: SaidLine }
  /** To the driver: this person would like to drive. */
  | { readonly kind: 'drive_asked'; readonly person: PersonId }
  /** To who asked: this person says not now. */
  | { readonly kind: 'drive_refused'; readonly by: PersonId }

/** From this viewer. */
export type CompanyWish =
  | { readonly kind: 'point'; readonly at: PointAt | null }
  | { readonly kind: 'ask_to_drive' }
  | { readonly kind: 'hand_over'; readonly person: PersonId }
  | { readonly kind: 'refuse_drive'; readonly person: PersonId }
  | { readonly kind: 'say'; readonly text: string }

/** Reads a message of the company channel. */
export function parseCompany(bytes: Uint8Array): CompanyNews {
  const { message } = fromBinary(CompanyToViewerSchema, bytes)
  switch (message.case) {
    case 'roster':
      return { kind: 'roster', roster: rosterOf(message.value) }
    case 'pointer': {
      const { person, x, y, laser, gone } = message.value
      return {
        kind: 'pointer',
        person,
        at: gone ? null : { x: onDesktop(x), y: onDesktop(y), laser },
      }
    }
    case 'said':
      return { kind: 'said', line: lineOf(message.value) }
    case 'driveAsked':
      return { kind: 'drive_asked', person: message.value.person }
    case 'driveRefused':
      return { kind: 'drive_refused', by: message.value.by }
    case undefined:
      throw new PipeViolation('malformed', 'empty company message')
  }
}

/** One message of the company channel. */
export function companyMessage(wish: CompanyWish): Uint8Array {
  return toBinary(CompanyToAgentSchema, create(CompanyToAgentSchema, { message: wireWish(wish) }))
}

function wireWish(
  wish: CompanyWish,
): NonNullable<MessageInitShape<typeof CompanyToAgentSchema>['message']> {
  switch (wish.kind) {
    case 'point':
      return {
        case: 'pointAt',
        value: wish.at === null ? { gone: true } : { ...wish.at, gone: false },
      }
    case 'ask_to_drive':
      return { case: 'askToDrive', value: {} }
    case 'hand_over':
      return { case: 'handOver', value: { person: wish.person } }
    case 'refuse_drive':
      return { case: 'refuseDrive', value: { person: wish.person } }
    case 'say':
      return { case: 'say', value: { text: clipped(wish.text, SAID_MAX) } }
  }
}

function rosterOf({ people, driver, you }: WireRoster): Roster {
  if (people.length > PEOPLE_MAX) throw new PipeViolation('too_big', `${people.length} people`)
  return { people: people.map(personOf), driver: driver === 0 ? null : driver, you }
}

function personOf({ id, name, kind, mayDrive, interrupted }: WirePerson): Person {
  // Kinds of newer agents are somebody else.
  const known = KINDS[kind] ?? 'guest'
  return { id, name: line(name, NAME_MAX), kind: known, mayDrive, interrupted }
}

const KINDS: Readonly<Record<number, Person['kind'] | undefined>> = {
  [Person_Kind.TECHNICIAN]: 'technician',
  [Person_Kind.END_USER]: 'end_user',
}

function lineOf({ person, atMs, text, name }: WireSaid): SaidLine {
  const at = Math.min(Number(atMs), INSTANT_MAX)
  return { person, at, text: line(text, SAID_MAX), name: line(name, NAME_MAX) }
}

/** The last instant that a date can be made of. */
const INSTANT_MAX = 8.64e15

/** Places outside of any desktop are put at its edge. */
function onDesktop(value: number): number {
  return Math.max(-DESKTOP_MAX, Math.min(DESKTOP_MAX, value))
}

/** Control characters end lines; marks of direction make text read as something else. As `is_deceptive` in Rust. */
const DECEPTIVE =
  // eslint-disable-next-line no-control-regex -- these are exactly what is taken out
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

/** One line of at most `max` bytes, without characters that could forge what stands around it. */
function line(text: string, max: number): string {
  if (new TextEncoder().encode(text).length > max) throw new PipeViolation('too_big', 'a text')
  return text.replace(DECEPTIVE, ' ')
}

/** At most `max` bytes, cut between characters. */
function clipped(text: string, max: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(max))
  return text.slice(0, read)
}
