/** Which groups give which roles where, one row for each. */
import { useQuery } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'

import type { ApiProblem } from '~/api/problem'
import { rolesQuery } from '~/api/queries'
import type { Me, Role } from '~/api/types'
import { SERVER, wholeOf } from '~/components/assignment-form'
import { roleTitle } from '~/components/assignment-words'
import { ConditionFields } from '~/components/ConditionFields'
import { PlaceFields } from '~/components/PlaceFields'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { placesToGive, roleMeant, rolesToGive } from '~/pages/people/form'
import { Button, IconButton } from '~/ui/lib/Button'
import { SelectField, TextField } from '~/ui/lib/Field'

import { GROUP_MAX, type MappingRow, problemOfRow, type ProviderForm, withMapping } from './form'

interface RowProps {
  row: MappingRow
  me: Me
  roles: readonly Role[]
  /** What the server said about this row. */
  problem: ApiProblem | null
  onChange: (row: MappingRow) => void
  onRemove: () => void
}

function Row({ row, me, roles, problem, onChange, onRemove }: RowProps) {
  const t = useMessages()
  const fieldError = useFieldError()
  const words = t.signOn.form
  // What is there already stays to be chosen, whoever gave it.
  const places = [...new Set([...placesToGive(me), row.place.organization])]
  const offered = rolesToGive(me, roles, row.place).map(({ key }) => key)
  const keys = [...new Set([...offered, row.role])]
  const roleName = (key: string) =>
    roleTitle(t, { role: key, role_name: roles.find((role) => role.key === key)?.name ?? key })
  return (
    <li className="flex flex-col gap-3 border-t border-line pt-3 first:border-t-0 first:pt-0">
      <div className="grid items-start gap-2 sm:grid-cols-[1fr_1fr_auto]">
        <TextField
          label={words.group}
          error={fieldError(problem, 'group')}
          value={row.group}
          maxLength={GROUP_MAX}
          autoComplete="off"
          required
          onChange={(event) => onChange({ ...row, group: event.target.value })}
        />
        <SelectField
          label={words.role}
          error={fieldError(problem, 'role')}
          value={row.role}
          options={keys.map((value) => ({ value, label: roleName(value) }))}
          onChange={(event) => onChange({ ...row, role: event.target.value })}
        />
        <IconButton
          label={words.removeMapping({ group: row.group })}
          icon={<Trash2 aria-hidden size={15} />}
          // Beside the fields, below their labels.
          className="sm:mt-6"
          onClick={onRemove}
        />
      </div>
      <div className="grid gap-2 sm:grid-cols-2">
        <PlaceFields
          me={me}
          places={places}
          place={row.place}
          problem={problem}
          onChange={(place) =>
            onChange({ ...row, place, role: roleMeant(row.role, rolesToGive(me, roles, place)) })
          }
        />
      </div>
      <ConditionFields
        form={row.limits}
        problem={problem}
        without="end"
        onChange={(limits) => onChange({ ...row, limits })}
      />
    </li>
  )
}

interface MappingFieldsProps {
  form: ProviderForm
  me: Me
  problem: ApiProblem | null
  /** The form that the problem is about. */
  sent: ProviderForm | undefined
  onChange: (form: ProviderForm) => void
}

export function MappingFields({ form, me, problem, sent, onChange }: MappingFieldsProps) {
  const { signOn } = useMessages()
  const words = signOn.form
  const query = useQuery(rolesQuery)
  const roles = query.data ?? []
  const { mappings } = form
  const put = (next: readonly MappingRow[]) => onChange({ ...form, mappings: next })
  const place = wholeOf(placesToGive(me)[0] ?? SERVER)
  // By name, what is wrong with a row is wrong with the list: the list itself has what points at nothing in it.
  const error = useFieldError()(problem?.inside('') ?? null, 'mappings')
  return (
    <div className="flex flex-col gap-3">
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {error && (
        <p role="alert" className="text-sm text-danger-text">
          {error}
        </p>
      )}
      {mappings.length > 0 && (
        <>
          <p className="text-sm text-ink-3">{words.groupHint}</p>
          <ul className="flex flex-col gap-3">
            {mappings.map((row) => (
              <Row
                key={row.key}
                row={row}
                me={me}
                roles={roles}
                problem={problemOfRow(problem, sent, row)}
                onChange={(next) => put(mappings.map((one) => (one.key === row.key ? next : one)))}
                onRemove={() => put(mappings.filter((one) => one.key !== row.key))}
              />
            ))}
          </ul>
        </>
      )}
      <div>
        <Button
          size="sm"
          disabled={roles.length === 0}
          onClick={() =>
            onChange(
              withMapping(form, { place, role: roleMeant('', rolesToGive(me, roles, place)) }),
            )
          }
        >
          <Plus aria-hidden size={14} />
          {words.addMapping}
        </Button>
      </div>
    </div>
  )
}
