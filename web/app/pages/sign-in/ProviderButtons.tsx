/** The ways in through identity providers. Nothing is shown while there is none, or while it is not known. */
import { useQuery } from '@tanstack/react-query'
import { LogIn } from 'lucide-react'

import { signInMethodsQuery, startOf } from '~/api/identity-providers'
import { useMessages } from '~/i18n'
import { buttonClass } from '~/ui/lib/Button'

export function ProviderButtons({ next }: { next: string | undefined }) {
  const { signOn: t } = useMessages()
  const { data } = useQuery(signInMethodsQuery)
  if (!data || data.providers.length === 0) return null
  return (
    <>
      <p className="my-4 flex items-center gap-3 text-sm text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        {t.or}
      </p>
      <ul className="flex flex-col gap-2">
        {data.providers.map(({ id, name }) => (
          <li key={id} className="flex">
            {/* Leaves the console: the server sends the browser on. */}
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
    </>
  )
}
