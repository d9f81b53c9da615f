/** The keys by which agents recognize the server: who trusts which, a new one, giving up the older ones. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Trash2 } from 'lucide-react'
import { useId, useState } from 'react'

import { retireServerIdentity, rotateServerIdentity } from '~/api/actions'
import { canRetire, strandedByRetiring } from '~/api/can'
import { serverIdentityQuery } from '~/api/queries'
import type { ServerIdentity as Identity } from '~/api/types'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { bodyRow, cell, headCell, table, tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Badge } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { Skeleton } from '~/ui/lib/Skeleton'
import { useToast } from '~/ui/lib/Toast'

/** Keeps what the server answered: nothing tells consoles of its keys. */
function useChange(change: () => Promise<Identity>, said: string, onSettled: () => void) {
  const toast = useToast()
  const onError = useProblemToast()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: (identity) => {
      queryClient.setQueryData(serverIdentityQuery.queryKey, identity)
      toast({ tone: 'ok', title: said })
    },
    onError,
    onSettled,
  })
}

function RotateDialog({ onClose }: { onClose: () => void }) {
  const t = useMessages().identity.server
  const rotate = useChange(rotateServerIdentity, t.rotated, onClose)
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.rotateTitle}
      action={t.rotate}
      look="primary"
      pending={rotate.isPending}
      onConfirm={() => rotate.mutate()}
    >
      {t.rotateSays.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </ConfirmDialog>
  )
}

interface StrandedProps {
  count: number
  sure: boolean
  onSure: (sure: boolean) => void
}

/** What retiring would do, and the consent to it. */
function Stranded({ count, sure, onSure }: StrandedProps) {
  const t = useMessages().identity.server
  const id = useId()
  if (count === 0) return <p>{t.retireNone}</p>
  return (
    <>
      <p className="font-semibold text-danger-text">{t.retireStrands({ count })}</p>
      <p className="flex items-center gap-2">
        <input
          type="checkbox"
          id={id}
          checked={sure}
          onChange={(event) => onSure(event.target.checked)}
          className="size-4 accent-control"
        />
        <label htmlFor={id}>{t.retireConfirm({ count })}</label>
      </p>
    </>
  )
}

function RetireDialog({ onClose }: { onClose: () => void }) {
  const { identity, common } = useMessages()
  const t = identity.server
  // Agents learn of keys while the page is open, so it is asked again.
  const query = useQuery(serverIdentityQuery)
  const asking = query.isFetching
  // Whoever agreed to enroll three machines again has not agreed to enroll thirty.
  const [agreed, setAgreed] = useState<number | null>(null)
  const retire = useChange(retireServerIdentity, t.retired, onClose)
  const count = query.data ? strandedByRetiring(query.data) : 0
  const sure = agreed === count
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.retireTitle}
      action={t.retire}
      pending={retire.isPending}
      disabled={asking || query.isError || (count > 0 && !sure)}
      onConfirm={() => retire.mutate()}
    >
      {asking ? (
        <p role="status">
          <span className="sr-only">{common.loading}</span>
          <Skeleton className="w-56" />
        </p>
      ) : query.isError ? (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Stranded count={count} sure={sure} onSure={(yes) => setAgreed(yes ? count : null)} />
      )}
      <p>
        {t.retireTokens} {t.retireFinal}
      </p>
    </ConfirmDialog>
  )
}

function Keys({ identity }: { identity: Identity }) {
  const t = useMessages().identity.server
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{t.columns.fingerprint}</th>
            <th className={headCell}>{t.columns.state}</th>
            <th className={headCell}>{t.columns.trustedBy}</th>
          </tr>
        </thead>
        <tbody>
          {identity.keys.map((key) => (
            <tr key={key.fingerprint} className={bodyRow}>
              <td className={cell}>
                <code className="font-mono text-xs break-all">{key.fingerprint}</code>
              </td>
              <td className={cell}>
                <Badge tone={key.present ? 'ok' : 'neutral'}>
                  {key.present ? t.present : t.older}
                </Badge>
              </td>
              <td className={cell}>{t.machines({ count: key.trusted_by })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function ServerIdentity() {
  const t = useMessages().identity.server
  const query = useQuery(serverIdentityQuery)
  const [dialog, setDialog] = useState<'rotate' | 'retire' | null>(null)
  const identity = query.data
  const retirable = identity !== undefined && canRetire(identity)
  return (
    <section aria-labelledby="server-identity" className="max-w-[860px]">
      <div className="mb-3 flex flex-wrap items-end justify-between gap-3">
        <div>
          <h2 id="server-identity" className="text-lg font-semibold">
            {t.heading}
          </h2>
          <p className="max-w-[64ch] text-sm text-ink-2">{t.intro}</p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            look="dangerQuiet"
            aria-disabled={!retirable}
            title={retirable ? undefined : t.onlyOne}
            onClick={retirable ? () => setDialog('retire') : undefined}
          >
            <Trash2 aria-hidden size={15} />
            {t.retire}
          </Button>
          <Button onClick={() => setDialog('rotate')}>
            <KeyRound aria-hidden size={15} />
            {t.rotate}
          </Button>
        </div>
      </div>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <SkeletonRows count={2} />}
      {identity && <Keys identity={identity} />}
      <p className="mt-2 text-xs text-ink-3">{t.trustNote}</p>
      {dialog === 'rotate' && <RotateDialog onClose={() => setDialog(null)} />}
      {dialog === 'retire' && <RetireDialog onClose={() => setDialog(null)} />}
    </section>
  )
}
