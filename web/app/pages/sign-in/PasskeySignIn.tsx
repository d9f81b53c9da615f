/** Signs in with a passkey alone: the browser asks which, and the device checks whose it is. */
import { useMutation } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'

import { signInByPasskey, startPasskeySignIn } from '~/api/factors'
import type { Me } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { askPasskey } from '~/passkeys'
import { Button } from '~/ui/lib/Button'

export function PasskeySignIn({ onEntered }: { onEntered: (me: Me) => void }) {
  const { signIn: t } = useMessages().account
  const login = useMutation({
    mutationFn: async () => {
      const { token, options } = await startPasskeySignIn()
      return signInByPasskey(token, await askPasskey(options))
    },
    onSuccess: onEntered,
  })
  return (
    <>
      <Button size="lg" pending={login.isPending} onClick={() => login.mutate()}>
        {!login.isPending && <Fingerprint aria-hidden size={16} />}
        {t.withPasskey}
      </Button>
      {login.error && <ProblemNotice error={login.error} />}
    </>
  )
}
