/**
 * The benchmark: this product and the peer, side by side on the same display with the same contents, in one run.
 * Started by `cargo xtask bench`; the method and how to read the figures are in README.md.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { SCREEN, startDisplay } from './lib/display.mjs'
import { pictureOf, pressToPhoton, startCounting, stopCounting } from './lib/page.mjs'
import { cpuSeconds, memoryMb, Programs, sleep } from './lib/processes.mjs'
import { Farol, Peer } from './lib/products.mjs'
import { spread } from './lib/statistics.mjs'

const here = import.meta.dirname
// The browser driver is one of the console's packages.
const { chromium } = createRequire(join(here, '../web/package.json'))('@playwright/test')

const quick = process.argv.includes('--quick')
const withPeer = !process.argv.includes('--no-peer')
const only = process.argv.includes('--only')
  ? process.argv[process.argv.indexOf('--only') + 1]
  : undefined

const CLICKS = quick ? 40 : 200
const HANDSHAKES = quick ? 5 : 25
const SECONDS = quick ? 5 : 15
const IDLE_SECONDS = quick ? 10 : 30
/** Each workload and the part of the screen where its pictures are counted. */
const WORKLOADS = {
  typing: [300, 180, 900, 640],
  scroll: [0, 200, 1920, 400],
  drag: [0, 0, 1920, 1080],
  video: [480, 270, 960, 540],
  flips: [0, 0, 1920, 1080],
}

const wanted = (part) => only === undefined || only === part
const say = (text) => console.log(text)

/** Shows one scene; `go` lets it move, `done` tells how many frames it drew. */
async function scene(programs, display, name, seconds) {
  const args = [name, '--seconds', String(seconds), '--wait']
  const child = programs.start('workload', process.env.FAROL_WORKLOAD_BIN, args, {
    env: display.env,
    pipes: true,
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => (await lines.next()).value ?? ''
  if ((await next()) !== 'ready') throw new Error(`the workload ${name} did not start`)
  return {
    child,
    go: () => child.stdin.write('go\n'),
    done: async () => Number(/frames (\d+)/.exec(await next())?.[1] ?? 0),
  }
}

async function openPage(browser, product) {
  const context = await browser.newContext({
    viewport: { width: SCREEN.width + 80, height: SCREEN.height + 120 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  await product.open(page)
  await pictureOf(page, product.canvas, SCREEN)
  await product.counter.settle()
  return { page, close: () => context.close() }
}

async function latency({ browser, programs, display }, product) {
  const shown = programs.start('click', process.env.FAROL_WORKLOAD_BIN, ['click'], {
    env: display.env,
    pipes: true,
  })
  const lines = createInterface({ input: shown.stdout })
  await new Promise((resolve) => lines.once('line', resolve))
  const { page, close } = await openPage(browser, product)
  const middle = { x: SCREEN.width / 2, y: SCREEN.height / 2 }
  const times = await pressToPhoton(page, product.canvas, middle, CLICKS, (line) =>
    say(`    ${line}`),
  )
  await close()
  lines.close()
  await programs.stop(shown)
  const { count: clicks, ...others } = spread(times)
  return { clicks, ...others }
}

async function workload({ browser, programs, display }, product, name) {
  const shown = await scene(programs, display, name, SECONDS)
  const { page, close } = await openPage(browser, product)
  await startCounting(page, product.canvas, WORKLOADS[name])
  await product.counter.settle()
  const { agent, server } = product.processes
  const before = {
    bytes: product.counter.toBrowser,
    agent: cpuSeconds([agent]),
    server: cpuSeconds([server]),
    display: cpuSeconds([display.xvfb]),
  }
  shown.go()
  const drawn = await shown.done()
  const frames = await stopCounting(page)
  const cpu = {
    agent: cpuSeconds([agent]) - before.agent,
    server: cpuSeconds([server]) - before.server,
    display: cpuSeconds([display.xvfb]) - before.display,
  }
  const bytes = product.counter.toBrowser - before.bytes
  const memory = { agent: memoryMb(agent), server: memoryMb(server) }
  await close()
  await programs.stop(shown.child)
  return {
    ...{
      seconds: SECONDS,
      frames_drawn: drawn,
      frames_shown: frames,
      fps: frames / SECONDS,
      bytes,
    },
    bytes_per_second: bytes / SECONDS,
    // A picture that arrives in parts is seen several times and still is one picture.
    bytes_per_frame: bytes / Math.max(1, Math.min(frames, drawn)),
    cpu_agent_percent: (cpu.agent / SECONDS) * 100,
    cpu_server_percent: (cpu.server / SECONDS) * 100,
    cpu_display_percent: (cpu.display / SECONDS) * 100,
    ...{ rss_agent_mb: memory.agent, rss_server_mb: memory.server },
  }
}

async function idle({ browser, programs, display }, product) {
  const shown = await scene(programs, display, 'idle', 0)
  const { close } = await openPage(browser, product)
  await sleep(2000)
  const { agent, server } = product.processes
  const before = {
    agent: cpuSeconds([agent]),
    server: cpuSeconds([server]),
    bytes: product.counter.toBrowser,
  }
  await sleep(IDLE_SECONDS * 1000)
  const result = {
    seconds: IDLE_SECONDS,
    cpu_agent_percent: ((cpuSeconds([agent]) - before.agent) / IDLE_SECONDS) * 100,
    cpu_server_percent: ((cpuSeconds([server]) - before.server) / IDLE_SECONDS) * 100,
    bytes_per_second: (product.counter.toBrowser - before.bytes) / IDLE_SECONDS,
    ...{ rss_agent_mb: memoryMb(agent), rss_server_mb: memoryMb(server) },
  }
  await close()
  await programs.stop(shown.child)
  return result
}

/** How long the handshake takes in the browser, as the viewer's worker measures it. Each connection is a page of its own. */
async function handshake({ browser }, product) {
  if (!product.sealed) return undefined
  const times = []
  for (let connection = 0; connection < HANDSHAKES; connection += 1) {
    const { page, close } = await openPage(browser, product)
    for (const worker of page.workers())
      times.push(
        ...(await worker.evaluate(() =>
          performance.getEntriesByName('pipe handshake', 'measure').map(({ duration }) => duration),
        )),
      )
    await close()
  }
  if (times.length < HANDSHAKES)
    throw new Error(`${times.length} of ${HANDSHAKES} handshakes were measured`)
  return spread(times)
}

const number = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '–')

/** One line a measure: name, each product's value, ours divided by the peer's. */
function table(results) {
  const products = Object.keys(results)
  const rows = []
  const row = (label, pick, digits = 1) => {
    const values = products.map((product) => pick(results[product]))
    if (values.every((value) => value === undefined)) return
    const ratio = values.length === 2 ? number(values[0] / values[1], 2) : ''
    rows.push([label, ...values.map((value) => number(value, digits)), ratio])
  }
  row('click to photon, p50 ms', (r) => r.latency?.p50_ms)
  row('click to photon, p95 ms', (r) => r.latency?.p95_ms)
  row('handshake, p50 ms', (r) => r.handshake?.p50_ms)
  row('handshake, p95 ms', (r) => r.handshake?.p95_ms)
  for (const name of Object.keys(WORKLOADS)) {
    row(`${name}: KB/s`, (r) => r[name] && r[name].bytes_per_second / 1000)
    row(`${name}: pictures/s`, (r) => r[name]?.fps)
    row(`${name}: KB/picture`, (r) => r[name] && r[name].bytes_per_frame / 1000)
    row(`${name}: CPU % (agent side)`, (r) => r[name]?.cpu_agent_percent)
    row(`${name}: CPU % (server side)`, (r) => r[name]?.cpu_server_percent)
    row(`${name}: CPU % (X display)`, (r) => r[name]?.cpu_display_percent)
  }
  row('idle: CPU % (agent side)', (r) => r.idle?.cpu_agent_percent, 2)
  row('idle: CPU % (server side)', (r) => r.idle?.cpu_server_percent, 2)
  row('idle: bytes/s', (r) => r.idle?.bytes_per_second, 0)
  row('memory MB (agent side)', (r) => r.idle?.rss_agent_mb)
  row('memory MB (server side)', (r) => r.idle?.rss_server_mb)
  const head = ['', ...products, products.length === 2 ? 'ratio' : '']
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => cells[column].length)),
  )
  for (const cells of [head, ...rows]) {
    say(
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  '),
    )
  }
}

const folder = mkdtempSync(join(tmpdir(), 'farol-bench-'))
const programs = new Programs(folder)
const results = {}
let failed = false
const stop = async () => {
  await programs.stopAll()
  if (!failed) rmSync(folder, { recursive: true, force: true })
}
for (const name of ['SIGINT', 'SIGTERM'])
  process.once(name, () => void stop().then(() => process.exit(1)))

try {
  const display = await startDisplay(programs, folder)
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
    args: ['--disable-gpu', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
  })
  const bench = { browser, programs, display }
  const products = [new Farol(), ...(withPeer ? [new Peer()] : [])]
  for (const product of products) {
    await product.start(programs, display, folder)
    results[product.name] = {}
  }
  const parts = [
    ['latency', latency],
    ['handshake', handshake],
    ...Object.keys(WORKLOADS).map((name) => [name, (b, product) => workload(b, product, name)]),
    ['idle', idle],
  ]
  for (const [part, measure] of parts.filter(([part]) => wanted(part))) {
    for (const product of products) {
      say(`  ${part}: ${product.name}`)
      results[product.name][part] = await measure(bench, product)
    }
  }
  await browser.close()
  const machine = {
    cpu: cpus()[0]?.model ?? '?',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
  }
  say(
    `\n${machine.cpu}, ${machine.cores} cores, ${machine.memory_gb} GB; ${quick ? 'quick run' : 'full run'}\n`,
  )
  table(results)
  const out = join(here, 'out')
  mkdirSync(out, { recursive: true })
  const file = join(out, `${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`)
  writeFileSync(
    file,
    JSON.stringify({ date: new Date().toISOString(), quick, machine, results }, null, 2),
  )
  say(`\nwritten to ${file}`)
} catch (error) {
  failed = true
  console.error(`error: ${error.stack ?? error}\nlogs are kept in ${folder}`)
  process.exitCode = 1
} finally {
  await stop()
}
process.exit()
