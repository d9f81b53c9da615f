/** What has to be registered at a provider, and what the server finds when it asks the issuer. */
import { useQuery } from '@tanstack/react-query'
import { RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'

import {
  checkIdentityProvider,
  type IdentityProvider,
  type ProviderCheck,
} from '~/api/identity-providers'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useI18n, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Button } from '~/ui/lib/Button'
import { CopyButton } from '~/ui/lib/CopyButton'
import { Dialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'
import { Spinner } from '~/ui/lib/Spinner'

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="border-t border-line px-3 py-2 first:border-t-0">
    <dt className="text-xs text-ink-3">{name}</dt>
    <dd className="min-w-0">{children}</dd>
  </div>
)

function Address({ text, copy }: { text: string; copy: string }) {
  return (
    <span className="flex items-center gap-1">
      <code className="min-w-0 font-mono text-xs break-all">{text}</code>
      <CopyButton text={text} label={copy} />
    </span>
  )
}

/** Findings in the reader's words; the server's sentence is English and more precise. */
function Findings({ found }: { found: ProviderCheck }) {
  const { messages, locale } = useI18n()
  const t = messages.signOn.check
  return (
    <>
      {found.ok && (
        <Notice tone="info" title={t.ok}>
          {t.okBody}
        </Notice>
      )}
      {found.findings.map((finding) => (
        <Notice
          key={finding.code + finding.detail}
          tone={finding.fatal ? 'danger' : 'warn'}
          title={byCode(t.findings, finding.code) ?? (finding.fatal ? t.wrong : t.worthKnowing)}
        >
          <p lang={locale === 'en' ? undefined : 'en'}>{finding.detail}</p>
        </Notice>
      ))}
    </>
  )
}

function Facts({ found }: { found: ProviderCheck }) {
  const { facts } = useMessages().signOn.check
  const addresses = [
    [facts.authorization, found.authorization_endpoint],
    [facts.token, found.token_endpoint],
    [facts.endSession, found.end_session_endpoint],
  ] as const
  if (!found.authorization_endpoint) return null
  return (
    <dl className="rounded-md border border-line text-sm">
      {addresses.map(
        ([name, address]) =>
          address && (
            <Fact key={name} name={name}>
              <code className="font-mono text-xs break-all">{address}</code>
            </Fact>
          ),
      )}
      {found.algorithms.length > 0 && (
        <Fact name={facts.algorithms}>{found.algorithms.join(', ')}</Fact>
      )}
    </dl>
  )
}

export function CheckDialog({
  provider,
  onClose,
}: {
  provider: IdentityProvider
  onClose: () => void
}) {
  const { signOn, common } = useMessages()
  const t = signOn.check
  const query = useQuery({
    queryKey: ['identity-provider-check', provider.id],
    queryFn: () => checkIdentityProvider(provider.id),
    // What was found before is no answer.
    staleTime: 0,
    gcTime: 0,
    retry: false,
  })
  const footer = (
    <>
      <Button pending={query.isFetching} onClick={() => void query.refetch()}>
        <RotateCw aria-hidden size={14} />
        {t.again}
      </Button>
      <Button look="primary" onClick={onClose}>
        {common.close}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={t.title({ provider: provider.name })}
      footer={footer}
      wide
    >
      <div className="flex flex-col gap-4">
        <section aria-labelledby="to-register">
          <h3 id="to-register" className="mb-1 text-sm font-semibold">
            {t.register}
          </h3>
          <dl className="rounded-md border border-line text-sm">
            <Fact name={t.redirect}>
              <Address text={provider.redirect_uri} copy={t.copy} />
            </Fact>
            <Fact name={t.postLogout}>
              <Address text={provider.post_logout_redirect_uri} copy={t.copy} />
            </Fact>
          </dl>
        </section>
        {query.isFetching && (
          <p role="status" className="flex items-center gap-2 text-sm text-ink-2">
            <Spinner />
            {t.checking}
          </p>
        )}
        {query.isError && <ProblemNotice error={query.error} />}
        {query.data && !query.isFetching && (
          <>
            <Findings found={query.data} />
            <Facts found={query.data} />
          </>
        )}
      </div>
    </Dialog>
  )
}
