/** Signing out: asks first when this tab holds remote sessions, because they end with the login. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { createContext, use, useState, type ReactNode } from 'react'

import { signOut } from '~/api/actions'
import { signOutUrl } from '~/api/identity-providers'
import { isSignedOut } from '~/api/problem'
import { useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { activeSessions, useActiveSessions } from '~/session-slot'
import { ConfirmDialog } from '~/ui/lib/Dialog'

const SignOutContext = createContext<() => void>(() => undefined)

/** Begins signing out. */
export const useSignOut = () => use(SignOutContext)

export function SignOutProvider({ children }: { children: ReactNode }) {
  const t = useMessages()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const toastProblem = useProblemToast()
  const running = useActiveSessions().filter((session) => session.phase !== 'ended')
  const [asking, setAsking] = useState(false)

  const leave = async () => {
    await navigate({ to: '/sign-in' })
    queryClient.clear()
  }
  /** On to the provider that vouched for this login, if it has a sign-out; it leads back. */
  const leaveFor = async (url: string | null) => {
    if (url) location.assign(url)
    else await leave()
  }
  const mutation = useMutation({
    mutationFn: async () => {
      activeSessions.closeAll()
      // Nobody stays signed in here because a provider’s address cannot be had.
      const url = await signOutUrl().catch(() => null)
      await signOut()
      return url
    },
    onSuccess: leaveFor,
    // A login that has ended already is as good.
    onError: (problem) => (isSignedOut(problem) ? leave() : toastProblem(problem)),
    onSettled: () => setAsking(false),
  })
  const begin = () => (running.length > 0 ? setAsking(true) : mutation.mutate())
  const machines = running.map((session) => session.machineName).join(', ')

  return (
    <SignOutContext value={begin}>
      {children}
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t.shell.signOutWithSessions.title}
        action={t.shell.signOut}
        onConfirm={() => mutation.mutate()}
        pending={mutation.isPending}
      >
        {t.shell.signOutWithSessions.body({ machines })}
      </ConfirmDialog>
    </SignOutContext>
  )
}
