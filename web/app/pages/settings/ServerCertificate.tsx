/** The certificate that browsers see: where it comes from, until when, whether the next one will come, and what is wrong. */
import { useQuery } from '@tanstack/react-query'
import { ExternalLink } from 'lucide-react'
import type { ReactNode } from 'react'

import { certificateState, type CertificateState } from '~/api/can'
import { serverCertificateQuery } from '~/api/queries'
import type { ServerCertificate as Certificate, ShownCertificate } from '~/api/types'
import { useNow } from '~/components/clock'
import { ProblemNotice } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useFormat, useI18n, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { CopyButton } from '~/ui/lib/CopyButton'
import { Notice } from '~/ui/lib/Notice'

const tones: Record<CertificateState, Tone> = {
  valid: 'ok',
  due: 'warn',
  ended: 'danger',
  placeholder: 'danger',
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="grid gap-x-3 gap-y-0.5 border-t border-line px-4 py-2 first:border-t-0 sm:grid-cols-[128px_minmax(0,1fr)]">
    <dt className="text-ink-3">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </div>
)

/** What the server itself found. Its sentence is English and more precise than ours. */
function Trouble({ trouble }: { trouble: NonNullable<Certificate['trouble']> }) {
  const { locale, messages, format } = useI18n()
  const t = messages.identity.certificate
  const ours = byCode(t.trouble, trouble.code)
  return (
    <Notice tone="warn" title={ours ?? t.troubleUnknown}>
      <p lang={locale === 'en' ? undefined : 'en'}>{trouble.detail}</p>
      <p>
        {t.since({ time: format.dateTime(trouble.since) })}{' '}
        {trouble.next_attempt_at &&
          t.nextAttempt({ time: format.dateTime(trouble.next_attempt_at) })}
      </p>
    </Notice>
  )
}

interface ShownProps {
  source: Certificate['source']
  shown: ShownCertificate
  state: CertificateState
}

function Warning({ source, shown, state }: ShownProps) {
  const t = useMessages().identity.certificate
  const format = useFormat()
  const now = useNow()
  if (state === 'valid') return null
  const what = t.warning[state]
  const time = format.relative(shown.not_after, now)
  return (
    <Notice tone={state === 'due' ? 'warn' : 'danger'} title={what({ time })}>
      {state !== 'placeholder' && (byCode(t.advice, source) ?? null)}
    </Notice>
  )
}

function Facts({ source, shown, state }: ShownProps) {
  const t = useMessages().identity.certificate
  const format = useFormat()
  return (
    <dl className="rounded-lg border border-line bg-surface text-sm">
      <Fact name={t.fact.source}>
        {t.source[source]}
        {source === 'own' && (
          <>
            {' '}
            <a
              href="/trust"
              target="_blank"
              rel="noreferrer"
              className="inline-flex items-center gap-1 underline underline-offset-2"
            >
              {t.howToTrust}
              <ExternalLink aria-hidden size={13} />
            </a>
          </>
        )}
      </Fact>
      <Fact name={t.fact.until}>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {format.dateTime(shown.not_after)}
          <span className="text-ink-3">
            <RelativeTime at={shown.not_after} />
          </span>
          <Badge tone={tones[state]}>{t.state[state]}</Badge>
        </span>
      </Fact>
      <Fact name={t.fact.renewal}>
        {t.renewal[source]({ time: format.dateTime(shown.renew_at) })}
      </Fact>
      {shown.names.length > 0 && <Fact name={t.fact.names}>{shown.names.join(', ')}</Fact>}
      <Fact name={t.fact.sha256}>
        <span className="flex items-start gap-1">
          <code className="min-w-0 font-mono text-xs leading-5 break-all">{shown.sha256}</code>
          <span className="-my-1">
            <CopyButton text={shown.sha256} label={t.copy} />
          </span>
        </span>
      </Fact>
    </dl>
  )
}

function Shown({ certificate }: { certificate: Certificate }) {
  const t = useMessages().identity.certificate
  const now = useNow()
  const { source, certificate: shown, trouble } = certificate
  if (!shown) return <Notice>{t.elsewhere[source === 'proxy' ? 'proxy' : 'none']}</Notice>
  const state = certificateState(shown, now)
  const props = { source, shown, state }
  return (
    <div className="flex flex-col gap-3">
      <Warning {...props} />
      {trouble && <Trouble trouble={trouble} />}
      <Facts {...props} />
    </div>
  )
}

export function ServerCertificate() {
  const t = useMessages().identity.certificate
  const query = useQuery(serverCertificateQuery)
  return (
    <section aria-labelledby="server-certificate" className="mt-8 max-w-[860px]">
      <h2 id="server-certificate" className="text-lg font-semibold">
        {t.heading}
      </h2>
      <p className="mb-3 max-w-[64ch] text-sm text-ink-2">{t.intro}</p>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <SkeletonRows count={3} />}
      {query.data && <Shown certificate={query.data} />}
    </section>
  )
}
