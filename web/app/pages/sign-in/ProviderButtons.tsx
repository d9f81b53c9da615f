/** The ways in through identity providers, each a button that leaves the console. */
import { LogIn } from 'lucide-react'

import { startOf } from '~/api/identity-providers'
import type { SignInMethods } from '~/api/types'
import { useMessages } from '~/i18n'
import { buttonClass } from '~/ui/lib/Button'

interface ProviderButtonsProps {
  providers: SignInMethods['providers']
  /** Where to go afterwards. */
  next: string | undefined
}

export function ProviderButtons({ providers, next }: ProviderButtonsProps) {
  const { signOn: t } = useMessages()
  return (
    <ul className="flex flex-col gap-2">
      {providers.map(({ id, name }) => (
        <li key={id} className="flex">
          {/* The server sends the browser on. */}
          <a
            href={startOf(id, next ?? '/')}
            className={`${buttonClass('secondary', 'lg')} w-full min-w-0`}
          >
            <LogIn aria-hidden size={16} />
            <span className="truncate">{t.with({ provider: name })}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}
