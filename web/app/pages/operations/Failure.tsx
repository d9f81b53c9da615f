/** Why a job failed: our words for the reason, the server's sentence, which is English and more precise, and what to do. */
import { Link } from '@tanstack/react-router'

import type { ServerJob, ServerJobFailure } from '~/api/types'
import { RelativeTime } from '~/components/RelativeTime'
import { useI18n, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'

import { isFailing } from './order'

function Reason({ failure }: { failure: ServerJobFailure }) {
  const { messages: t, locale } = useI18n()
  const { code, detail } = failure
  const ours =
    byCode(t.operations.reasons, code) ??
    byCode(t.mail.failures, code) ??
    byCode(t.codes.problem, code)?.title
  return (
    <>
      {ours && <p className="font-semibold first-letter:uppercase">{ours}</p>}
      <p lang={locale === 'en' ? undefined : 'en'} className="break-words">
        {detail}
      </p>
      <p>
        <code className="font-mono text-xs text-ink-3">{code}</code>
      </p>
    </>
  )
}

/** Where the settings are that a job depends on. */
function Way({ name }: { name: ServerJob['name'] }) {
  const t = useMessages()
  const look = 'underline underline-offset-2'
  if (name === 'mail') {
    return (
      <Link to="/mail" className={look}>
        {t.operations.goTo({ page: t.shell.mail })}
      </Link>
    )
  }
  if (name.startsWith('certificate_') || name === 'identity_keys') {
    return (
      <Link to="/settings" className={look}>
        {t.operations.goTo({ page: t.shell.settings })}
      </Link>
    )
  }
  return null
}

function ToDo({ job }: { job: ServerJob }) {
  const { operations: t } = useMessages()
  const { name, state, failure } = job
  const known = byCode(t.fixes, failure?.code ?? '') ?? byCode(t.jobFixes, name)
  return (
    <p>
      <span className="font-semibold">{t.toDo}:</span>{' '}
      {state === 'stopped' ? t.fixStopped : (known ?? t.fix)} <Way name={name} />
    </p>
  )
}

/** In full while the job fails; folded when it works again. */
export function Failure({ job }: { job: ServerJob }) {
  const { operations: t } = useMessages()
  const { failure, failures_in_a_row: count } = job
  if (isFailing(job)) {
    return (
      <div className="mt-1.5 max-w-[80ch] space-y-1 text-sm text-ink-2">
        {failure && <Reason failure={failure} />}
        {failure && count > 0 && (
          <p className="text-xs text-ink-3">
            {t.failures({ count })} · {t.since} <RelativeTime at={failure.since} />
            {job.succeeded_at && (
              <>
                {' · '}
                {t.lastSuccess} <RelativeTime at={job.succeeded_at} />
              </>
            )}
          </p>
        )}
        <ToDo job={job} />
      </div>
    )
  }
  if (!failure) return null
  return (
    <details className="mt-1 max-w-[80ch] text-xs text-ink-3">
      <summary className="cursor-pointer">
        {t.lastFailure} <RelativeTime at={failure.at} />
      </summary>
      <Reason failure={failure} />
    </details>
  )
}
