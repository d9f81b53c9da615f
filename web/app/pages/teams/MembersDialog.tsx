/** The people of a team: taking them out one by one, and putting others in. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { UserRoundPlus } from 'lucide-react'
import { useRef, useState } from 'react'

import { addToTeam, takeOutOfTeam } from '~/api/actions'
import { peopleQuery, teamQuery } from '~/api/queries'
import type { Me, Person, Team, TeamMember } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useI18n, useMessages } from '~/i18n'
import { Badge } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog, Dialog } from '~/ui/lib/Dialog'
import { TextField } from '~/ui/lib/Field'
import { useToast } from '~/ui/lib/Toast'

import { outside } from './form'

/** More would be a list to scroll through; people search instead. */
const SHOWN_MAX = 8

interface MemberRowProps {
  member: TeamMember
  /** Left out for who may not. */
  onTakeOut: (() => void) | undefined
}

function MemberRow({ member, onTakeOut }: MemberRowProps) {
  const { messages, format } = useI18n()
  const t = messages.teams.members
  const { name, disabled, added_at: at, added_by_name: by } = member
  return (
    <li className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
      <div className="min-w-0 flex-1">
        <p className="text-sm font-semibold break-words">
          {name}
          {disabled && (
            <span className="ml-1.5">
              <Badge tone="danger">{t.disabled}</Badge>
            </span>
          )}
        </p>
        <p className="text-xs text-ink-3">{t.since({ time: format.dateTime(at), name: by })}</p>
      </div>
      {onTakeOut && (
        <Button size="sm" aria-label={t.takeOutLabel({ name })} onClick={onTakeOut}>
          {t.takeOut}
        </Button>
      )}
    </li>
  )
}

interface AddProps {
  team: Team
  members: readonly TeamMember[]
}

function Add({ team, members }: AddProps) {
  const t = useMessages().teams.members
  const toast = useToast()
  const query = useQuery(peopleQuery)
  const [words, setWords] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const add = useMutation({
    mutationFn: ({ id }: Person) => addToTeam(team.id, id),
    onSuccess: (_, { name }) => {
      toast({ tone: 'ok', title: t.added({ name }) })
      setWords('')
      // Their button goes with them.
      field.current?.focus()
    },
  })
  const found = outside(query.data ?? [], members, words)
  const more = found.length - SHOWN_MAX
  return (
    <section className="flex flex-col gap-3">
      <h3 className="text-sm font-semibold">{t.add}</h3>
      {add.error && <ProblemNotice error={add.error} />}
      <TextField
        ref={field}
        label={t.search}
        hint={t.searchHint}
        value={words}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setWords(event.target.value)}
      />
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <SkeletonRows count={3} />}
      <ul className="divide-y divide-line rounded-md border border-line empty:hidden">
        {found.slice(0, SHOWN_MAX).map((person) => (
          <li key={person.id}>
            <button
              type="button"
              aria-label={t.addLabel({ name: person.name })}
              // Not disabled: that would take the focus away when it is pressed.
              aria-disabled={add.isPending}
              onClick={() => !add.isPending && add.mutate(person)}
              className="flex min-h-10 w-full items-center gap-2 px-3 py-1.5 text-left text-sm hover:bg-hover focus-visible:-outline-offset-2"
            >
              <UserRoundPlus aria-hidden size={14} className="shrink-0" />
              <span className="min-w-0 truncate font-semibold">{person.name}</span>
              <span className="ml-auto truncate text-xs text-ink-3">{person.email}</span>
            </button>
          </li>
        ))}
      </ul>
      <p role="status" className="text-sm text-ink-3 empty:hidden">
        {query.data && found.length === 0 ? t.nothing : more > 0 ? t.more({ count: more }) : ''}
      </p>
    </section>
  )
}

interface MembersProps {
  team: Team
  members: readonly TeamMember[]
  onTakeOut: (member: TeamMember) => void
}

function Members({ team, members, onTakeOut }: MembersProps) {
  const t = useMessages().teams.members
  return (
    <>
      {members.length === 0 && <p className="text-sm text-ink-2">{t.none}</p>}
      <ul className="divide-y divide-line rounded-md border border-line empty:hidden">
        {members.map((member) => (
          <MemberRow
            key={member.account_id}
            member={member}
            onTakeOut={team.may_manage ? () => onTakeOut(member) : undefined}
          />
        ))}
      </ul>
      {team.may_manage ? (
        <Add team={team} members={members} />
      ) : (
        <p className="text-sm text-ink-3">{t.beyond}</p>
      )}
    </>
  )
}

interface MembersDialogProps {
  team: Team
  me: Me
  onClose: () => void
}

export function MembersDialog({ team, me, onClose }: MembersDialogProps) {
  const t = useMessages().teams.members
  const toast = useToast()
  const query = useQuery(teamQuery(team.id))
  const [asking, setAsking] = useState<TeamMember | null>(null)
  const takeOut = useMutation({
    mutationFn: ({ account_id: account }: TeamMember) => takeOutOfTeam(team.id, account),
    onSuccess: (_, { name }) => toast({ tone: 'ok', title: t.takenOut({ name }) }),
    onSettled: () => setAsking(null),
  })
  if (asking) {
    return (
      <ConfirmDialog
        open
        onClose={() => setAsking(null)}
        title={t.takeOutTitle({ name: asking.name, team: team.name })}
        action={t.takeOut}
        onConfirm={() => takeOut.mutate(asking)}
        pending={takeOut.isPending}
      >
        <p>{t.takeOutBody}</p>
        {asking.account_id === me.account.id && <p>{t.takeOutOwn}</p>}
      </ConfirmDialog>
    )
  }
  return (
    <Dialog open onClose={onClose} title={t.title({ team: team.name })} wide>
      <div className="flex flex-col gap-5">
        {takeOut.error && <ProblemNotice error={takeOut.error} />}
        {query.isError && (
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.isPending && <SkeletonRows count={4} />}
        {query.data && (
          <Members
            team={team}
            members={query.data.members}
            onTakeOut={(member) => {
              takeOut.reset()
              setAsking(member)
            }}
          />
        )}
      </div>
    </Dialog>
  )
}
