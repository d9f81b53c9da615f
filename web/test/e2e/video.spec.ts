/**
 * A film plays on the machine: it comes as video, looks right while it plays, and is exact as soon as it stands still.
 */

import { asOwner, seeOnline } from './rig/console'
import type { Picture } from './rig/display'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'
import { Viewer } from './rig/viewer'

let rig: Rig

test.beforeAll(async () => {
  rig = await Rig.start()
})
test.afterAll(async () => {
  await rig.stop()
})

/** The film of `farol-workload video` on a display of 1280×800. */
const FILM = { x: 160, y: 130, width: 960, height: 540 }

/** Error of luma within the film, dB. */
function quality(a: Picture, b: Picture): number {
  let sum = 0
  const luma = ({ rgb }: Picture, at: number) =>
    0.2126 * (rgb[at] ?? 0) + 0.7152 * (rgb[at + 1] ?? 0) + 0.0722 * (rgb[at + 2] ?? 0)
  for (let y = FILM.y; y < FILM.y + FILM.height; y++) {
    for (let x = FILM.x; x < FILM.x + FILM.width; x++) {
      const at = (y * a.width + x) * 3
      sum += (luma(a, at) - luma(b, at)) ** 2
    }
  }
  return 10 * Math.log10((255 * 255 * FILM.width * FILM.height) / Math.max(sum, 1e-9))
}

test('a film comes as video, and is exact when it stands still', async ({ page }) => {
  const workload = process.env['FAROL_WORKLOAD_BIN']
  if (!workload) throw new Error('FAROL_WORKLOAD_BIN is not set; run: cargo xtask test --only e2e')
  await asOwner(page, rig)
  await seeOnline(page)
  const viewer = await Viewer.connect(page)
  await viewer.expectSamePicture(rig.display, 20_000)
  await viewer.openToolbar()
  await page.getByRole('button', { name: 'Statistics' }).click()
  const film = rig.display.start(workload, ['video', '--seconds', '0', '--fps', '15'])
  const asVideo = page
    .getByRole('complementary', { name: 'Statistics' })
    .locator('dt', { hasText: 'Of these with video' })
    .locator('xpath=following-sibling::dd[1]')
  await expect
    .poll(async () => Number(await asVideo.textContent({ timeout: 5_000 })), { timeout: 60_000 })
    .toBeGreaterThan(3)
  // It stands still on the machine; its window stays.
  process.kill(film.pid, 'SIGSTOP')
  try {
    const machine = await rig.display.picture()
    const seen = await viewer.picture()
    // The last picture may be on its way yet, or be exact already.
    expect(quality(machine, seen)).toBeGreaterThan(25)
    await viewer.expectSamePicture(rig.display, 20_000)
  } finally {
    process.kill(film.pid, 'SIGCONT')
    await film.stop()
  }
})
