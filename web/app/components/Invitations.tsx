/** The invitations of a session: what became of each, and the way to take it back. Used in the viewer and on the session's page. */
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { revokeInvitation } from '~/api/actions'
import { canRevokeInvitation, invitationState } from '~/api/can'
import type { Invitation, InvitationState } from '~/api/types'
import { useFormat, useMessages, type Messages } from '~/i18n'
import type { Format } from '~/i18n/format'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { useNow } from './clock'
import { useProblemToast } from './ProblemNotice'

const tones: Record<InvitationState, Tone> = {
  open: 'beam',
  accepted: 'ok',
  revoked: 'neutral',
  expired: 'neutral',
}

/** What the badge does not say: how long it works, who came, since when it does not work any more. */
function whatBecame(t: Messages, format: Format, invitation: Invitation, now: number): string {
  const words = t.invitations
  const { expires_at, accepted_at, revoked_at, guest } = invitation
  switch (invitationState(invitation, now)) {
    case 'open':
      return words.open({ left: format.duration((new Date(expires_at).getTime() - now) / 1000) })
    case 'expired':
      // One that nobody used ends with its session, too.
      return new Date(expires_at).getTime() <= now
        ? words.expiredAt({ time: format.dateTime(expires_at) })
        : words.expiredWithSession
    case 'revoked':
      return revoked_at === null ? '' : words.revokedAt({ time: format.dateTime(revoked_at) })
    case 'accepted': {
      if (accepted_at === null) return ''
      const time = format.dateTime(accepted_at)
      return guest ? words.acceptedBy({ name: guest.name, time }) : words.accepted({ time })
    }
  }
}

interface InvitationsProps {
  invitations: readonly Invitation[]
  /** The reader may end the session, and with it invitations. */
  mayRevoke: boolean
  /** Leads to the sessions of guests. */
  withLinks?: boolean
}

export function Invitations({ invitations, mayRevoke, withLinks = false }: InvitationsProps) {
  const t = useMessages().invitations
  // Kept by id: what is asked about may change meanwhile.
  const [asked, setAsked] = useState<string | null>(null)
  const toast = useToast()
  const onError = useProblemToast()
  const revoke = useMutation({
    mutationFn: revokeInvitation,
    onSuccess: () => toast({ tone: 'ok', title: t.revoked }),
    onError,
    onSettled: () => setAsked(null),
  })
  const asking = invitations.find(({ id }) => id === asked)
  return (
    <>
      <ul className="divide-y divide-line rounded-md border border-line text-sm">
        {invitations.map((invitation) => (
          <Row
            key={invitation.id}
            invitation={invitation}
            withLinks={withLinks}
            revoking={revoke.isPending && revoke.variables.id === invitation.id}
            onRevoke={
              mayRevoke
                ? () => {
                    // Somebody would lose a session; of the others nobody loses anything.
                    if (invitation.guest) setAsked(invitation.id)
                    else revoke.mutate(invitation)
                  }
                : null
            }
          />
        ))}
      </ul>
      {asking?.guest && (
        <ConfirmDialog
          open
          onClose={() => setAsked(null)}
          title={t.revokeTitle({ name: asking.guest.name })}
          action={t.revoke}
          pending={revoke.isPending}
          onConfirm={() => revoke.mutate(asking)}
        >
          {t.revokeBody({ name: asking.guest.name })}
        </ConfirmDialog>
      )}
    </>
  )
}

interface RowProps {
  invitation: Invitation
  withLinks: boolean
  revoking: boolean
  onRevoke: (() => void) | null
}

function Row({ invitation, withLinks, revoking, onRevoke }: RowProps) {
  const t = useMessages()
  const format = useFormat()
  const now = useNow()
  const words = t.invitations
  const { guest, created_by: name, created_at, accepted_at, rights } = invitation
  const state = invitationState(invitation, now)
  const time = format.dateTime(created_at)
  const label = guest
    ? words.revokeGuestLabel({ name: guest.name })
    : words.revokeLabel({ time: format.time(created_at) })
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Badge tone={tones[state]}>{words.state[state]}</Badge>
          <span className="min-w-0 wrap-anywhere">{whatBecame(t, format, invitation, now)}</span>
        </p>
        {/* Who was in the session stays said. */}
        {state === 'revoked' && guest && accepted_at !== null && (
          <p>{words.wasAccepted({ name: guest.name, time: format.dateTime(accepted_at) })}</p>
        )}
        <p className="mt-0.5 text-xs text-ink-3">
          {words.made({ name, time })} · {rights.map((right) => t.codes.rights[right]).join(', ')}
          {withLinks && guest && (
            <>
              {' · '}
              <Link
                to="/sessions/$id"
                params={{ id: guest.session_id }}
                className="text-beam-text underline"
              >
                {words.theirSession({ name: guest.name })}
              </Link>
            </>
          )}
        </p>
      </div>
      {onRevoke && canRevokeInvitation(state) && (
        <Button
          size="sm"
          look="dangerQuiet"
          aria-label={label}
          pending={revoking}
          onClick={onRevoke}
        >
          {words.revoke}
        </Button>
      )}
    </li>
  )
}
