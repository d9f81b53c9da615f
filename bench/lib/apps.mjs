/**
 * What is on the screen while something is measured: real programs where there are some, scenes of our own elsewhere.
 *
 * Each workload starts to a still screen and gives back
 *   go()    lets it move,
 *   done()  resolves when it has stopped by itself; how many pictures (letters, steps) it drew, if it knows,
 *   text()  rectangles that hold text and must be exact soon,
 *   stop()  ends it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

import { cut, linesOf, placeOfWindow, SCREEN, stillness, workload, xdotool } from './display.mjs'
import { sleep, until } from './processes.mjs'
import { spreadsheet } from './sheet.mjs'

const WHOLE = [0, 0, SCREEN.width, SCREEN.height]
const FILM = { width: 960, height: 540, fps: 30, place: [640, 300] }
const BARS_HEIGHT = 32
/** Terminals: paper and ink, size of the letters. */
const TERMINALS = [
  ['#ffffff', '#1c1c1c', 11],
  ['#1e1e2e', '#d8dee9', 12],
  ['#fdf6e3', '#586e75', 10],
  ['#000000', '#c8c8c8', 13],
]

const colorsOf = (seed) => TERMINALS[seed % TERMINALS.length]

let counter = 0

/** A terminal (xterm) in which the workload writes. */
async function terminal(bench, kind, { geometry, seconds = bench.seconds }) {
  const { programs, display, folder, seed } = bench
  counter += 1
  const [socket, title] = [join(folder, `terminal-${counter}`), `bench-terminal-${counter}`]
  const server = createServer()
  await new Promise((resolve) => server.listen(socket, resolve))
  const [paper, ink, size] = colorsOf(seed)
  const child = programs.start(
    'xterm',
    'xterm',
    [
      ...['-fa', 'DejaVu Sans Mono', '-fs', String(size), '-bg', paper, '-fg', ink, '+sb'],
      ...(geometry === 'full' ? ['-fullscreen'] : ['-geometry', geometry]),
      ...[
        '-title',
        title,
        '-xrm',
        'XTerm*allowTitleOps: false',
        '-e',
        workload(),
        'terminal',
        kind,
      ],
      ...['--socket', socket, '--seed', String(seed), '--seconds', String(seconds)],
    ],
    { env: display.env },
  )
  const [connection] = await Promise.race([
    once(server, 'connection'),
    once(child, 'exit').then(() => Promise.reject(new Error('the terminal did not start'))),
  ])
  const lines = createInterface({ input: connection })[Symbol.asyncIterator]()
  const next = async () => (await lines.next()).value ?? ''
  if ((await next()) !== 'ready') throw new Error(`the terminal shows no ${kind}`)
  const place = () => placeOfWindow(display, title)
  return {
    place,
    go: () => connection.write('go\n'),
    done: async () => Number(/frames (\d+)/.exec(await next())?.[1] ?? 0),
    text: async () => [await place()],
    stop: async () => {
      connection.destroy()
      await programs.stop(child)
      server.close()
    },
  }
}

/** One of the workload's own scenes; `text` are the rectangles with text. */
export async function scene(bench, name, { seconds = bench.seconds, text = [], args = [] } = {}) {
  const { programs, display, seed } = bench
  const child = programs.start(
    'workload',
    workload(),
    [...[name, '--seconds', String(seconds), '--wait', '--seed', String(seed), ...args]],
    { env: display.env, pipes: true },
  )
  const next = linesOf(child)
  if ((await next()) !== 'ready') throw new Error(`the scene ${name} did not start`)
  const steps = new Map()
  return {
    steps,
    go: () => child.stdin.write('go\n'),
    done: async () => {
      for (let line = await next(); line !== undefined; line = await next()) {
        const step = /^step (\d+) (\d+)/.exec(line)
        if (step) steps.set(Number(step[1]), Number(step[2]) / 1000)
        else if (line.startsWith('frames')) return Number(/frames (\d+)/.exec(line)[1])
      }
      throw new Error(`the scene ${name} ended before its time`)
    },
    text: async () => text,
    stop: () => programs.stop(child),
  }
}

/** A long page in Chromium, scrolled in steps of 24 and later 60 pixels, 30 a second. */
async function web(bench) {
  const { chromium, display, folder, seed, seconds } = bench
  const profile = join(folder, `web-${(counter += 1)}`)
  const context = await chromium.launchPersistentContext(profile, {
    headless: false,
    executablePath: bench.chromiumBin,
    viewport: null,
    ignoreDefaultArgs: ['--enable-automation', '--hide-scrollbars'],
    env: { ...process.env, ...display.env },
    args: [
      ...['--kiosk', '--disable-gpu', '--test-type', '--no-first-run', '--password-store=basic'],
      ...['--window-position=0,0', `--window-size=${SCREEN.width},${SCREEN.height}`],
      ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
    ],
  })
  const page = context.pages()[0] ?? (await context.newPage())
  const file = pathToFileURL(join(import.meta.dirname, '../pages/handbook.html')).href
  await page.goto(`${file}?seed=${seed}`)
  await page.waitForFunction(() => globalThis.handbookReady === true)
  await until('the browser fills the screen', () =>
    page.evaluate(
      ([w, h]) => innerWidth >= w - 20 && innerHeight >= h - 5,
      [SCREEN.width, SCREEN.height],
    ),
  )
  await stillness(display, folder)
  let moving
  return {
    go: () => {
      moving = page.evaluate((time) => globalThis.scrollHandbook(time), seconds)
    },
    done: () => moving,
    text: async () =>
      (await page.evaluate(() => globalThis.textInSight()))
        .map(cut)
        .filter(([, , w, h]) => w * h > 0),
    stop: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

/** A terminal with text, taken by its title bar and moved over the background. */
async function drag(bench) {
  const { programs, display } = bench
  const shown = await terminal(bench, 'text', { geometry: '84x30+200+150' })
  const [x, y] = await shown.place()
  const hand = programs.start(
    'hand',
    workload(),
    [...['hand', '--at', `${x + 120},${y - 10}`, '--seconds', String(bench.seconds), '--wait']],
    { env: display.env, pipes: true },
  )
  const next = linesOf(hand)
  if ((await next()) !== 'ready') throw new Error('there is no hand to move the window')
  return {
    go: () => hand.stdin.write('go\n'),
    done: async () => Number(/frames (\d+)/.exec(await next())?.[1] ?? 0),
    text: shown.text,
    stop: async () => {
      await programs.stop(hand)
      await shown.stop()
    },
  }
}

/** The film of a seed, made once: numbered pictures, encoded as films are. */
async function filmOf(bench) {
  const { seed, quick } = bench
  const frames = quick ? 150 : 300
  const folder = join(import.meta.dirname, '../out/films')
  const file = join(folder, `${seed}-${frames}.mp4`)
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  const part = `${file}.part.mp4`
  const from = spawn(workload(), ['clip', '--seed', String(seed), '--frames', String(frames)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const to = spawn(
    'ffmpeg',
    [
      ...['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-r', String(FILM.fps)],
      ...[
        '-s',
        `${FILM.width}x${FILM.height}`,
        '-i',
        '-',
        '-c:v',
        'libx264',
        '-preset',
        'veryfast',
      ],
      ...['-b:v', '1500k', '-pix_fmt', 'yuv420p', part],
    ],
    { stdio: ['pipe', 'inherit', 'inherit'] },
  )
  from.stdout.pipe(to.stdin)
  const [code] = await once(to, 'exit')
  if (code !== 0) throw new Error('the film could not be encoded')
  renameSync(part, file)
  return file
}

/** A player (mpv) with the film, at its own size over a terminal with text. */
export async function video(bench) {
  const { programs, display, folder } = bench
  const film = await filmOf(bench)
  const behind = await terminal(bench, 'text', { geometry: '70x50+20+40' })
  const socket = join(folder, `player-${(counter += 1)}`)
  const [x, y] = FILM.place
  const child = programs.start(
    'mpv',
    'mpv',
    [
      ...[
        '--no-config',
        '--vo=x11',
        '--hwdec=no',
        '--no-audio',
        '--osd-level=0',
        '--no-osc',
        '--no-border',
      ],
      ...[`--geometry=${FILM.width}x${FILM.height}+${x}+${y}`, '--no-keepaspect-window', '--ontop'],
      ...[
        '--loop-file=inf',
        '--pause',
        '--cursor-autohide=no',
        `--input-ipc-server=${socket}`,
        film,
      ],
    ],
    { env: display.env },
  )
  await until('the player answers', () => existsSync(socket))
  const control = connect(socket)
  await once(control, 'connect')
  const waiting = new Map()
  createInterface({ input: control }).on('line', (line) => {
    const { request_id: request, data } = JSON.parse(line)
    waiting.get(request)?.(data)
    waiting.delete(request)
  })
  const ask = (...command) =>
    new Promise((resolve) => {
      const request = (counter += 1)
      waiting.set(request, resolve)
      control.write(`${JSON.stringify({ command, request_id: request })}\n`)
    })
  await until(
    'the film is there',
    async () => (await ask('get_property', 'vo-configured')) === true,
  )
  await stillness(display, folder)
  return {
    film: [x, y, FILM.width, FILM.height],
    go: () => void ask('set_property', 'pause', false),
    play: () => ask('set_property', 'pause', false),
    done: async () => {
      const before = Number((await ask('get_property', 'frame-drop-count')) ?? 0)
      await sleep(bench.seconds * 1000)
      await ask('set_property', 'pause', true)
      const lost = Number((await ask('get_property', 'frame-drop-count')) ?? 0) - before
      return Math.round(bench.seconds * FILM.fps - lost)
    },
    text: async () => {
      const [left, top, width, height] = await behind.place()
      return [[left, top, Math.min(width, x - left - 4), height]]
    },
    stop: async () => {
      control.destroy()
      await programs.stop(child)
      await behind.stop()
    },
  }
}

/** LibreOffice Calc: numbers and formulas are typed, the sheet scrolls when the cursor leaves it. */
async function calc(bench) {
  const { programs, display, folder, seed, seconds } = bench
  const file = join(folder, `bench-sheet-${seed}.fods`)
  const { text, keys } = spreadsheet(seed, seconds)
  writeFileSync(file, text)
  const child = programs.start(
    'soffice',
    'soffice',
    [
      ...['--calc', '--norestore', '--nologo', '--nofirststartwizard', '--nolockcheck'],
      ...[`-env:UserInstallation=${pathToFileURL(join(folder, 'office')).href}`, file],
    ],
    { env: display.env },
  )
  const title = `bench-sheet-${seed}`
  const place = await placeOfWindow(display, title)
  await stillness(display, folder, 40)
  // Whatever greets on a first start goes away; the cursor stands in the first free row.
  await xdotool(display, 'key', 'Escape')
  await stillness(display, folder)
  let typing
  return {
    go: () => {
      typing = programs.start('xdotool', 'xdotool', ['-'], { env: display.env, pipes: true })
      typing.stdin.end(keys.join('\n'))
    },
    done: async () => {
      await once(typing, 'exit')
      return keys.filter((line) => line.startsWith('key')).length
    },
    text: async () => [place],
    stop: () => programs.stop(child),
  }
}

/**
 * All of them. `area` is where pictures are counted, on every `every`-th pixel in both directions; `paced` ones have a source
 * that draws 30 pictures a second; `heldOut` ones are not looked at while the product is tuned.
 */
export const WORKLOADS = {
  typing: {
    what: 'xterm over the background, 12 letters a second, now and then some lines',
    start: (bench) => terminal(bench, 'typing', { geometry: '90x34+300+180' }),
    look: { area: [300, 180, 960, 760], every: 2 },
  },
  flood: {
    what: 'xterm, full screen, listings and source text as fast as it takes them',
    start: (bench) => terminal(bench, 'flood', { geometry: 'full' }),
    look: { area: [0, 0, 240, 1080], every: 2 },
  },
  lines: {
    what: 'xterm, full screen, a log of 60 lines a second',
    start: (bench) => terminal(bench, 'lines', { geometry: 'full' }),
    look: { area: [0, 0, 240, 1080], every: 2 },
  },
  scroll: {
    what: 'Chromium, a page with text, tables, code and pictures, 24 and later 60 px a step, 30 steps a second',
    start: web,
    look: { area: [200, 0, 240, 1080], every: 2 },
    paced: true,
  },
  drag: {
    what: 'xterm moved by its title bar over the background (openbox), 30 steps a second',
    start: drag,
    look: { area: WHOLE, every: 4 },
    paced: true,
  },
  video: {
    what: 'mpv, 960×540 at 30 pictures a second, H.264 at 1.5 Mbit/s with grain, over a terminal',
    start: video,
    look: {
      area: [...FILM.place, FILM.width, FILM.height],
      every: 1,
      bars: FILM.place,
      samples: { most: 24, gap: 150, lower: FILM.place[1] + FILM.height - BARS_HEIGHT },
    },
  },
  spreadsheet: {
    what: 'LibreOffice Calc, numbers and formulas typed',
    start: calc,
    look: { area: WHOLE, every: 3 },
  },
  slides: {
    what: 'own scene: full-screen slides with bullets and photos, hard cuts and cross-fades of 8 pictures',
    start: (bench) => scene(bench, 'slides', { text: [[40, 60, 880, 920]] }),
    look: { area: WHOLE, every: 4 },
  },
  pan: {
    what: 'held out; own scene: a large photo moved under a window, 30 steps a second',
    start: (bench) => scene(bench, 'pan', { text: [[0, 0, SCREEN.width, 64]] }),
    look: { area: [800, 64, 240, 1016], every: 2 },
    heldOut: true,
  },
  code: {
    what: 'held out; own scene: a code editor with tree, panes and output, typed into and scrolled',
    start: (bench) => scene(bench, 'code', { text: [WHOLE] }),
    look: { area: WHOLE, every: 3 },
    heldOut: true,
  },
}

/** A still desktop: a terminal with text over the background. */
export const stillDesktop = (bench) => terminal(bench, 'text', { geometry: '90x34+300+180' })

/** For the viewer's own times: text all over the screen, another twice a second. */
export const texts = (bench) => scene(bench, 'texts', { text: [WHOLE] })
