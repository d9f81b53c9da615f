/** Pairs of machines that may be one: merge them, or note that they are two. */
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { CopyCheck } from 'lucide-react'
import { useState } from 'react'

import { dismissDuplicate } from '~/api/actions'
import { may } from '~/api/can'
import { duplicatesQuery, meQuery } from '~/api/queries'
import type { DuplicatePair } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { useFocusNext } from '~/components/focus-next'
import { ListState } from '~/components/ListState'
import { MergeDialog } from '~/components/MergeDialog'
import { PageHeader } from '~/components/PageHeader'
import { useProblemToast } from '~/components/ProblemNotice'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { PairCard } from './PairCard'

interface DismissDialogProps {
  pair: DuplicatePair
  onDismissed: () => void
  onClose: () => void
}

function DismissDialog({ pair, onDismissed, onClose }: DismissDialogProps) {
  const t = useMessages().identity.duplicates
  const toast = useToast()
  const onError = useProblemToast()
  const queryClient = useQueryClient()
  const { machine: first } = pair.first
  const { machine: second } = pair.second
  const dismiss = useMutation({
    mutationFn: () => dismissDuplicate(first.id, second.id),
    onSuccess: async () => {
      toast({ tone: 'ok', title: t.dismissed })
      onDismissed()
      await queryClient.invalidateQueries(duplicatesQuery)
    },
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.twoTitle}
      action={t.two}
      look="primary"
      pending={dismiss.isPending}
      onConfirm={() => dismiss.mutate()}
    >
      {t.twoSays({ first: first.name, second: second.name })}
    </ConfirmDialog>
  )
}

export function DuplicatesPage() {
  const t = useMessages().identity.duplicates
  const { data: me } = useSuspenseQuery(meQuery)
  const query = useQuery(duplicatesQuery)
  const [open, setOpen] = useState<{ pair: DuplicatePair; how: 'merge' | 'dismiss' } | null>(null)
  const { data: pairs } = query
  const close = () => setOpen(null)
  const { list, leaving } = useFocusNext(
    pairs?.map(({ id }) => id),
    open === null,
  )
  return (
    <>
      <PageHeader
        title={t.title}
        aside={pairs && pairs.length > 0 && t.count({ count: pairs.length })}
      >
        {t.intro}
      </PageHeader>
      <ListState query={query} rows={6} />
      {pairs?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState icon={<CopyCheck aria-hidden size={22} />} title={t.empty.title}>
            {t.empty.body}
          </EmptyState>
        </div>
      )}
      <div ref={list} className="flex flex-col gap-4">
        {pairs?.map((pair) => (
          <PairCard
            key={pair.id}
            pair={pair}
            mayDecide={may(me, 'machine.manage')}
            onMerge={() => setOpen({ pair, how: 'merge' })}
            onDismiss={() => setOpen({ pair, how: 'dismiss' })}
          />
        ))}
      </div>
      {open?.how === 'merge' && (
        <MergeDialog
          machines={[open.pair.first.machine, open.pair.second.machine]}
          onMerged={() => leaving(open.pair.id)}
          onClose={close}
        />
      )}
      {open?.how === 'dismiss' && (
        <DismissDialog pair={open.pair} onDismissed={() => leaving(open.pair.id)} onClose={close} />
      )}
    </>
  )
}
