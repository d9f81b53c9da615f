/**
 * What the person at a machine sees when its helpdesk agent opens their browser: that machine, and nothing else. The login is
 * no account's; it begins with the one-time secret of the address. They have no one at hand to ask, so what went wrong is said
 * in their words (`useRefusal`), not in those for technicians.
 */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { LogOut, Monitor, RotateCw } from 'lucide-react'
import { useEffect } from 'react'

import { api, call } from '~/api/client'
import { asProblem } from '~/api/problem'
import type { OwnMachine } from '~/api/types'
import { PresenceDot } from '~/components/Presence'
import { useTitle } from '~/components/PageHeader'
import { useProblemText } from '~/components/problem-text'
import { RequestId, useProblemToast } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { forgetSecret, useSecret } from '~/fragment'
import { useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { SignedOutLayout } from '~/layouts/SignedOutLayout'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'
import { Spinner } from '~/ui/lib/Spinner'

/** No event stream is open to end users, so the page asks again when they come back to it. */
const ownMachineQuery = queryOptions({
  queryKey: ['this-machine'],
  queryFn: () => call(api.GET('/api/machine-logins/current')),
  refetchOnWindowFocus: 'always',
  retry: false,
})

/** Uses the secret of the address at once; it works a single time, so it is forgotten before the request. */
function useMachineLogin() {
  const queryClient = useQueryClient()
  const link = useSecret('link')
  const mutation = useMutation({
    mutationFn: (secret: string) => call(api.POST('/api/machine-logins', { body: { secret } })),
    onSuccess: (machine) => queryClient.setQueryData(ownMachineQuery.queryKey, machine),
  })
  const { mutate } = mutation
  useEffect(() => {
    if (!link) return
    forgetSecret('link')
    mutate(link)
  }, [link, mutate])
  return { ...mutation, working: link !== null || mutation.isPending }
}

/** A failure in the words of an end user, and whether it is worth another try. Not being signed in is no failure. */
function useRefusal() {
  const { machines: t } = useMessages()
  const text = useProblemText()
  return (error: unknown) => {
    const problem = asProblem(error)
    const ours = byCode(t.thisMachine.refused, problem.code)
    const { title, detail } = ours ?? text(problem)
    const final = ours !== undefined
    const serious = final ? 'warn' : 'danger'
    const tone = problem.code === 'machine_login_missing' ? 'info' : serious
    return { title, detail, requestId: problem.requestId, final, tone } as const
  }
}

function Refusal({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const t = useMessages()
  const { title, detail, requestId, final, tone } = useRefusal()(error)
  const retry = final ? undefined : (
    <Button size="sm" onClick={onRetry}>
      <RotateCw aria-hidden size={13} />
      {t.common.retry}
    </Button>
  )
  return (
    <Notice tone={tone} title={title} actions={retry}>
      {detail && <p>{detail}</p>}
      {tone !== 'info' && <RequestId id={requestId} />}
    </Notice>
  )
}

function MachineCard({ machine }: { machine: OwnMachine }) {
  const { machines: t } = useMessages()
  const { status, since } = machine.presence
  const facts = [
    { name: t.fact.system, value: `${machine.os.name} ${machine.os.version}` },
    { name: t.fact.hostname, value: machine.hostname },
  ]
  return (
    <article aria-label={machine.name} className="rounded-lg border border-line bg-surface">
      <div className="flex items-start gap-3 p-4">
        <Monitor aria-hidden size={28} className="mt-0.5 shrink-0 text-ink-3" />
        <div className="min-w-0">
          <h2 className="text-lg font-semibold break-words">{machine.name}</h2>
          <p className="flex flex-wrap items-center gap-x-1.5 text-sm text-ink-2">
            <PresenceDot status={status} labelled />
            {status === 'offline' && (
              <>
                <span aria-hidden>·</span>
                <RelativeTime at={since} />
              </>
            )}
          </p>
        </div>
      </div>
      {status === 'offline' && (
        <p className="border-t border-line px-4 py-2.5 text-sm text-ink-2">
          {t.thisMachine.unheard}
        </p>
      )}
      <dl className="border-t border-line px-4 py-1 text-sm">
        {facts.map(({ name, value }) => (
          <div key={name} className="grid grid-cols-[104px_minmax(0,1fr)] gap-3 py-1.5">
            <dt className="text-ink-3">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </article>
  )
}

export function ThisMachinePage() {
  const { machines: t } = useMessages()
  const login = useMachineLogin()
  const onError = useProblemToast()
  const queryClient = useQueryClient()
  const leave = useMutation({
    mutationFn: () => call(api.DELETE('/api/machine-logins/current')),
    onSuccess: () => queryClient.removeQueries({ queryKey: ownMachineQuery.queryKey }),
    onError,
  })
  // A link that is opened afterwards signs in again.
  const left = leave.isSuccess && leave.submittedAt > login.submittedAt
  const own = useQuery({ ...ownMachineQuery, enabled: !login.working && !left })
  useTitle(t.thisMachine.title)
  // Whoever opens a link a second time is signed in by the first.
  const problem = own.error && login.error ? login.error : own.error
  const again = () => {
    if (login.error && login.variables) login.mutate(login.variables)
    else void own.refetch()
  }
  return (
    <SignedOutLayout>
      <h1 className="mb-5 text-2xl font-bold tracking-tight">{t.thisMachine.title}</h1>
      {left ? (
        <Notice title={t.thisMachine.left.title}>{t.thisMachine.left.body}</Notice>
      ) : login.working || own.isPending ? (
        <p role="status" className="flex items-center gap-2 text-ink-2">
          <Spinner />
          {t.thisMachine.working}
        </p>
      ) : problem ? (
        <Refusal error={problem} onRetry={again} />
      ) : (
        own.data && (
          <>
            <MachineCard machine={own.data} />
            <p className="mt-4 mb-5 text-sm text-ink-2">{t.thisMachine.only}</p>
            <div>
              <Button size="lg" onClick={() => leave.mutate()} pending={leave.isPending}>
                <LogOut aria-hidden size={15} />
                {t.thisMachine.leave}
              </Button>
            </div>
          </>
        )
      )}
    </SignedOutLayout>
  )
}
