/** Words, numbers and units of an inventory for the reader; the same object until the language changes. */
import { useMemo } from 'react'

import { useFormat, useMessages } from '~/i18n'

import { useUnits } from './units'
import type { Words } from './words'

export function useWords(): Words {
  const { inventory: t } = useMessages()
  const format = useFormat()
  const units = useUnits()
  return useMemo(() => ({ t, format, units }), [t, format, units])
}
