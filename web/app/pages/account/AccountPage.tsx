/** One's own account: who one is, how it is protected, and where it is signed in. Everybody who is signed in has it. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'

import { factorsQuery, meQuery } from '~/api/queries'
import { PageHeader } from '~/components/PageHeader'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useMessages } from '~/i18n'

import { AuthenticatorApp } from './AuthenticatorApp'
import { Logins } from './Logins'
import { Passkeys } from './Passkeys'
import { Password } from './Password'
import { Profile } from './Profile'
import { RecoveryCodes } from './RecoveryCodes'
import { SignIns } from './SignIns'
import { NewCodesProvider } from './new-codes'

/** What is shown as one, because one change of it changes the others. */
function SecondFactors() {
  const query = useQuery(factorsQuery)
  if (query.isError)
    return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
  if (query.isPending) return <SkeletonRows count={4} />
  return (
    <>
      <AuthenticatorApp factors={query.data} />
      <Passkeys factors={query.data} />
      <RecoveryCodes factors={query.data} />
    </>
  )
}

export function AccountPage() {
  const { ownAccount: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  return (
    <NewCodesProvider email={me.account.email}>
      <PageHeader title={t.title} />
      <div className="flex max-w-[860px] flex-col gap-10">
        <Profile me={me} />
        <Password me={me} />
        <SecondFactors />
        <Logins />
        <SignIns />
      </div>
    </NewCodesProvider>
  )
}
