/** People: who has an account, with which roles, and who is invited to make one. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { UserRoundPlus } from 'lucide-react'

import { accountInvitationState, may } from '~/api/can'
import { accountInvitationsQuery, meQuery, peopleQuery } from '~/api/queries'
import type { Me, Person } from '~/api/types'
import { useNow } from '~/components/clock'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'
import { Switch } from '~/ui/lib/Switch'

import { InvitationTable } from './InvitationTable'
import { InviteDialog } from './InviteDialog'
import { PersonTable } from './PersonTable'

const quiet = 'rounded-lg border border-line bg-surface px-4 py-6 text-center text-sm text-ink-2'

/** Who is disabled does not sign in, so nothing is asked of them. */
const lacksFactor = (person: Person): boolean => !person.second_factor && !person.disabled_at

interface InvitationsProps {
  ended: boolean
  onEnded: (ended: boolean) => void
}

function Invitations({ ended, onEnded }: InvitationsProps) {
  const { invitations: t } = useMessages().people
  const query = useQuery(accountInvitationsQuery)
  const now = useNow()
  const shown = query.data?.filter((one) => ended || accountInvitationState(one, now) === 'open')
  return (
    <section className="mt-8">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h2 className="font-semibold">{t.title}</h2>
        <Switch label={t.showEnded} checked={ended} onChange={onEnded} />
      </div>
      <ListState query={query} rows={2} />
      {shown?.length === 0 && <p className={quiet}>{ended ? t.none : t.empty}</p>}
      {shown && shown.length > 0 && <InvitationTable invitations={shown} />}
    </section>
  )
}

function People({ me }: { me: Me }) {
  const { people: t } = useMessages()
  const navigate = useNavigate({ from: '/people' })
  const { invite = false, ended = false, without = false } = useSearch({ from: '/shell/people' })
  const go = (next: { invite?: boolean; ended?: boolean; without?: boolean }) => {
    const wanted = { invite, ended, without, ...next }
    void navigate({
      search: {
        ...(wanted.invite ? { invite: true } : {}),
        ...(wanted.ended ? { ended: true } : {}),
        ...(wanted.without ? { without: true } : {}),
      },
      replace: true,
    })
  }
  const query = useQuery(peopleQuery)
  const people = query.data
  const unprotected = people?.filter(lacksFactor)
  const shown = without ? unprotected : people
  const manages = may(me, 'account.manage')
  const button = manages && (
    <Button look="primary" onClick={() => go({ invite: true })}>
      <UserRoundPlus aria-hidden size={15} />
      {t.invite}
    </Button>
  )
  return (
    <>
      <PageHeader
        title={t.title}
        aside={people && t.count({ count: people.length })}
        actions={button}
      >
        {t.intro}
      </PageHeader>
      <ListState query={query} rows={5} />
      {unprotected && (
        <div className="mb-2 flex justify-end">
          <Switch
            label={t.withoutFactor({ count: unprotected.length })}
            checked={without}
            onChange={(next) => go({ without: next })}
          />
        </div>
      )}
      {shown?.length === 0 ? (
        <p className={quiet}>{t.allProtected}</p>
      ) : (
        shown && <PersonTable people={shown} me={me} />
      )}
      {people?.length === 1 && manages && <p className="mt-2 text-sm text-ink-2">{t.alone}</p>}
      {manages && <Invitations ended={ended} onEnded={(next) => go({ ended: next })} />}
      {invite && manages && <InviteDialog me={me} onClose={() => go({ invite: false })} />}
    </>
  )
}

export function PeoplePage() {
  const { people: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  if (may(me, 'account.see')) return <People me={me} />
  return (
    <>
      <PageHeader title={t.title} />
      <Notice>{t.notAllowed}</Notice>
    </>
  )
}
