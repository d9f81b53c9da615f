/** The roles of one of the people: taking them away one by one, and giving another. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type SubmitEvent } from 'react'

import { giveRole, takeRole } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { teamsQuery } from '~/api/queries'
import type { Me, Person, RoleAssignment } from '~/api/types'
import {
  areConditionsSaid,
  type ConditionForm,
  isPlaceSaid,
  limitsOf,
  NO_CONDITIONS,
  placeOf,
  wholeOf,
} from '~/components/assignment-form'
import { assignmentSentence, roleAt } from '~/components/assignment-words'
import { StateBadge } from '~/components/AssignmentBadges'
import { ConditionFields } from '~/components/ConditionFields'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useI18n, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog, Dialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { hasIt, placesToGive, type What } from './form'
import { useWhat, WhatFields } from './WhatFields'

interface ThroughProps {
  team: string
  name: string
}

/** The team by which somebody has a role, which is taken from the team alone; its name where the reader does not see it. */
function Through({ team, name }: ThroughProps) {
  const words = useMessages().people.assigning
  const { data: teams } = useQuery(teamsQuery)
  const through = words.throughTeam({ team: name })
  if (!teams?.some(({ id }) => id === team)) return through
  return (
    <Link to="/teams" search={{ team }} className="text-beam-text underline">
      {through}
    </Link>
  )
}

interface GivenProps {
  given: RoleAssignment
  onTake: () => void
}

function Given({ given, onTake }: GivenProps) {
  const i18n = useI18n()
  const { messages: t, format } = i18n
  const words = t.people.assigning
  const time = format.dateTime(given.created_at)
  const { team_id: team, team_name: name } = given
  return (
    <li className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 text-sm break-words">
          <span className="font-semibold">
            {assignmentSentence(i18n, { ...given, team_name: null })}
          </span>
          <StateBadge given={given} />
        </p>
        <p className="text-xs text-ink-3">
          {given.created_by_name
            ? words.sinceBy({ time, name: given.created_by_name })
            : words.since({ time })}
          {team && (
            <>
              {' · '}
              <Through team={team} name={name ?? ''} />
            </>
          )}
        </p>
      </div>
      {given.may_take && (
        <Button size="sm" aria-label={words.takeLabel({ role: roleAt(t, given) })} onClick={onTake}>
          {words.take}
        </Button>
      )}
    </li>
  )
}

/** One of the people, or a service account. */
type WithRoles = Pick<Person, 'id' | 'name' | 'roles'>

interface GiveFormProps {
  person: WithRoles
  me: Me
  program: boolean
}

function GiveForm({ person, me, program }: GiveFormProps) {
  const t = useMessages()
  const words = t.people.assigning
  const toast = useToast()
  const [chosen, setChosen] = useState<What>({
    role: '',
    place: wholeOf(placesToGive(me)[0] ?? ''),
  })
  const [limits, setLimits] = useState<ConditionForm>(NO_CONDITIONS)
  const what = useWhat(me, chosen, person)
  const give = useMutation({
    mutationFn: () =>
      giveRole({
        account_id: person.id,
        role: what.role,
        place: placeOf(what.place),
        ...limitsOf(limits),
      }),
    onSuccess: () => {
      toast({ tone: 'ok', title: words.given })
      // The next one is another.
      setChosen({ ...what, role: '' })
      setLimits(NO_CONDITIONS)
    },
  })
  const problem = give.error ? asProblem(give.error) : null
  const already = hasIt(person, what)
  const ready = !already && what.role !== '' && isPlaceSaid(what.place) && areConditionsSaid(limits)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!give.isPending && ready) give.mutate()
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <h3 className="text-sm font-semibold">{words.giveTitle}</h3>
      {problem && !problem.fields.length && <ProblemNotice error={problem} />}
      <WhatFields
        me={me}
        what={what}
        problem={problem}
        onChange={(next) => {
          setChosen(next)
          give.reset()
        }}
      />
      <ConditionFields form={limits} onChange={setLimits} problem={problem} program={program} />
      <div className="flex flex-wrap items-center gap-3">
        <Button
          look="primary"
          type="submit"
          pending={give.isPending}
          // Not disabled: that would take the focus away when it is pressed.
          aria-disabled={!ready}
        >
          {words.give}
        </Button>
        <p role="status" className="text-sm text-ink-2 empty:hidden">
          {already ? words.hasIt : ''}
        </p>
      </div>
    </form>
  )
}

interface RolesDialogProps {
  person: WithRoles
  me: Me
  /** It is a service account. */
  program?: boolean
  onClose: () => void
}

export function RolesDialog({ person, me, program = false, onClose }: RolesDialogProps) {
  const t = useMessages()
  const words = t.people.assigning
  const toast = useToast()
  const [asking, setAsking] = useState<RoleAssignment | null>(null)
  const take = useMutation({
    mutationFn: takeRole,
    onSuccess: () => toast({ tone: 'ok', title: words.taken }),
    onSettled: () => setAsking(null),
  })
  if (asking) {
    return (
      <ConfirmDialog
        open
        onClose={() => setAsking(null)}
        title={words.takeTitle({ role: roleAt(t, asking), name: person.name })}
        action={words.take}
        onConfirm={() => take.mutate(asking.id)}
        pending={take.isPending}
      >
        <p>{words.takeBody}</p>
        {person.id === me.account.id && <p>{words.takeOwn}</p>}
      </ConfirmDialog>
    )
  }
  const { name, roles } = person
  return (
    <Dialog open onClose={onClose} title={words.title({ name })} wide>
      <div className="flex flex-col gap-5">
        {take.error && <ProblemNotice error={take.error} />}
        {roles.length === 0 && <p className="text-sm text-ink-2">{words.none}</p>}
        <ul className="divide-y divide-line rounded-md border border-line empty:hidden">
          {roles.map((given) => (
            <Given
              key={given.id}
              given={given}
              onTake={() => {
                take.reset()
                setAsking(given)
              }}
            />
          ))}
        </ul>
        {placesToGive(me).length > 0 && <GiveForm person={person} me={me} program={program} />}
      </div>
    </Dialog>
  )
}
