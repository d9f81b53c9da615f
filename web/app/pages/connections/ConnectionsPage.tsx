/** With which identity providers one’s own account is connected, and the way to one more. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link2 } from 'lucide-react'
import type { MouseEvent } from 'react'

import { identitiesQuery, signInMethodsQuery, startOf } from '~/api/identity-providers'
import { factorsQuery, meQuery } from '~/api/queries'
import { stepUp } from '~/api/step-up'
import { Identities } from '~/components/Identities'
import { useLandedProblem } from '~/components/landed-problem'
import { PageHeader } from '~/components/PageHeader'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { buttonClass } from '~/ui/lib/Button'

/** Somebody may connect only soon after they proved who they are, and the way leaves the console: they are asked before. */
function useProofFirst() {
  const { data: factors } = useQuery(factorsQuery)
  return (event: MouseEvent<HTMLAnchorElement>) => {
    const until = factors?.fresh_until
    if (until && Date.parse(until) > Date.now()) return
    event.preventDefault()
    const { href } = event.currentTarget
    void stepUp.ask().then((proved) => {
      if (proved) location.assign(href)
    })
  }
}

/** Those with which the account is not connected yet. */
function More({ account }: { account: string }) {
  const proofFirst = useProofFirst()
  const { connections: t } = useMessages().signOn
  const { data: methods } = useQuery(signInMethodsQuery)
  const { data: identities } = useQuery(identitiesQuery(account))
  const connected = identities?.map((one) => one.provider_id)
  const more = methods?.providers.filter(({ id }) => connected && !connected.includes(id)) ?? []
  return (
    <ul className="mt-4 flex flex-wrap gap-2">
      {more.map(({ id, name }) => (
        <li key={id} className="flex max-w-full">
          {/* Leaves the console: the server sends the browser on. */}
          <a
            href={startOf(id, '/connections', true)}
            className={`${buttonClass()} min-w-0`}
            onClick={proofFirst}
          >
            <Link2 aria-hidden size={15} />
            <span className="truncate">{t.connect({ provider: name })}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}

export function ConnectionsPage() {
  const { connections: t } = useMessages().signOn
  const { data: me } = useSuspenseQuery(meQuery)
  const landed = useLandedProblem()
  return (
    <>
      <PageHeader title={t.title}>{t.intro}</PageHeader>
      <div className="max-w-[640px]">
        {landed && (
          <div className="mb-4">
            <ProblemNotice error={landed} />
          </div>
        )}
        <Identities account={me.account.id} mayDisconnect />
        <More account={me.account.id} />
      </div>
    </>
  )
}
