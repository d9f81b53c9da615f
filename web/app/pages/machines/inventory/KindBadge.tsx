/** Whether something came, went or is another. */
import type { ChangeKind } from '~/api/inventory'
import { Badge, type Tone } from '~/ui/lib/Badge'

import { useWords } from './use-words'

const tones: Record<ChangeKind, Tone> = { added: 'ok', removed: 'neutral', changed: 'beam' }

export function KindBadge({ kind }: { kind: ChangeKind }) {
  const { t } = useWords()
  return <Badge tone={tones[kind]}>{t.history.kinds[kind]}</Badge>
}
