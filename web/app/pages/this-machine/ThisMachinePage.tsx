/**
 * What the person at a machine sees when its helpdesk agent opens their browser: that machine, and nothing else. The login is
 * no account's; it begins with the one-time secret of the address.
 */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { api, call } from '~/api/client'
import { PresenceDot } from '~/components/Presence'
import { useTitle } from '~/components/PageHeader'
import { ProblemNotice } from '~/components/ProblemNotice'
import { forgetSecret, useSecret } from '~/fragment'
import { useMessages } from '~/i18n'
import { SignedOutLayout } from '~/layouts/SignedOutLayout'
import { Button } from '~/ui/lib/Button'
import { Spinner } from '~/ui/lib/Spinner'

const ownMachineQuery = queryOptions({
  queryKey: ['this-machine'],
  queryFn: () => call(api.GET('/api/machine-logins/current')),
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

export function ThisMachinePage() {
  const { machines: t } = useMessages()
  const login = useMachineLogin()
  const queryClient = useQueryClient()
  const own = useQuery({ ...ownMachineQuery, enabled: !login.working && !login.isError })
  const leave = useMutation({
    mutationFn: () => call(api.DELETE('/api/machine-logins/current')),
    onSuccess: () => queryClient.resetQueries({ queryKey: ownMachineQuery.queryKey }),
  })
  useTitle(t.thisMachine.title)
  const problem = login.error ?? own.error
  const machine = problem ? undefined : own.data
  return (
    <SignedOutLayout>
      <h1 className="mb-5 text-2xl font-bold tracking-tight">{t.thisMachine.title}</h1>
      {problem && <ProblemNotice error={problem} />}
      {!problem && !machine && (
        <p role="status" className="flex items-center gap-2 text-ink-2">
          <Spinner />
          {t.thisMachine.working}
        </p>
      )}
      {machine && (
        <>
          <dl className="grid grid-cols-[104px_minmax(0,1fr)] gap-x-3 gap-y-2 text-sm">
            <dt className="text-ink-3">{t.columns.name}</dt>
            <dd className="min-w-0 font-semibold break-words">{machine.name}</dd>
            <dt className="text-ink-3">{t.columns.status}</dt>
            <dd>
              <PresenceDot status={machine.presence.status} labelled />
            </dd>
            <dt className="text-ink-3">{t.fact.system}</dt>
            <dd className="min-w-0 break-words">
              {machine.os.name} {machine.os.version}
            </dd>
            <dt className="text-ink-3">{t.fact.hostname}</dt>
            <dd className="min-w-0 break-words">{machine.hostname}</dd>
          </dl>
          <p className="mt-6 mb-4 text-sm text-ink-3">{t.thisMachine.only}</p>
          <Button onClick={() => leave.mutate()} pending={leave.isPending}>
            {t.thisMachine.leave}
          </Button>
        </>
      )}
    </SignedOutLayout>
  )
}
