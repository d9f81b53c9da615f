/** Shown for an address that names nothing. */
import { Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'

import { EmptyState } from '~/components/EmptyState'
import { useTitle } from '~/components/PageHeader'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'

export function NotFoundPage() {
  const { shell } = useMessages()
  useTitle(shell.notFound.title)
  const home = (
    <Button look="primary" asChild>
      <Link to="/machines">{shell.notFound.home}</Link>
    </Button>
  )
  return (
    <main>
      <EmptyState
        wholePage
        icon={<Compass aria-hidden size={22} />}
        title={shell.notFound.title}
        action={home}
      >
        {shell.notFound.body}
      </EmptyState>
    </main>
  )
}
