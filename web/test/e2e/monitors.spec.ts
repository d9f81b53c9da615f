/**
 * A machine with two monitors: one is looked at alone, switched by keys, clicked on and typed at, remembered over a reload,
 * and taken away while somebody looks at it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { asOwner, seeOnline } from './rig/console'
import type { Display, Picture } from './rig/display'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'
import { difference, Viewer } from './rig/viewer'

let rig: Rig

test.beforeEach(async () => {
  rig = await Rig.start()
})
test.afterEach(async () => {
  await rig.stop()
})

/** Of a display of 1280 by 800. */
const LEFT = { x: 0, y: 0, width: 760, height: 800 }
const RIGHT = { x: 760, y: 0, width: 520, height: 800 }

async function plugIn(
  display: Display,
  name: string,
  { x, y, width, height }: typeof LEFT,
  output: string,
): Promise<void> {
  const place = `${width}/200x${height}/200+${x}+${y}`
  await display.tool('xrandr', ['--setmonitor', name, place, output])
}

function cut({ width, rgb }: Picture, area: typeof LEFT): Picture {
  const rows = Array.from({ length: area.height }, (_, row) => {
    const start = ((area.y + row) * width + area.x) * 3
    return rgb.subarray(start, start + area.width * 3)
  })
  return { width: area.width, height: area.height, rgb: Buffer.concat(rows) }
}

async function expectMonitor(viewer: Viewer, area: typeof LEFT): Promise<void> {
  await expect
    .poll(async () => difference(cut(await rig.display.picture(), area), await viewer.picture()), {
      timeout: 15_000,
    })
    .toBe('same')
}

test('one of two monitors is looked at, worked on, switched and taken away', async ({ page }) => {
  test.setTimeout(120_000)
  const { display } = rig
  const file = join(rig.folder, 'typed.txt')
  const typed = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  // The left one takes the place of what was the whole screen's.
  await plugIn(display, 'DESK-L', LEFT, 'screen')
  await plugIn(display, 'DESK-R', RIGHT, 'none')
  display.start('xterm', [
    ...['-u8', '-title', 'typewriter', '-geometry', '40x12+800+300'],
    ...['-e', 'sh', '-c', 'cat > "$0"', file],
  ])
  const window = await display.window('typewriter')
  await asOwner(page, rig)
  await seeOnline(page)
  const viewer = await Viewer.connect(page)
  await viewer.expectSamePicture(display)

  await viewer.openToolbar()
  await page.getByRole('button', { name: 'View', exact: true }).click()
  const right = page.getByRole('menuitemradio', { name: 'DESK-R · 520 × 800' })
  await right.click()
  await expect(right).toBeChecked()
  await page.keyboard.press('Escape')
  await expectMonitor(viewer, RIGHT)

  // Hands land where eyes see.
  const inside = { x: window.x + 30 - RIGHT.x, y: window.y + 30 - RIGHT.y }
  await viewer.click(inside.x, inside.y)
  await expect
    .poll(() => display.tool('xdotool', ['getmouselocation']))
    .toContain(`x:${window.x + 30} y:${window.y + 30} `)
  await viewer.focus()
  await page.keyboard.type('on the right')
  await page.keyboard.press('Enter')
  await expect.poll(typed).toBe('on the right\n')
  await expectMonitor(viewer, RIGHT)

  // Round by keys, of which the machine hears nothing.
  const next = 'Control+Alt+Shift+KeyN'
  await page.keyboard.press(next)
  await viewer.expectSamePicture(display)
  await page.keyboard.press(next)
  await expectMonitor(viewer, LEFT)
  await page.keyboard.press(next)
  await expectMonitor(viewer, RIGHT)
  expect(await display.keysDown()).toEqual([])
  await viewer.focus()
  await page.keyboard.press('Enter')
  await expect.poll(typed).toBe('on the right\n\n')

  await page.reload()
  await expect(viewer.screen).toBeVisible()
  await expectMonitor(viewer, RIGHT)

  await display.tool('xrandr', ['--delmonitor', 'DESK-R'])
  await expect(page.getByText(/The monitor DESK-R is not there any more/)).toBeVisible()
  await viewer.expectSamePicture(display)
  await plugIn(display, 'DESK-R', RIGHT, 'none')
  await expectMonitor(viewer, RIGHT)
})

test('with little bandwidth the picture comes in the size of the window, and pixel for pixel when it is to be exact', async ({
  page,
}) => {
  await asOwner(page, rig)
  await seeOnline(page)
  await page.setViewportSize({ width: 900, height: 560 })
  const viewer = await Viewer.connect(page)
  await viewer.expectSamePicture(rig.display)
  const quality = async (name: string) => {
    await viewer.openToolbar()
    await page.getByRole('button', { name: 'View', exact: true }).click()
    await page.getByRole('menuitemradio', { name }).click()
    await page.keyboard.press('Escape')
  }
  await quality('Low bandwidth')
  const room = (await page.getByTestId('picture').boundingBox())!
  const scale = Math.min(room.width / 1280, room.height / 800)
  await expect
    .poll(() => viewer.size())
    .toEqual({ width: Math.floor(1280 * scale), height: Math.floor(800 * scale) })
  // A click still lands on the pixel of the machine that is seen under it.
  await viewer.click((640 * scale) | 0, (400 * scale) | 0)
  const near = /x:(\d+) y:(\d+) /
  await expect
    .poll(async () => {
      const [, x, y] = near.exec(await rig.display.tool('xdotool', ['getmouselocation'])) ?? []
      return Math.abs(Number(x) - 640) <= 2 && Math.abs(Number(y) - 400) <= 2
    })
    .toBe(true)
  await quality('Always exact')
  await viewer.expectSamePicture(rig.display)
})
