/** Which groups give which roles where, one row for each. */
import { useQuery } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'

import { rolesQuery } from '~/api/queries'
import type { Me, Role } from '~/api/types'
import { SERVER, wholeOf } from '~/components/assignment-form'
import { roleTitle } from '~/components/assignment-words'
import { ConditionFields } from '~/components/ConditionFields'
import { PlaceFields } from '~/components/PlaceFields'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { placesToGive, roleMeant, rolesToGive } from '~/pages/people/form'
import { Button, IconButton } from '~/ui/lib/Button'
import { SelectField, TextField } from '~/ui/lib/Field'

import { GROUP_MAX, type MappingRow, type ProviderForm, withMapping } from './form'

interface RowProps {
  row: MappingRow
  me: Me
  roles: readonly Role[]
  onChange: (row: MappingRow) => void
  onRemove: () => void
}

function Row({ row, me, roles, onChange, onRemove }: RowProps) {
  const t = useMessages()
  const words = t.signOn.form
  // What is there already stays to be chosen, whoever gave it.
  const places = [...new Set([...placesToGive(me), row.place.organization])]
  const offered = rolesToGive(me, roles, row.place).map(({ key }) => key)
  const keys = [...new Set([...offered, row.role])]
  const roleName = (key: string) =>
    roleTitle(t, { role: key, role_name: roles.find((role) => role.key === key)?.name ?? key })
  return (
    <li className="flex flex-col gap-3 border-t border-line pt-3 first:border-t-0 first:pt-0">
      <div className="grid items-end gap-2 sm:grid-cols-[1fr_1fr_auto]">
        <TextField
          label={words.group}
          value={row.group}
          maxLength={GROUP_MAX}
          autoComplete="off"
          required
          onChange={(event) => onChange({ ...row, group: event.target.value })}
        />
        <SelectField
          label={words.role}
          value={row.role}
          options={keys.map((value) => ({ value, label: roleName(value) }))}
          onChange={(event) => onChange({ ...row, role: event.target.value })}
        />
        <IconButton
          label={words.removeMapping({ group: row.group })}
          icon={<Trash2 aria-hidden size={15} />}
          onClick={onRemove}
        />
      </div>
      <div className="grid gap-2 sm:grid-cols-2">
        <PlaceFields
          me={me}
          places={places}
          place={row.place}
          problem={null}
          onChange={(place) =>
            onChange({ ...row, place, role: roleMeant(row.role, rolesToGive(me, roles, place)) })
          }
        />
      </div>
      <ConditionFields
        form={row.limits}
        problem={null}
        onChange={(limits) => onChange({ ...row, limits })}
      />
    </li>
  )
}

interface MappingFieldsProps {
  form: ProviderForm
  me: Me
  error: string | null
  onChange: (form: ProviderForm) => void
}

export function MappingFields({ form, me, error, onChange }: MappingFieldsProps) {
  const { signOn } = useMessages()
  const words = signOn.form
  const query = useQuery(rolesQuery)
  const roles = query.data ?? []
  const { mappings } = form
  const put = (next: readonly MappingRow[]) => onChange({ ...form, mappings: next })
  const place = wholeOf(placesToGive(me)[0] ?? SERVER)
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
