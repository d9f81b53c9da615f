/** The processors of a machine in the last hour, as a line in a list. */
import { useMessages } from '~/i18n'
import { useUnits } from '~/pages/machines/inventory/units'
import { pathOf } from '~/ui/lib/chart-paths'

const WIDTH = 96
const HEIGHT = 20

export function CpuLine({ values }: { values: readonly (number | null)[] | undefined }) {
  const { metrics: t } = useMessages()
  const units = useUnits()
  const known = (values ?? []).filter((value) => value !== null)
  const now = known.at(-1)
  if (!values || now === undefined) return null
  const text = t.line({
    now: units.percent(now / 100),
    most: units.percent(Math.max(...known) / 100),
  })
  const grid = { times: values.map((_, index) => index), step: 1 }
  const place = { from: 0, to: values.length - 1, top: 100, width: WIDTH, height: HEIGHT }
  return (
    <span title={text} className="inline-flex items-center gap-2">
      <svg
        role="img"
        aria-label={text}
        width={WIDTH}
        height={HEIGHT}
        viewBox={`0 -1 ${WIDTH} ${HEIGHT + 2}`}
        className="shrink-0 text-beam"
      >
        <path
          d={pathOf(grid, values, place)}
          fill="none"
          stroke="currentColor"
          strokeWidth={1.5}
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      <span aria-hidden className="text-xs text-ink-3 tabular-nums">
        {units.percent(now / 100)}
      </span>
    </span>
  )
}
