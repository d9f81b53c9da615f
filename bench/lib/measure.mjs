/**
 * One measurement of one product: opens its viewer, lets a workload move, and returns figures. What the figures mean stands in
 * README.md; who is measured when is decided in `screen.mjs`.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { scene, stillDesktop, texts, video, WORKLOADS } from './apps.mjs'
import { settled } from './counter.mjs'
import { linesOf, SCREEN, tool, workload } from './display.mjs'
import { CLEAR } from './links.mjs'
import { pictureOf, pressToPhoton } from './page.mjs'
import {
  prepare,
  samplesOf,
  startResting,
  startWatching,
  stopResting,
  stopWatching,
} from './probe.mjs'
import { cpuSeconds, memoryMb, sleep } from './processes.mjs'
import { behind, fingerprint, median, psnr, quantile, spread } from './statistics.mjs'

/** How long a screen is looked at after everything on it has stopped. */
const REST_SECONDS = 4
const WHOLE = [[0, 0, SCREEN.width, SCREEN.height]]

/**
 * A viewer with the first picture drawn; `close` ends the session. A slow link becomes slow when the picture is there: how long a
 * page takes to load is another question.
 */
async function openViewer({ browser, link, profile }, product) {
  await link?.set(CLEAR)
  const context = await browser.newContext({
    viewport: { width: SCREEN.width + 80, height: SCREEN.height + 120 },
    ignoreHTTPSErrors: true,
  })
  const page = await context.newPage()
  await product.open(page)
  await pictureOf(page, product.canvas, SCREEN)
  const settle = () => settled(() => bytesSoFar(link, product))
  await settle()
  await link?.set(profile)
  return { page, settle, close: () => context.close() }
}

/** Bytes that came to the browser so far. */
const bytesSoFar = (link, product) => (link ? link.bytesToBrowser() : product.counter.toBrowser)

/** What a product has used so far. */
async function used(bench, product) {
  const { agent, server } = product.processes
  return {
    at: performance.now(),
    bytes: await bytesSoFar(bench.link, product),
    agent: cpuSeconds([agent]),
    server: cpuSeconds([server]),
    display: cpuSeconds([bench.display.xvfb]),
  }
}

/** CPU in percent of a core, bytes and seconds between two looks. */
function between(before, after) {
  const seconds = (after.at - before.at) / 1000
  const percent = (name) => ((after[name] - before[name]) / seconds) * 100
  return {
    seconds,
    bytes: after.bytes - before.bytes,
    cpu_agent_seconds: after.agent - before.agent,
    cpu_agent_percent: percent('agent'),
    cpu_server_percent: percent('server'),
    cpu_display_percent: percent('display'),
  }
}

/** A workload from still to still: pictures, bytes, CPU, and how soon everything is exact. */
export async function workloadOf(bench, product, name) {
  const { start, look } = WORKLOADS[name]
  const app = await start(bench)
  const { page, settle, close } = await openViewer(bench, product)
  try {
    await prepare(page, product.canvas)
    await startWatching(page, look)
    await settle()
    const before = await used(bench, product)
    app.go()
    const drawn = await app.done()
    const stopped = Date.now()
    const moving = between(before, await used(bench, product))
    const seen = await stopWatching(page)
    // A picture that arrives in parts is seen several times and still is one picture.
    const pictures = drawn > 0 && name !== 'flood' ? Math.min(seen.pictures, drawn) : seen.pictures
    const rest = await restOf(bench, page, await app.text(), stopped)
    const bytesAfter = (await used(bench, product)).bytes - before.bytes - moving.bytes
    const { agent, server } = product.processes
    const memory = { rss_agent_mb: memoryMb(agent), rss_server_mb: memoryMb(server) }
    const samples = await samplesOf(page)
    await close()
    const quality = samples.length > 0 ? await filmQuality(bench, app, samples) : {}
    return {
      ...moving,
      drawn_per_second: drawn / moving.seconds,
      pictures_seen: seen.pictures,
      pictures,
      fps: pictures / moving.seconds,
      bytes_per_picture: moving.bytes / Math.max(1, pictures),
      cpu_agent_ms_per_picture: (moving.cpu_agent_seconds * 1000) / Math.max(1, pictures),
      bytes_after: bytesAfter,
      ...rest,
      ...memory,
      ...quality,
    }
  } finally {
    await close()
    await app.stop()
  }
}

/** How long after the last change on the display the canvas became exact, in text and everywhere; ms, infinite when it did not. */
async function restOf(bench, page, text, stopped) {
  const file = join(bench.folder, 'rest')
  await startResting(page, text)
  const told = await tool(bench.display, 'rest', '--seconds', String(REST_SECONDS), '--out', file)
  const { changes, pixels } = await stopResting(page)
  const truth = readFileSync(file)
  const last = /^last (\d+)/.exec(told)
  const since = Math.max(stopped, last ? Number(last[1]) / 1000 : 0)
  const words = new Uint32Array(truth.buffer, truth.byteOffset, truth.length / 4)
  const exactAfter = (part, rects) => {
    const wanted = fingerprint(words, SCREEN.width, rects)
    if (changes.at(-1)?.[part] !== wanted) return Infinity
    let first = changes.length - 1
    while (first > 0 && changes[first - 1][part] === wanted) first -= 1
    return Math.max(0, changes[first].at - since)
  }
  return {
    exact_text_ms: exactAfter('text', text),
    exact_all_ms: exactAfter('all', WHOLE),
    rest_psnr_text_db: psnr(pixels, truth, SCREEN.width, text),
    rest_psnr_db: psnr(pixels, truth, SCREEN.width, WHOLE),
  }
}

/** The pictures that were sampled on the canvas against the same pictures on the display; dB of the brightness. */
async function filmQuality(bench, app, samples) {
  const folder = join(bench.folder, 'film')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const numbers = [...new Set(samples.map(({ number }) => number))]
  await app.play()
  await tool(
    bench.display,
    ...['frames', '--area', app.film.join(), '--numbers', numbers.join(), '--out', folder],
    ...['--seconds', '25'],
  )
  const [, , width, height] = app.film
  const values = []
  for (const { number, data } of samples) {
    try {
      const truth = readFileSync(join(folder, String(number)))
      values.push(psnr(data, truth, width, [[0, 0, width, height]]))
    } catch {
      // It did not come up again in time; the others tell.
    }
  }
  return {
    film_psnr_db: median(values),
    film_psnr_worst_db: quantile(values, 0),
    film_pictures_compared: values.length,
  }
}

/** From the press of a button (or key) to the change of the pixel under it; with `beside` a film plays elsewhere. */
export async function pressesOf(bench, product, { key, beside = false, count }) {
  const { programs, display, seed } = bench
  const film = beside ? await video(bench) : undefined
  const at = [120, 120]
  const place = beside ? ['--at', at.join()] : []
  const child = programs.start('click', workload(), ['click', '--seed', String(seed), ...place], {
    env: display.env,
    pipes: true,
  })
  try {
    if ((await linesOf(child)()) !== 'ready') throw new Error('there is nothing to click on')
    child.stdout.resume()
    const { page, close } = await openViewer(bench, product)
    await film?.play()
    if (beside) await sleep(1500)
    const middle = beside
      ? { x: at[0] + 120, y: at[1] + 60 }
      : { x: SCREEN.width / 2, y: SCREEN.height / 2 }
    const times = await pressToPhoton(page, product.canvas, { ...middle, key }, count, (line) =>
      console.log(`    ${line}`),
    )
    await close()
    return spread(times)
  } finally {
    await programs.stop(child)
    await film?.stop()
  }
}

/** A still desktop with an open session. */
export async function idleOf(bench, product, seconds) {
  const app = await stillDesktop(bench)
  try {
    const { close } = await openViewer(bench, product)
    await sleep(3000)
    const before = await used(bench, product)
    await sleep(seconds * 1000)
    const figures = between(before, await used(bench, product))
    const { agent, server } = product.processes
    const memory = { rss_agent_mb: memoryMb(agent), rss_server_mb: memoryMb(server) }
    await close()
    return { ...figures, bytes_per_second: figures.bytes / figures.seconds, ...memory }
  } finally {
    await app.stop()
  }
}

/** Decode and draw in our viewer, as its overlay says it; nothing else runs in the page. Milliseconds, means over 3 s each. */
export async function viewerOf(bench, product) {
  if (product.statistics === undefined) return undefined
  const figures = {}
  const parts = { typing: WORKLOADS.typing.start, scroll: WORKLOADS.scroll.start, texts }
  for (const [name, start] of Object.entries(parts)) {
    const app = await start({ ...bench, seconds: 5 })
    try {
      const { page, close } = await openViewer(bench, product)
      app.go()
      await sleep(4300)
      const { stages } = await product.statistics(page)
      await app.done()
      await close()
      figures[name] = {
        decode_ms: stages.decode / 1000,
        draw_ms: stages.draw / 1000,
        sum_ms: (stages.decode + stages.draw) / 1000,
      }
    } finally {
      await app.stop()
    }
  }
  return figures
}

/** How old the newest picture is, at most, while small things change all the time and now and then everything. */
export async function ageOf(bench, product, seconds) {
  const app = await scene(bench, 'ticker', { seconds })
  try {
    const { page, close } = await openViewer(bench, product)
    await prepare(page, product.canvas)
    await sleep(3000)
    await startWatching(page, { area: [0, 0, 288, 32], every: 1, bars: [0, 0] })
    app.go()
    await app.done()
    const { numbers, end } = await stopWatching(page)
    await close()
    const lags = behind(app.steps, numbers, end)
    return {
      numbers_seen: numbers.length,
      numbers_drawn: app.steps.size,
      behind_p50_ms: quantile(lags, 0.5),
      behind_max_ms: quantile(lags, 1),
    }
  } finally {
    await app.stop()
  }
}
