/**
 * What a session looks and feels like, measured: this product and the peer on the same display with the same programs, in one
 * run. Started by `cargo xtask bench screen`; the method and how to read the figures are in README.md.
 *
 * Here: who is measured when, and where the figures go. `lib/apps.mjs` has the workloads, `lib/measure.mjs` one measurement,
 * `lib/report.mjs` the tables and the bars.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { WORKLOADS } from './lib/apps.mjs'
import { furnish, startDisplay } from './lib/display.mjs'
import { Link, linkOf, PROFILES } from './lib/links.mjs'
import { ageOf, idleOf, pressesOf, viewerOf, workloadOf } from './lib/measure.mjs'
import { MeshCentral } from './lib/mesh.mjs'
import { Programs } from './lib/processes.mjs'
import { Farol, Peer } from './lib/products.mjs'
import { markdown, terminalTable } from './lib/report.mjs'

const here = import.meta.dirname
// The browser driver is one of the console's packages.
const { chromium } = createRequire(join(here, '../web/package.json'))('@playwright/test')

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    runs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'no-peer': { type: 'boolean', default: false },
    link: { type: 'string' },
  },
})
const quick = given.quick
/** A measurement that takes longer hangs; what it left on the display would spoil those after it, so the run ends there. */
const HANGS_MS = 240_000
const RUNS = Number(given.runs ?? (quick ? 1 : 3))
const SEED = Number(given.seed)
const SECONDS = quick ? 5 : 10
const PRESSES = quick ? 30 : 150
/** Over which links the far parts are measured, by the names of their profiles. */
const LINKS =
  given.link === undefined
    ? PROFILES
    : Object.fromEntries(Object.keys(PROFILES).map((name) => [name, linkOf(given.link)]))
const IDLE_SECONDS = quick ? 8 : 30

/** Everything that is measured on this machine, by name. */
const PARTS = {
  click: (bench, product) => pressesOf(bench, product, { count: PRESSES }),
  'click-video': (bench, product) => pressesOf(bench, product, { count: PRESSES, beside: true }),
  ...Object.fromEntries(
    Object.keys(WORKLOADS).map((name) => [
      name,
      (bench, product) => workloadOf(bench, product, name),
    ]),
  ),
  idle: (bench, product) => idleOf(bench, product, IDLE_SECONDS),
  viewer: viewerOf,
}

/** What is measured over a link, by name: the profile and how. */
const FAR_PARTS = {
  'broadband-scroll': ['broadband', (bench, product) => workloadOf(bench, product, 'scroll')],
  'broadband-click': [
    'broadband',
    (bench, product) => pressesOf(bench, product, { count: Math.ceil(PRESSES / 2) }),
  ],
  'poor-typing': [
    'poor',
    (bench, product) => pressesOf(bench, product, { count: Math.ceil(PRESSES / 2), key: 'k' }),
  ],
  'poor-age': ['poor', (bench, product) => ageOf(bench, product, quick ? 10 : 20)],
}

const wanted = (name) => given.only === undefined || given.only.includes(name)
const say = (text) => console.log(text)
const chromiumBin = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium'

function launch(executablePath) {
  return chromium.launch({
    executablePath,
    args: ['--disable-gpu', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
  })
}

class Hangs extends Error {}

function inTime(work) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Hangs('it hangs; the run ends here')), HANGS_MS)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** Runs parts for all products, who begins taking turns; a part that fails is told and leaves its figure out. */
async function measureAll(bench, products, parts, results, turn) {
  const order = turn % 2 === 0 ? products : [...products].reverse()
  for (const [name, measure] of parts) {
    for (const product of order) {
      say(`  ${name}: ${product.name}`)
      const into = ((results[product.name] ??= {})[name] ??= [])
      try {
        const figures = await inTime(measure(bench, product))
        if (figures !== undefined) into.push({ seed: bench.seed, ...figures })
      } catch (error) {
        failures.push(`${name}, ${product.name}: ${error.message}`)
        say(`    failed: ${error.stack ?? error}`)
        if (error instanceof Hangs) throw error
      }
    }
  }
}

const makeProducts = () => [new Farol(), ...(given['no-peer'] ? [] : [new Peer()])]
const withMesh = () => !given['no-peer'] && MeshCentral.isThere()

async function near(bench, results) {
  const parts = Object.entries(PARTS).filter(([name]) => wanted(name))
  if (parts.length === 0) return
  const products = [...makeProducts(), ...(withMesh() ? [new MeshCentral()] : [])]
  for (const product of products) await product.start(bench.programs, bench.display, bench.folder)
  const browser = await launch(chromiumBin)
  let manager
  for (let turn = 0; turn < RUNS; turn++) {
    const seed = SEED + turn
    say(`run ${turn + 1} of ${RUNS}, seed ${seed}`)
    manager = await furnish(bench, seed, manager)
    await measureAll({ ...bench, browser, seed }, products, parts, results, turn)
  }
  await browser.close()
  for (const child of products.flatMap(({ processes }) => Object.values(processes)))
    await bench.programs.stop(child)
  if (manager) await bench.programs.stop(manager)
}

async function far(bench, results) {
  const parts = Object.entries(FAR_PARTS).filter(([name]) => wanted(name))
  if (parts.length === 0) return undefined
  const missing = Link.missing()
  if (missing !== undefined) return missing
  link = new Link()
  const inside = new Programs(bench.folder)
  insides.push(inside)
  try {
    await link.start(inside, bench.folder)
    const products = makeProducts()
    for (const product of products)
      await product.start(inside, bench.display, bench.folder, link.far)
    const browser = await launch(link.browser(bench.folder, chromiumBin))
    let manager
    for (let turn = 0; turn < RUNS; turn++) {
      const seed = SEED + turn
      say(`over a link, run ${turn + 1} of ${RUNS}, seed ${seed}`)
      manager = await furnish(bench, seed, manager)
      for (const [name, [profile, measure]] of parts) {
        const over = { ...bench, browser, seed, link, profile: LINKS[profile] }
        await measureAll(over, products, [[name, measure]], results, turn)
      }
    }
    await browser.close()
    if (manager) await bench.programs.stop(manager)
    return undefined
  } finally {
    await inside.stopAll()
    link.stop()
    link = undefined
  }
}

const folder = mkdtempSync(join(tmpdir(), 'farol-bench-'))
const programs = new Programs(folder)
const failures = []
/** The slow network, when there is one, and the programs in it. */
let link
const insides = []
const stop = async () => {
  for (const some of [...insides, programs]) await some.stopAll()
  link?.stop()
  if (failures.length === 0) rmSync(folder, { recursive: true, force: true })
}
for (const name of ['SIGINT', 'SIGTERM'])
  process.once(name, () => void stop().then(() => process.exit(1)))

try {
  const display = await startDisplay(programs, folder)
  const bench = { programs, display, folder, chromium, chromiumBin, quick, seconds: SECONDS }
  const results = {}
  const load = [loadavg()[0]]
  let noLink
  try {
    await near(bench, results)
    noLink = await far(bench, results)
  } catch (error) {
    // What was measured before is worth being kept.
    failures.push(String(error))
    console.error(`error: ${error.stack ?? error}`)
  }
  load.push(loadavg()[0])
  const report = {
    date: new Date().toISOString(),
    ...{ quick, runs: RUNS, seed: SEED, seconds: SECONDS, load, failures, no_link: noLink },
    machine: {
      cpu: cpus()[0]?.model ?? '?',
      cores: cpus().length,
      memory_gb: Math.round(totalmem() / 2 ** 30),
    },
    links: LINKS,
    agent_bytes: statSync(process.env.FAROL_AGENT_BIN).size,
    workloads: Object.fromEntries(
      Object.entries(WORKLOADS).map(([name, { what }]) => [name, what]),
    ),
    results,
  }
  const out = join(here, 'out')
  mkdirSync(out, { recursive: true })
  // JSON has no infinity: a time that is infinite never came, a PSNR that is infinite is exact.
  const plain = (_, value) => (value === Infinity ? 'infinite' : value)
  writeFileSync(join(out, 'screen.json'), JSON.stringify(report, plain, 2))
  writeFileSync(join(out, 'screen.md'), markdown(report))
  say(`\n${terminalTable(report)}\nwritten to ${join(out, 'screen.md')} and screen.json`)
  if (failures.length > 0) process.exitCode = 1
} catch (error) {
  failures.push(String(error))
  console.error(`error: ${error.stack ?? error}`)
  process.exitCode = 1
} finally {
  await stop()
  if (failures.length > 0) console.error(`logs are kept in ${folder}`)
}
process.exit()
