/**
 * From figures to tables: every row of every product with its spread, and the bars with what was reached. Pure.
 *
 * `results[product][part]` are the figures of each run in order. A ratio is taken within each run, where both saw the same
 * contents, and the middle one of them is told; with several peers against the best one of that row.
 */
import { PROFILES } from './links.mjs'
import { median, ratio } from './statistics.mjs'

const OURS = 'farol'
const MB = 1e6

/** What is said about each workload: label, figure, digits, whether more is better. */
const WORKLOAD_ROWS = [
  ['pictures/s', (r) => r.fps, 1, true],
  ['source pictures/s', (r) => r.drawn_per_second, 1, true],
  ['KB/s while it moves', (r) => r.bytes / r.seconds / 1000, 1],
  ['KB/picture', (r) => r.bytes_per_picture / 1000, 2],
  ['KB in 4 s after it', (r) => r.bytes_after / 1000, 1],
  ['CPU ms/picture, agent side', (r) => r.cpu_agent_ms_per_picture, 2],
  ['CPU %, agent side', (r) => r.cpu_agent_percent, 1],
  ['CPU %, server side', (r) => r.cpu_server_percent, 1],
  ['CPU %, X display', (r) => r.cpu_display_percent, 1],
  ['text exact after, ms', (r) => r.exact_text_ms, 0],
  ['all exact after, ms', (r) => r.exact_all_ms, 0],
  ['PSNR-Y 4 s after, dB', (r) => r.rest_psnr_db, 1, true],
  ['PSNR-Y of the film, dB', (r) => r.film_psnr_db, 1, true],
  ['PSNR-Y, worst picture, dB', (r) => r.film_psnr_worst_db, 1, true],
]

const PRESS_ROWS = [
  ['p50 ms', (r) => r.p50_ms, 1],
  ['p95 ms', (r) => r.p95_ms, 1],
]

const IDLE_ROWS = [
  ['CPU %, agent side', (r) => r.cpu_agent_percent, 2],
  ['CPU %, server side', (r) => r.cpu_server_percent, 2],
  ['bytes/s', (r) => r.bytes_per_second, 0],
  ['memory MB, agent side', (r) => r.rss_agent_mb, 1],
  ['memory MB, server side', (r) => r.rss_server_mb, 1],
]

const AGE_ROWS = [
  ['newest picture behind, p50 ms', (r) => r.behind_p50_ms, 0],
  ['newest picture behind, most ms', (r) => r.behind_max_ms, 0],
]

const VIEWER_ROWS = ['typing', 'scroll', 'texts'].map((name) => [
  `${name}: decode + draw, ms`,
  (r) => r[name]?.sum_ms,
  2,
])

/** Over which links it was measured. */
const linksOf = (report) => report.links ?? PROFILES

/** All rows: part, heading, what is said about it. */
function parts(report) {
  const { broadband, poor } = linksOf(report)
  return [
    ['click', 'click to photon', PRESS_ROWS],
    ['click-video', 'click to photon beside a film', PRESS_ROWS],
    ...Object.keys(report.workloads).map((name) => [name, name, WORKLOAD_ROWS]),
    ['idle', 'idle', IDLE_ROWS],
    ['viewer', 'viewer', VIEWER_ROWS],
    ['broadband-scroll', `scroll over ${broadband.label}`, WORKLOAD_ROWS],
    ['broadband-click', `click to photon over ${broadband.label}`, PRESS_ROWS],
    ['poor-typing', `key to photon over ${poor.label}`, PRESS_ROWS],
    ['poor-age', `age over ${poor.label}`, AGE_ROWS],
  ]
}

const number = (value, digits) => {
  if (value === Infinity) return digits === 0 ? 'never' : 'exact'
  return Number.isFinite(value) ? value.toFixed(digits) : '–'
}

/** A ratio; something against nothing has none. */
const times = (value) => (Number.isFinite(value) ? value.toFixed(2) : '–')

/** The figures of one row for one product, a value a run. */
const valuesOf = (report, product, part, pick) =>
  (report.results[product]?.[part] ?? []).map(pick).filter((value) => value !== undefined)

/** The middle value and, when there are several runs, the least and the most. */
function told(values, digits) {
  if (values.length === 0) return '–'
  const middle = number(median(values), digits)
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) =>
    number(value, digits),
  )
  return values.length === 1 || least === most ? middle : `${middle} (${least} to ${most})`
}

/**
 * Ours against the best peer, run by run; the middle ratio. The best peer is the one with the least (`more`: the most) of this figure,
 * or the most of another one, `by`.
 */
function ratioOf(report, part, pick, { more = false, by } = {}) {
  const peers = Object.keys(report.results).filter((name) => name !== OURS)
  const ours = report.results[OURS]?.[part] ?? []
  const ratios = ours.flatMap((figures) => {
    const theirs = peers
      .flatMap((peer) => report.results[peer][part] ?? [])
      .filter(({ seed }) => seed === figures.seed)
      .filter((one) => Number.isFinite(pick(one)))
      .sort((a, b) => (by ? by(b) - by(a) : more ? pick(b) - pick(a) : pick(a) - pick(b)))
    const mine = pick(figures)
    return theirs.length === 0 || !Number.isFinite(mine) ? [] : [ratio(mine, pick(theirs[0]))]
  })
  return ratios.length === 0 ? NaN : median(ratios)
}

/** The rows of one part as texts: label, a cell for each product, the ratio. */
function rowsOf(report, part, rows) {
  const products = Object.keys(report.results)
  return rows.flatMap(([label, pick, digits, more]) => {
    const cells = products.map((product) => valuesOf(report, product, part, pick))
    if (cells.every((values) => values.length === 0)) return []
    return [
      [
        label,
        ...cells.map((values) => told(values, digits)),
        times(ratioOf(report, part, pick, { more })),
      ],
    ]
  })
}

/** One bar: what it says, the figure reached, whether that is enough; undefined when it was not measured. */
function bars(report) {
  const ours = (part, pick) => valuesOf(report, OURS, part, pick)
  const bar = (says, value, holds, digits, unit = '') => ({
    says,
    reached: Number.isFinite(value) ? `${number(value, digits)}${unit}` : number(value, digits),
    holds: Number.isNaN(value) ? undefined : holds(value),
  })
  const ratioBar = (says, part, pick, limit, by) =>
    bar(
      `${says} ≤ ${limit}×`,
      ratioOf(report, part, pick, { by }),
      (value) => value <= limit,
      3,
      '×',
    )
  const most = (says, values, limit, digits, unit) =>
    bar(`${says} ≤ ${limit}${unit}`, median(values), (value) => value <= limit, digits, unit)
  const least = (says, values, limit, digits, unit) =>
    bar(`${says} ≥ ${limit}${unit}`, median(values), (value) => value >= limit, digits, unit)
  /** The worst of all workloads and runs, and which workloads are over the limit. */
  const everywhere = (says, pick, limit, digits, unit) => {
    const worst = Object.keys(report.workloads).flatMap((name) => {
      const values = ours(name, pick)
      return values.length === 0 ? [] : [[name, Math.max(...values)]]
    })
    const value = worst.length === 0 ? NaN : Math.max(...worst.map(([, of]) => of))
    const over = worst.filter(([, of]) => of > limit).map(([name]) => name)
    const one = most(says, [value], limit, digits, unit)
    return over.length === 0 ? one : { ...one, reached: `${one.reached} (${over.join(', ')})` }
  }
  const perPicture = (r) => r.bytes_per_picture
  const cpu = (r) => r.cpu_agent_ms_per_picture
  const fps = (r) => r.fps
  const { broadband, poor } = linksOf(report)
  return [
    ratioBar('click to photon p50', 'click', (r) => r.p50_ms, 0.75),
    ratioBar('click to photon p95', 'click', (r) => r.p95_ms, 0.8),
    ratioBar('click to photon p50 beside a film', 'click-video', (r) => r.p50_ms, 0.5),
    ratioBar('bytes a picture, typing', 'typing', perPicture, 1),
    ratioBar('bytes a picture, scroll', 'scroll', perPicture, 0.1),
    ratioBar('bytes a picture, drag', 'drag', perPicture, 0.15),
    ratioBar('bytes a picture, video', 'video', perPicture, 0.25),
    least(
      'PSNR-Y of the film',
      ours('video', (r) => r.film_psnr_db),
      40,
      1,
      ' dB',
    ),
    ratioBar('bytes a picture, slides', 'slides', perPicture, 0.2),
    most(
      'idle',
      ours('idle', (r) => r.bytes_per_second),
      0,
      0,
      ' bytes/s',
    ),
    everywhere('text exact in every workload and run', (r) => r.exact_text_ms, 500, 0, ' ms'),
    everywhere('all exact in every workload and run', (r) => r.exact_all_ms, 3000, 0, ' ms'),
    least(
      'scroll, pictures of a 30/s source',
      ours('scroll', (r) => r.fps),
      28,
      1,
      '/s',
    ),
    least(
      'drag, pictures of a 30/s source',
      ours('drag', (r) => r.fps),
      28,
      1,
      '/s',
    ),
    ratioBar('agent CPU a picture, scroll', 'scroll', cpu, 0.5, fps),
    ratioBar('agent CPU a picture, drag', 'drag', cpu, 0.5, fps),
    least(
      `scroll over ${broadband.label}`,
      ours('broadband-scroll', (r) => r.fps),
      25,
      1,
      '/s',
    ),
    most(
      `click to photon p50 over ${broadband.label}`,
      ours('broadband-click', (r) => r.p50_ms),
      broadband.roundTrip + 12,
      1,
      ' ms',
    ),
    most(
      `key to photon p50 over ${poor.label}`,
      ours('poor-typing', (r) => r.p50_ms),
      poor.roundTrip + 25,
      1,
      ' ms',
    ),
    most(
      `picture behind over ${poor.label}`,
      ours('poor-age', (r) => r.behind_max_ms),
      400,
      0,
      ' ms',
    ),
    everywhere('agent memory in a session, most of all', (r) => r.rss_agent_mb, 35, 1, ' MB'),
    most(
      'idle agent CPU',
      ours('idle', (r) => r.cpu_agent_percent),
      0.05,
      2,
      ' %',
    ),
    most('agent binary', [report.agent_bytes / MB], 9, 2, ' MB'),
    most(
      'decode + draw, typing',
      ours('viewer', (r) => r.typing?.sum_ms),
      1,
      2,
      ' ms',
    ),
    most(
      'decode + draw, scroll',
      ours('viewer', (r) => r.scroll?.sum_ms),
      4,
      2,
      ' ms',
    ),
    most(
      'decode + draw, full-screen text',
      ours('viewer', (r) => r.texts?.sum_ms),
      40,
      1,
      ' ms',
    ),
  ]
}

const verdict = ({ holds }) => (holds === undefined ? 'not measured' : holds ? 'holds' : 'MISSED')

function describe({ machine, quick, runs, seed, seconds, load }) {
  return (
    `${machine.cpu}, ${machine.cores} cores, ${machine.memory_gb} GB, no GPU; ${runs} run${runs === 1 ? '' : 's'} ` +
    `from seed ${seed}, ${seconds} s for each workload${quick ? ' (quick: not to quote)' : ''}; ` +
    `load of the machine at the start ${load[0].toFixed(1)}, at the end ${load[1].toFixed(1)}`
  )
}

const linkWords = (report) =>
  report.no_link === undefined ? '' : `Not measured over links: ${report.no_link}.\n`

/** For `docs/performance.md`. */
export function markdown(report) {
  const products = Object.keys(report.results)
  const line = (cells) => `| ${cells.join(' | ')} |\n`
  const rule = (columns) => line(Array.from({ length: columns }, () => '---'))
  let text = `## ${report.date.slice(0, 10)}: the screen, side by side\n\n${describe(report)}. How: \`cargo xtask bench screen\`, see \`bench/README.md\`.\n`
  text +=
    'Medians, in parentheses the least and the most of the runs; ratios are medians of the runs’ ratios.\n\n'
  text += linkWords(report) + '\n' + line(['bar', 'reached', '']) + rule(3)
  for (const one of bars(report)) text += line([one.says, one.reached, verdict(one)])
  for (const [part, heading, rows] of parts(report)) {
    const cells = rowsOf(report, part, rows)
    if (cells.length === 0) continue
    const what = report.workloads[part]
    text += `\n### ${heading}${what === undefined ? '' : `\n\n${what}.`}\n\n`
    text += line(['', ...products, 'ratio']) + rule(products.length + 2)
    for (const row of cells) text += line(row)
  }
  if (report.failures.length > 0)
    text += `\nFailed: ${report.failures.map((failure) => failure.split('\n')[0]).join('; ')}.\n`
  return text
}

/** For people at a terminal. */
export function terminalTable(report) {
  const products = Object.keys(report.results)
  const rows = [['', ...products, 'ratio']]
  for (const [part, heading, wanted] of parts(report))
    for (const [label, ...cells] of rowsOf(report, part, wanted))
      rows.push([`${heading}: ${label}`, ...cells])
  const barRows = bars(report).map((one) => [one.says, one.reached, verdict(one)])
  const failed = report.failures.map((failure) => `failed: ${failure.split('\n')[0]}\n`).join('')
  return `${describe(report)}\n${linkWords(report)}\n${aligned(rows)}\n${aligned([['bar', 'reached', ''], ...barRows])}${failed}`
}

function aligned(rows) {
  const widths = rows[0].map((_, column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? '').length)),
  )
  return rows
    .map((cells) =>
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n')
}
