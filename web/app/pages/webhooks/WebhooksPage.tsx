/** Webhooks: where other systems are told what happens here. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Plus, Webhook as WebhookIcon } from 'lucide-react'

import { meQuery, webhooksQuery } from '~/api/queries'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'

import { placesOf } from './form'
import { CreateWebhookDialog } from './WebhookDialogs'
import { WebhookTable } from './WebhookTable'

export function WebhooksPage() {
  const { webhooks: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  const navigate = useNavigate({ from: '/webhooks' })
  const { create = false } = useSearch({ from: '/shell/webhooks' })
  const manages = placesOf(me).length > 0
  const query = useQuery({ ...webhooksQuery, enabled: manages })
  if (!manages) {
    return (
      <>
        <PageHeader title={t.title} />
        <Notice>{t.notAllowed}</Notice>
      </>
    )
  }
  const go = (open: boolean) =>
    void navigate({ search: open ? { create: true } : {}, replace: true })
  const button = (
    <Button look="primary" onClick={() => go(true)}>
      <Plus aria-hidden size={15} />
      {t.create}
    </Button>
  )
  const webhooks = query.data
  return (
    <>
      <PageHeader title={t.title} actions={button}>
        {t.intro}
      </PageHeader>
      <ListState query={query} rows={3} />
      {webhooks?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState icon={<WebhookIcon aria-hidden size={22} />} title={t.empty.title}>
            {t.empty.body}
          </EmptyState>
        </div>
      )}
      {webhooks && webhooks.length > 0 && <WebhookTable webhooks={webhooks} me={me} />}
      {create && <CreateWebhookDialog me={me} onClose={() => go(false)} />}
    </>
  )
}
