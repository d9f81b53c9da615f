/**
 * The shapes of invitations and guests in the API, in the form of the generated description, which does not have them yet.
 * Start at `Paths`: what the client and the mock API are typed by.
 */
import type { components, paths } from './__generated__/openapi'

type Schemas = components['schemas']

export type InvitationState = 'open' | 'accepted' | 'revoked' | 'expired'

/** One more person in a session, or the chance of it. */
export interface Invitation {
  id: string
  session_id: string
  rights: Schemas['Rights']
  state: InvitationState
  created_at: string
  /** The name of whoever invites. */
  created_by: string
  expires_at: string
  accepted_at: string | null
  /** Who came, and the session that they have. */
  guest: { name: string; session_id: string } | null
  revoked_at: string | null
}

export interface NewInvitation {
  rights: Schemas['Rights']
  minutes: number
}

/** The secret is in no other answer. */
export interface CreatedInvitation {
  invitation: Invitation
  secret: string
}

/** What an invitation is good for, for whoever holds its secret. */
export interface GuestInvitation {
  inviter: string
  organization: string
  machine_name: string
  rights: Schemas['Rights']
  expires_at: string
}

/** A session of its own, and the key that alone speaks for it. */
export interface GuestOpening {
  opening: Schemas['Opening']
  key: string
}

/** A session that may be a guest's: `guest_of` is the session of whoever invited them. */
export type Session = Schemas['Session'] & { guest_of?: string | null }

export type GuestProblemCode = 'invitation_not_valid' | 'guest_key_invalid' | 'too_many_invitations'

type Method = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch' | 'trace'

interface NoParameters {
  query?: never
  header?: never
  path?: never
  cookie?: never
}

type Route<Operations> = { parameters: NoParameters } & Operations & {
    [Unused in Exclude<Method, keyof Operations>]?: never
  }

interface Content<Body> {
  content: { 'application/json': Body }
}

interface Asks<Path, Responses> {
  parameters: Omit<NoParameters, 'path'> & Path
  requestBody?: never
  responses: Responses
}

interface Sends<Path, Body, Responses> {
  parameters: Omit<NoParameters, 'path'> & Path
  requestBody: Content<Body>
  responses: Responses
}

type Answer<Body> = Content<Body> & { headers: Record<string, unknown> }
type Empty = { headers: Record<string, unknown>; content?: never }
type Nowhere = { path?: never }
type OfSession = { path: { id: string } }
type OfInvitation = { path: { id: string; invitation: string } }

interface GuestPaths {
  '/api/sessions/{id}/invitations': Route<{
    get: Asks<OfSession, { 200: Answer<{ items: Invitation[] }> }>
    post: Sends<OfSession, NewInvitation, { 201: Answer<CreatedInvitation> }>
  }>
  '/api/sessions/{id}/invitations/{invitation}': Route<{
    delete: Asks<OfInvitation, { 204: Empty }>
  }>
  '/api/guest/look': Route<{
    post: Sends<Nowhere, { secret: string }, { 200: Answer<GuestInvitation> }>
  }>
  '/api/guest/sessions': Route<{
    post: Sends<
      Nowhere,
      { secret: string; name: string; viewer_key: string },
      { 201: Answer<GuestOpening> }
    >
  }>
  '/api/guest/session': Route<{
    get: Asks<Nowhere, { 200: Answer<Session> }>
    delete: Asks<Nowhere, { 204: Empty }>
  }>
  '/api/guest/session/resume': Route<{
    post: Sends<Nowhere, { viewer_key: string }, { 200: Answer<Schemas['Opening']> }>
  }>
}

export type Paths = paths & GuestPaths
