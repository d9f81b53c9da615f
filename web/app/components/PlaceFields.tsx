/** Where a role counts: on the whole server, in an organization, or on some of its machines. */
import { useQuery } from '@tanstack/react-query'

import type { ApiProblem } from '~/api/problem'
import { sitesQuery } from '~/api/queries'
import type { Me } from '~/api/types'
import { useMessages } from '~/i18n'
import { SelectField, TextField } from '~/ui/lib/Field'

import { PARTS, SERVER, type PlaceForm, wholeOf } from './assignment-form'
import { ChosenMachine } from './ChosenMachine'
import { useFieldError } from './problem-text'
import { ProblemNotice } from './ProblemNotice'

interface PartProps {
  place: PlaceForm
  onChange: (place: PlaceForm) => void
  problem: ApiProblem | null
}

function SiteField({ place, onChange, problem }: PartProps) {
  const { place: t } = useMessages().assignments
  const fieldError = useFieldError()
  const query = useQuery(sitesQuery)
  if (query.isError && !query.data) {
    return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
  }
  const sites = (query.data ?? []).filter((site) => site.organization_id === place.organization)
  const first = query.isPending ? t.sitesLoading : t.chooseSite
  return (
    <SelectField
      label={t.site}
      disabled={query.isPending}
      value={place.siteId}
      error={fieldError(problem, 'place.site_id')}
      required
      onChange={(event) => onChange({ ...place, siteId: event.target.value })}
      options={[
        { value: '', label: first },
        ...sites.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  )
}

function TagsField({ place, onChange, problem }: PartProps) {
  const { place: t } = useMessages().assignments
  return (
    <TextField
      label={t.tags}
      hint={t.tagsHint}
      error={useFieldError()(problem, 'place.tags')}
      value={place.tags}
      autoComplete="off"
      spellCheck={false}
      required
      onChange={(event) => onChange({ ...place, tags: event.target.value })}
    />
  )
}

interface PlaceFieldsProps extends PartProps {
  me: Me
  /** `SERVER` and organizations, in this order. */
  places: readonly string[]
}

export function PlaceFields({ me, places, place, onChange, problem }: PlaceFieldsProps) {
  const { place: t } = useMessages().assignments
  const fieldError = useFieldError()
  const nameOf = (value: string) =>
    me.organizations.find(({ id }) => id === value)?.name ?? (value === SERVER ? t.inServer : value)
  return (
    <>
      <SelectField
        label={t.where}
        value={place.organization}
        error={fieldError(problem, 'place')}
        // Sites and machines belong to one organization.
        onChange={(event) => onChange(wholeOf(event.target.value))}
        options={places.map((value) => ({ value, label: nameOf(value) }))}
      />
      {place.organization !== SERVER && (
        <SelectField
          label={t.part}
          hint={place.part !== 'organization' && t.machinesOnly}
          value={place.part}
          onChange={(event) => {
            const part = PARTS.find((known) => known === event.target.value)
            if (part) onChange({ ...place, part })
          }}
          options={PARTS.map((value) => ({ value, label: t.parts[value] }))}
        />
      )}
      {place.organization !== SERVER && place.part === 'site' && (
        <SiteField place={place} onChange={onChange} problem={problem} />
      )}
      {place.organization !== SERVER && place.part === 'tags' && (
        <TagsField place={place} onChange={onChange} problem={problem} />
      )}
      {place.organization !== SERVER && place.part === 'machine' && (
        <ChosenMachine
          organizationId={place.organization}
          machine={place.machine}
          error={fieldError(problem, 'place.machine_id')}
          onChoose={(machine) =>
            onChange({ ...place, machine: machine && { id: machine.id, name: machine.name } })
          }
        />
      )}
    </>
  )
}
