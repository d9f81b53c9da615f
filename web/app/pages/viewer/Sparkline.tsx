/** A small line of bars, newest on the right. */
interface SparklineProps {
  label: string
  values: readonly number[]
}

const WIDTH = 232
const HEIGHT = 28
const POINTS = 60

export function Sparkline({ label, values }: SparklineProps) {
  const highest = Math.max(...values, 1)
  const step = WIDTH / POINTS
  const start = WIDTH - values.length * step
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className="mt-2 h-7 w-full text-beam"
    >
      {values.map((value, index) => {
        const height = Math.max(1, (value / highest) * HEIGHT)
        return (
          <rect
            key={index}
            x={start + index * step}
            y={HEIGHT - height}
            width={step - 1}
            height={height}
            fill="currentColor"
          />
        )
      })}
    </svg>
  )
}
