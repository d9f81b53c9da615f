/** The end of a long list: loads the next page when it comes into sight, and has a button for everybody else. */
import { useEffect, useRef } from 'react'

import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'

import { ProblemNotice } from './ProblemNotice'

interface LoadMoreProps {
  query: {
    hasNextPage: boolean
    isFetchingNextPage: boolean
    isFetchNextPageError: boolean
    error: unknown
    fetchNextPage: () => unknown
  }
}

export function LoadMore({ query }: LoadMoreProps) {
  const t = useMessages()
  const end = useRef<HTMLDivElement>(null)
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query
  // After a failure only the button tries again: a list in sight would hammer the server.
  const automatic = hasNextPage && !isFetchingNextPage && !isFetchNextPageError
  useEffect(() => {
    const element = end.current
    if (!automatic || !element || !('IntersectionObserver' in globalThis)) return
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && void fetchNextPage(),
      { rootMargin: '400px' },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [automatic, fetchNextPage])

  if (isFetchNextPageError) {
    return (
      <div className="mt-3">
        <ProblemNotice error={query.error} onRetry={() => void fetchNextPage()} />
      </div>
    )
  }
  if (!hasNextPage) return null
  return (
    <div ref={end} className="flex justify-center py-4">
      <Button look="quiet" pending={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {t.common.more}
      </Button>
    </div>
  )
}
