/** What one of the people may do in an organization or on a machine: every permission, yes or no, and what says so. */
import { useQuery } from '@tanstack/react-query'
import { Check, X } from 'lucide-react'
import { useState } from 'react'

import { may } from '~/api/can'
import { effectivePermissionsQuery, sitesQuery } from '~/api/queries'
import type { EffectivePermissions, Me, PermissionVerdict, Person } from '~/api/types'
import type { Reader } from '~/components/assignment-words'
import { MachinePicker } from '~/components/MachinePicker'
import { PERMISSION_GROUPS } from '~/components/permissions'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useI18n, useMessages } from '~/i18n'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Dialog } from '~/ui/lib/Dialog'
import { SelectField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'

import { askedOf, asksReason, type GivenRole, givenRoles, type Known, reasonOf } from './words'

interface Where {
  organizationId: string
  machine: { id: string; name: string } | null
}

interface VerdictProps {
  reader: Reader
  known: Known
  verdict: PermissionVerdict
}

function Verdict({ reader, known, verdict }: VerdictProps) {
  const t = useMessages()
  const words = t.people.effective
  const { permission, allowed } = verdict
  const Icon = allowed ? Check : X
  const asked = askedOf(reader, verdict)
  return (
    <li className="grid grid-cols-[3.75rem_minmax(0,1fr)] gap-x-2 px-3 py-1.5 text-sm sm:grid-cols-[3.75rem_minmax(0,5fr)_minmax(0,4fr)]">
      <span
        className={classes(
          'flex items-start gap-1 font-semibold',
          allowed ? 'text-ok-text' : 'text-danger-text',
        )}
      >
        <Icon aria-hidden size={14} className="mt-[3px] shrink-0" />
        {allowed ? words.yes : words.no}
      </span>
      <div className="min-w-0">
        <p className="font-medium">{t.permissions[permission].name}</p>
        <p className="text-xs text-ink-3">{t.permissions[permission].says}</p>
      </div>
      <div className="min-w-0 text-ink-2 max-sm:col-start-2">
        <p>{reasonOf(reader, known, verdict)}</p>
        {asked && <p className="text-xs text-ink-3">{asked}</p>}
        {asksReason(known, verdict) && <p className="text-xs text-ink-3">{words.asksReason}</p>}
      </div>
    </li>
  )
}

const tones: Record<GivenRole['standing'], Tone> = {
  counts: 'ok',
  needs_proof: 'warn',
  outside_hours: 'warn',
  ended: 'neutral',
}

/** Everything that was given there, and whether it counts now. */
function Given({ reader, known }: Pick<VerdictProps, 'reader' | 'known'>) {
  const t = useMessages().people.effective
  const roles = givenRoles(reader, known)
  if (roles.length === 0) return <p className="text-sm text-ink-2">{t.noRolesHere}</p>
  return (
    <section>
      <h3 className="mb-1 text-sm font-semibold">{t.givenHere}</h3>
      <ul className="divide-y divide-line rounded-md border border-line">
        {roles.map(({ id, text, limits, standing }) => (
          <li
            key={id}
            className="flex flex-wrap items-center justify-between gap-x-3 px-3 py-1.5 text-sm"
          >
            <span className="min-w-0 break-words">
              {text}
              {limits && <span className="block text-xs text-ink-3">{limits}</span>}
            </span>
            <Badge tone={tones[standing]}>{t.standings[standing]}</Badge>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Verdicts({ answer }: { answer: EffectivePermissions }) {
  const reader = useI18n()
  const t = reader.messages
  const words = t.people.effective
  const { data: sites = [] } = useQuery(sitesQuery)
  const known = { ...answer, sites }
  const allowed = known.permissions.filter((verdict) => verdict.allowed).length
  return (
    <div className="flex flex-col gap-4">
      {known.disabled && <Notice tone="warn">{words.disabled}</Notice>}
      <p className="text-sm font-semibold">
        {words.summary({ allowed, all: known.permissions.length })}
      </p>
      <Given reader={reader} known={known} />
      {PERMISSION_GROUPS.map(({ group, permissions }) => (
        <section key={group}>
          <h3 className="mb-1 text-sm font-semibold">{t.permissionGroups[group]}</h3>
          <ul className="divide-y divide-line rounded-md border border-line">
            {known.permissions
              .filter(({ permission }) => permissions.includes(permission))
              .map((verdict) => (
                <Verdict key={verdict.permission} reader={reader} known={known} verdict={verdict} />
              ))}
          </ul>
        </section>
      ))}
    </div>
  )
}

interface WhereFieldsProps {
  where: Where
  organizations: Me['organizations']
  onChange: (where: Where) => void
  onPick: () => void
}

function WhereFields({ where, organizations, onChange, onPick }: WhereFieldsProps) {
  const t = useMessages().people.effective
  const { machine } = where
  return (
    <div className="grid gap-4 sm:grid-cols-[minmax(0,4fr)_minmax(0,5fr)]">
      <SelectField
        label={t.organization}
        value={where.organizationId}
        onChange={(event) => onChange({ organizationId: event.target.value, machine: null })}
        options={organizations.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <section aria-label={t.machine} className="flex flex-col gap-1">
        <h3 className="text-sm font-semibold">{t.machine}</h3>
        {machine && <p className="text-sm break-words">{machine.name}</p>}
        <div className="flex flex-wrap gap-2">
          <Button size="sm" onClick={onPick}>
            {machine ? t.changeMachine : t.chooseMachine}
          </Button>
          {machine && (
            <Button size="sm" onClick={() => onChange({ ...where, machine: null })}>
              {t.anyMachine}
            </Button>
          )}
        </div>
        {!machine && <p className="text-sm text-ink-3">{t.wholeOrganization}</p>}
      </section>
    </div>
  )
}

interface PermissionsDialogProps {
  person: Person
  me: Me
  onClose: () => void
}

export function PermissionsDialog({ person, me, onClose }: PermissionsDialogProps) {
  const t = useMessages().people.effective
  const own = person.id === me.account.id
  const organizations = me.organizations.filter(({ id }) => own || may(me, 'account.see', id))
  // Where they have a role says more than where they have none.
  const theirs = organizations.find(({ id }) =>
    person.roles.some(({ place }) => place.kind !== 'server' && place.organization_id === id),
  )
  const [where, setWhere] = useState<Where>({
    organizationId: (theirs ?? organizations[0])?.id ?? '',
    machine: null,
  })
  const [picking, setPicking] = useState(false)
  const query = useQuery(
    effectivePermissionsQuery(
      person.id,
      where.machine ? { machine: where.machine.id } : { organization: where.organizationId },
    ),
  )
  if (picking) {
    return (
      <MachinePicker
        title={t.chooseTitle}
        organizationId={where.organizationId}
        onChoose={({ id, name }) => {
          setWhere({ ...where, machine: { id, name } })
          setPicking(false)
        }}
        onClose={() => setPicking(false)}
      />
    )
  }
  return (
    <Dialog open onClose={onClose} title={t.title({ name: person.name })} wide>
      <div className="flex flex-col gap-4">
        <WhereFields
          where={where}
          organizations={organizations}
          onChange={setWhere}
          onPick={() => setPicking(true)}
        />
        {query.isError && (
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.isPending && <SkeletonRows count={6} />}
        {query.data && <Verdicts answer={query.data} />}
      </div>
    </Dialog>
  )
}
