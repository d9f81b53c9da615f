/** Why an event was not delivered: the server's sentence, and what the receiver said. */
import type { WebhookFailure } from '~/api/types'
import { useMessages } from '~/i18n'

import { useServersLanguage } from './words'

/** The server's sentence, which is English and more precise than ours. */
export const FailureText = ({ failure }: { failure: WebhookFailure }) => (
  <p {...useServersLanguage()} className="break-words">
    {failure.detail}
  </p>
)

/** The beginning of an answer. A stranger wrote it, so it is text and nothing else. */
export function Answer({ text }: { text: string }) {
  const { webhooks: t } = useMessages()
  return (
    <figure className="mt-1">
      <figcaption className="text-xs text-ink-3">{t.answer}</figcaption>
      <pre className="rounded-md border border-line bg-sunken px-2 py-1 font-mono text-xs break-all whitespace-pre-wrap">
        {text}
      </pre>
    </figure>
  )
}
