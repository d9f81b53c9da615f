/** One webhook: its settings, a test, and what its receiver was told. */
import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { ChevronLeft, MoreHorizontal, RefreshCw, Send, Trash2 } from 'lucide-react'
import { useState, type ReactNode } from 'react'

import { testWebhook } from '~/api/actions'
import { meQuery, webhookQuery } from '~/api/queries'
import type { Me, Webhook, WebhookTest } from '~/api/types'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { useProblemToast } from '~/components/ProblemNotice'
import { useFormat, useMessages } from '~/i18n'
import { Button, IconButton } from '~/ui/lib/Button'
import { Menu, MenuItem } from '~/ui/lib/Menu'
import { Notice } from '~/ui/lib/Notice'

import { Deliveries } from './Deliveries'
import { Answer, FailureText } from './FailureText'
import { DeleteWebhookDialog, EditWebhookDialog, RotateSecretDialog } from './WebhookDialogs'
import { EventsText, StateBadges } from './WebhookTable'
import { useFailureWords } from './words'

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="grid grid-cols-[120px_minmax(0,1fr)] gap-3 border-t border-line px-4 py-2 first:border-t-0">
    <dt className="text-ink-3">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </div>
)

function Facts({ webhook }: { webhook: Webhook }) {
  const { one: t } = useMessages().webhooks
  const format = useFormat()
  const made = { name: webhook.created_by_name, time: format.dateTime(webhook.created_at) }
  return (
    <section aria-labelledby="webhook-facts" className="max-w-[860px]">
      <h2 id="webhook-facts" className="mb-2 text-lg font-semibold">
        {t.facts}
      </h2>
      <dl className="rounded-lg border border-line bg-surface text-sm">
        <Fact name={t.address}>
          <code className="font-mono text-xs break-all">{webhook.url}</code>
        </Fact>
        <Fact name={t.events}>
          <EventsText types={webhook.event_types} />
        </Fact>
        <Fact name={t.expression}>
          {webhook.expression ? (
            <code className="font-mono text-xs">{webhook.expression}</code>
          ) : (
            t.noExpression
          )}
        </Fact>
        <Fact name={t.state}>
          <StateBadges webhook={webhook} />
        </Fact>
        <Fact name={t.made}>{t.madeBy(made)}</Fact>
      </dl>
    </section>
  )
}

/** What a person should know of how the receiver is. */
function Health({ webhook }: { webhook: Webhook }) {
  const { one: t } = useMessages().webhooks
  const format = useFormat()
  const { enabled, disabled_because: gone, failures, resumes_at: resumes } = webhook
  const until = webhook.previous_secret_until
  return (
    <div className="mb-4 flex max-w-[860px] flex-col gap-2 empty:hidden">
      {gone && <Notice tone="warn">{t.gone}</Notice>}
      {enabled && failures > 0 && (
        <Notice tone="warn" title={t.failures({ count: failures })}>
          {resumes && t.resumes({ time: format.dateTime(resumes) })}
        </Notice>
      )}
      {until && <Notice>{t.overlap({ time: format.dateTime(until) })}</Notice>}
    </div>
  )
}

/** What the test said; read aloud when it comes. */
function Tested({ test }: { test: WebhookTest }) {
  const { tested: t } = useMessages().webhooks
  const words = useFailureWords()
  const format = useFormat()
  const answer = test.answer && <Answer text={test.answer} />
  if (!test.failure) {
    const time = format.span(test.duration_ms * 1000)
    return <Notice title={t.taken({ status: test.status ?? 0, time })}>{answer}</Notice>
  }
  return (
    <Notice tone="danger" title={t.failed({ why: words(test.failure) })}>
      <FailureText failure={test.failure} />
      {answer}
    </Notice>
  )
}

type Doing = 'edit' | 'rotate' | 'remove'

function Actions({ webhook, onDo }: { webhook: Webhook; onDo: (what: Doing) => void }) {
  const { webhooks: t } = useMessages()
  const trigger = (
    <IconButton
      look="secondary"
      label={t.actionsFor({ name: webhook.name })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <>
      <Button onClick={() => onDo('edit')}>{t.one.edit}</Button>
      <Menu trigger={trigger}>
        <MenuItem icon={<RefreshCw size={14} />} onSelect={() => onDo('rotate')}>
          {t.menu.rotate}
        </MenuItem>
        <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('remove')}>
          {t.menu.remove}
        </MenuItem>
      </Menu>
    </>
  )
}

interface DialogsProps {
  webhook: Webhook
  me: Me
  doing: Doing | null
  onClose: () => void
}

function Dialogs({ webhook, me, doing, onClose }: DialogsProps) {
  const navigate = useNavigate()
  const leave = () => void navigate({ to: '/webhooks', replace: true })
  return (
    <>
      {doing === 'edit' && <EditWebhookDialog webhook={webhook} me={me} onClose={onClose} />}
      {doing === 'rotate' && <RotateSecretDialog webhook={webhook} onClose={onClose} />}
      {doing === 'remove' && (
        <DeleteWebhookDialog webhook={webhook} onClose={onClose} onDone={leave} />
      )}
    </>
  )
}

function Shown({ webhook, me }: { webhook: Webhook; me: Me }) {
  const { one: t } = useMessages().webhooks
  const [doing, setDoing] = useState<Doing | null>(null)
  const onError = useProblemToast()
  const test = useMutation({ mutationFn: () => testWebhook(webhook.id), onError })
  const actions = (
    <>
      <Button pending={test.isPending} onClick={() => test.mutate()}>
        <Send aria-hidden size={15} />
        {t.test}
      </Button>
      <Actions webhook={webhook} onDo={setDoing} />
    </>
  )
  return (
    <>
      <PageHeader title={webhook.name} actions={actions} />
      <div className="mb-4 max-w-[860px] empty:hidden">
        {test.data && <Tested test={test.data} />}
      </div>
      <Health webhook={webhook} />
      <Facts webhook={webhook} />
      <Deliveries webhook={webhook} />
      <Dialogs {...{ webhook, me, doing }} onClose={() => setDoing(null)} />
    </>
  )
}

export function WebhookPage() {
  const { webhooks: t } = useMessages()
  const { id } = useParams({ from: '/shell/webhooks/$id' })
  const { data: me } = useSuspenseQuery(meQuery)
  const query = useQuery(webhookQuery(id))
  return (
    <>
      <Link
        to="/webhooks"
        className="mb-2 inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink"
      >
        <ChevronLeft aria-hidden size={14} />
        {t.one.back}
      </Link>
      {!query.data && <PageHeader title={t.title} />}
      <ListState query={query} rows={4} />
      {query.data && <Shown webhook={query.data} me={me} />}
    </>
  )
}
