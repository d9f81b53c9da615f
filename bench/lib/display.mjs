/**
 * The display that everybody looks at, with a window manager and a background; and what is told about it from outside.
 */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

import { until } from './processes.mjs'

const run = promisify(execFile)

export const SCREEN = { width: 1920, height: 1080 }

/** Themes that come with openbox. */
const THEMES = ['Clearlooks', 'Onyx', 'Mikachu', 'Natura', 'Bear2']

/** The program that draws and looks. */
export const workload = () => {
  const path = process.env.FAROL_WORKLOAD_BIN
  if (!path) throw new Error('FAROL_WORKLOAD_BIN is not set; run: cargo xtask bench')
  return path
}

/** Starts a virtual display of 1920×1080. */
export async function startDisplay(programs, folder) {
  const file = join(folder, 'display')
  writeFileSync(file, '')
  const size = `${SCREEN.width}x${SCREEN.height}x24`
  const xvfb = programs.start('xvfb', 'sh', [
    '-c',
    `exec 3>"${file}"; exec Xvfb -displayfd 3 -screen 0 ${size} -nolisten tcp -noreset`,
  ])
  await until('the display tells its number', () => readFileSync(file, 'utf8').trim() !== '')
  const name = `:${readFileSync(file, 'utf8').trim()}`
  return { name, xvfb, env: { DISPLAY: name, XAUTHORITY: '' } }
}

const options = (display) => ({ env: { ...process.env, ...display.env }, encoding: 'utf8' })

/** Runs one of the workload's tools to its end; what it printed. */
export const tool = (display, ...args) =>
  run(workload(), args, options(display)).then(({ stdout }) => stdout.trim())

/** Runs xdotool to its end; what it printed. */
export const xdotool = (display, ...args) =>
  run('xdotool', args, { ...options(display), timeout: 60_000 }).then(({ stdout }) => stdout.trim())

/** A window manager, a theme and a background of this seed. Ends those before. */
export async function furnish({ programs, display, folder }, seed, before) {
  if (before) await programs.stop(before)
  const file = join(folder, 'openbox.xml')
  writeFileSync(
    file,
    `<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <theme><name>${THEMES[seed % THEMES.length]}</name></theme>
  <focus><focusNew>yes</focusNew></focus>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
  <resize><popupShow>Never</popupShow></resize>
  <mouse>
    <context name="Titlebar">
      <mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
      <mousebind button="Left" action="Drag"><action name="Move"/></mousebind>
    </context>
    <context name="Client">
      <mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
    </context>
  </mouse>
  <applications>
    <application class="*ffice*" type="normal"><maximized>yes</maximized></application>
  </applications>
</openbox_config>
`,
  )
  const manager = programs.start('openbox', 'openbox', ['--sm-disable', '--config-file', file], {
    env: display.env,
  })
  await until('the window manager is there', () => isManaged(display))
  await tool(display, 'wallpaper', '--seed', String(seed))
  await tool(display, 'park')
  return manager
}

function isManaged(display) {
  try {
    const told = execFileSync('xprop', ['-root', '_NET_SUPPORTING_WM_CHECK'], options(display))
    return told.includes('window id')
  } catch {
    return false
  }
}

/** Where the contents of the window with this title are: [left, top, width, height], cut to the screen. */
export async function placeOfWindow(display, title) {
  const id = (await xdotool(display, 'search', '--sync', '--onlyvisible', '--name', title)).split(
    '\n',
  )[0]
  const { stdout } = await run('xwininfo', ['-id', id], options(display))
  const value = (name) => Number(new RegExp(`${name}:\\s+(-?\\d+)`).exec(stdout)?.[1])
  const [x, y] = [value('Absolute upper-left X'), value('Absolute upper-left Y')]
  return cut([x, y, value('Width'), value('Height')])
}

/** A rectangle without what is outside the screen. */
export function cut([x, y, width, height]) {
  const [left, top] = [Math.max(0, Math.round(x)), Math.max(0, Math.round(y))]
  const right = Math.min(SCREEN.width, Math.round(x + width))
  const bottom = Math.min(SCREEN.height, Math.round(y + height))
  return [left, top, Math.max(0, right - left), Math.max(0, bottom - top)]
}

/** Waits until nothing on the display has changed for a second. */
export async function stillness(display, folder, limit = 20) {
  for (let round = 0; round < limit; round++) {
    const told = await tool(display, 'rest', '--seconds', '1', '--out', join(folder, 'still'))
    if (told === 'still') return
  }
  throw new Error('the display does not come to rest')
}

/** Lines of a program's standard output, one by one. */
export function linesOf(child) {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async () => (await lines.next()).value
}
