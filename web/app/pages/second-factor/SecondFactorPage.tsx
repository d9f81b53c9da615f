/**
 * The step between signing in and going on, where the server asks for a second factor and the account has none. No event stream runs
 * here, so what was added is read again when its recovery codes were seen.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query'

import { factorsQuery } from '~/api/queries'
import type { Me } from '~/api/types'
import { useTitle } from '~/components/PageHeader'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useMessages } from '~/i18n'
import { SignedOutLayout } from '~/layouts/SignedOutLayout'
import { SignOutProvider, useSignOut } from '~/layouts/sign-out'
import { StepUpDialog } from '~/layouts/StepUpDialog'
import { AuthenticatorApp } from '~/pages/account/AuthenticatorApp'
import { NewCodesProvider } from '~/pages/account/new-codes'
import { Passkeys } from '~/pages/account/Passkeys'
import { Button } from '~/ui/lib/Button'

function Factors() {
  const query = useQuery(factorsQuery)
  if (query.isError)
    return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
  if (query.isPending) return <SkeletonRows count={3} />
  return (
    <>
      <Passkeys factors={query.data} />
      <AuthenticatorApp factors={query.data} />
    </>
  )
}

function Leave({ email }: { email: string }) {
  const { factorAsked: t, shell } = useMessages()
  const signOut = useSignOut()
  return (
    <footer className="flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4">
      <p className="min-w-0 text-sm break-words text-ink-3">{t.signedInAs({ email })}</p>
      <Button onClick={signOut}>{shell.signOut}</Button>
    </footer>
  )
}

export function SecondFactorPage({ me }: { me: Me }) {
  const { factorAsked: t } = useMessages()
  const queryClient = useQueryClient()
  useTitle(t.title)
  return (
    <SignOutProvider>
      <NewCodesProvider
        email={me.account.email}
        onSeen={() => void queryClient.invalidateQueries({ queryKey: ['me'] })}
      >
        <SignedOutLayout>
          <div className="flex flex-col gap-8">
            <div>
              <h1 className="text-2xl font-bold">{t.title}</h1>
              <p className="mt-2 text-ink-2">{t.intro}</p>
            </div>
            <Factors />
            <Leave email={me.account.email} />
          </div>
        </SignedOutLayout>
        <StepUpDialog />
      </NewCodesProvider>
    </SignOutProvider>
  )
}
