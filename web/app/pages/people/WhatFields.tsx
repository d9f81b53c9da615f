/** Which role, and where: only what the signed-in person may give. */
import { useQuery } from '@tanstack/react-query'

import type { ApiProblem } from '~/api/problem'
import { rolesQuery } from '~/api/queries'
import type { Me, Person } from '~/api/types'
import { roleTitle } from '~/components/assignment-words'
import { PlaceFields } from '~/components/PlaceFields'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { SelectField } from '~/ui/lib/Field'

import { hasIt, placesToGive, roleMeant, rolesToGive, type What } from './form'

/** What is chosen in the fields; no role yet while they are read. A role that `person` has is not the first choice. */
export function useWhat(me: Me, chosen: What, person?: Pick<Person, 'roles'>): What {
  const { data: roles } = useQuery(rolesQuery)
  const { place } = chosen
  const has = (role: string) => person !== undefined && hasIt(person, { role, place })
  return { place, role: roleMeant(chosen.role, rolesToGive(me, roles ?? [], place), has) }
}

interface WhatFieldsProps {
  me: Me
  what: What
  onChange: (what: What) => void
  problem: ApiProblem | null
}

export function WhatFields({ me, what, onChange, problem }: WhatFieldsProps) {
  const t = useMessages()
  const words = t.people.what
  const fieldError = useFieldError()
  const query = useQuery(rolesQuery)
  const roles = query.data ?? []
  const offered = rolesToGive(me, roles, what.place)
  const some = offered.length < roles.length
  const none = query.isPending ? words.rolesLoading : words.noRole
  return (
    <>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={words.role}
          hint={some && words.onlyOwn}
          value={what.role}
          error={fieldError(problem, 'role')}
          onChange={(event) => onChange({ ...what, role: event.target.value })}
          options={
            offered.length > 0
              ? offered.map(({ key, name }) => ({
                  value: key,
                  label: roleTitle(t, { role: key, role_name: name }),
                }))
              : [{ value: '', label: none }]
          }
        />
        <PlaceFields
          me={me}
          places={placesToGive(me)}
          place={what.place}
          onChange={(place) => onChange({ ...what, place })}
          problem={problem}
        />
      </div>
    </>
  )
}
