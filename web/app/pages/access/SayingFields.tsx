/** Who is asked, and what silence means: the same for a new rule and for a change. */
import type { OnSilence } from '~/api/types'
import { useMessages } from '~/i18n'
import { Choices } from '~/ui/lib/Choices'

import { MODES, type Saying } from './form'

const SILENCES: readonly OnSilence[] = ['refuse', 'allow']

interface SayingFieldsProps {
  saying: Saying
  onChange: (saying: Saying) => void
}

export function SayingFields({ saying, onChange }: SayingFieldsProps) {
  const { access: t } = useMessages()
  const { mode, onSilence } = saying
  return (
    <>
      <Choices
        label={t.form.mode}
        value={mode}
        onChange={(next) => onChange({ mode: next, onSilence })}
        options={MODES.map((value) => ({ value, ...t.modes[value] }))}
      />
      {mode === 'ask_if_logged_on' && (
        <Choices
          label={t.silence}
          value={onSilence}
          onChange={(next) => onChange({ mode, onSilence: next })}
          options={SILENCES.map((value) => ({ value, ...t.silences[value] }))}
        />
      )}
    </>
  )
}
