/** "3 min. ago", ticking by itself, with the exact time on hover. */
import { useFormat } from '~/i18n'

import { useNow } from './clock'

export function RelativeTime({ at }: { at: string }) {
  const format = useFormat()
  const now = useNow()
  return (
    <time dateTime={at} title={format.exact(at)} className="whitespace-nowrap">
      {format.relative(at, now)}
    </time>
  )
}
