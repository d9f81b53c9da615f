/** Who an account is at identity providers, with a way to disconnect each. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { disconnectIdentity, type Identity, identitiesQuery } from '~/api/identity-providers'
import { ProblemNotice } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

interface IdentityRowProps {
  identity: Identity
  mayDisconnect: boolean
  onDisconnect: () => void
}

function IdentityRow({ identity, mayDisconnect, onDisconnect }: IdentityRowProps) {
  const { connections: t } = useMessages().signOn
  const { provider_name: provider, email, subject, last_used_at: used } = identity
  return (
    <li className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
      <div className="min-w-0 flex-1">
        <p className="text-sm break-words">
          <span className="font-semibold">{provider}</span> {t.as({ who: email || subject })}
        </p>
        <p className="text-xs text-ink-3">
          {used ? (
            <>
              {t.used} <RelativeTime at={used} />
            </>
          ) : (
            t.never
          )}
        </p>
      </div>
      {mayDisconnect && (
        <Button size="sm" aria-label={t.disconnectLabel({ provider })} onClick={onDisconnect}>
          {t.disconnect}
        </Button>
      )}
    </li>
  )
}

interface IdentitiesProps {
  account: string
  mayDisconnect: boolean
}

export function Identities({ account, mayDisconnect }: IdentitiesProps) {
  const { connections: t } = useMessages().signOn
  const toast = useToast()
  const queryClient = useQueryClient()
  const query = useQuery(identitiesQuery(account))
  const [asking, setAsking] = useState<Identity | null>(null)
  const disconnect = useMutation({
    mutationFn: (identity: Identity) => disconnectIdentity(account, identity.id),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['identities'] })
      toast({ tone: 'ok', title: t.disconnected })
    },
    onSettled: () => setAsking(null),
  })
  return (
    <>
      {disconnect.error && (
        <div className="mb-3">
          <ProblemNotice error={disconnect.error} />
        </div>
      )}
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <SkeletonRows count={1} />}
      {query.data?.length === 0 && <p className="text-sm text-ink-2">{t.none}</p>}
      <ul className="divide-y divide-line rounded-md border border-line empty:hidden">
        {query.data?.map((identity) => (
          <IdentityRow
            key={identity.id}
            identity={identity}
            mayDisconnect={mayDisconnect}
            onDisconnect={() => {
              disconnect.reset()
              setAsking(identity)
            }}
          />
        ))}
      </ul>
      {asking && (
        <ConfirmDialog
          open
          onClose={() => setAsking(null)}
          title={t.disconnectTitle({ provider: asking.provider_name })}
          action={t.disconnect}
          onConfirm={() => disconnect.mutate(asking)}
          pending={disconnect.isPending}
        >
          <p>{t.disconnectBody}</p>
        </ConfirmDialog>
      )}
    </>
  )
}
