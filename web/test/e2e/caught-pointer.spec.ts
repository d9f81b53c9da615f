/**
 * What hands and eyes do for programs that move more than windows: the pointer is caught, and the figures of a session are taken along.
 */
import { readFileSync } from 'node:fs'

import type { Page } from '@playwright/test'

import type { Rig } from './rig/rig'
import { startSession } from './rig/session'
import { expect, test } from './rig/test'
import type { Viewer } from './rig/viewer'

test.describe.configure({ mode: 'serial' })

let rig: Rig
let page: Page
let viewer: Viewer
let stop: () => Promise<void>

test.beforeAll(async ({ browser }) => {
  ;({ rig, page, viewer, stop } = await startSession(browser))
})
test.afterAll(() => stop())

/** Where the machine has its pointer. */
async function pointer(): Promise<{ x: number; y: number }> {
  const text = await rig.display.tool('xdotool', ['getmouselocation'])
  const [, x, y] = /x:(\d+) y:(\d+)/.exec(text) ?? []
  return { x: Number(x), y: Number(y) }
}

test('a caught pointer goes ways from wherever the machine has it, until Escape', async () => {
  await viewer.move(300, 300)
  await expect.poll(pointer).toEqual({ x: 300, y: 300 })
  await page.keyboard.press('Control+Alt+Shift+KeyP')
  const caught = page.getByText('The pointer belongs to the machine. Press Escape to get it back.')
  await expect(caught).toBeVisible()

  // A program that catches the pointer puts it back after each movement; a place would undo that.
  await rig.display.tool('xdotool', ['mousemove', '640', '400'])
  const from = await viewer.at(300, 300)
  await page.mouse.move(from.x + 20, from.y + 10)
  await page.mouse.move(from.x + 50, from.y + 10)
  await expect.poll(pointer).toEqual({ x: 690, y: 410 })
  const probe = rig.display.start('xev', ['-name', 'probe', '-geometry', '400x300+500+300'])
  await rig.display.window('probe')
  await page.mouse.down()
  await page.mouse.up()
  await expect
    .poll(() => probe.output().replaceAll('\n', ' '))
    .toMatch(/ButtonPress event.{0,200}root:\(690,410\)/)
  await probe.stop()

  await page.keyboard.press('Escape')
  await page.evaluate(() => document.exitPointerLock())
  await expect(caught).toBeHidden()
  await viewer.move(200, 200)
  await expect.poll(pointer).toEqual({ x: 200, y: 200 })
})

test('the last minutes can be saved, and every picture in them adds up', async () => {
  await rig.display.tool('xsetroot', ['-solid', '#884422'])
  await viewer.expectSamePicture(rig.display)
  await viewer.openToolbar()
  await page.getByRole('button', { name: 'Statistics' }).click()
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save for later' }).click()
  const text = readFileSync(await (await saved).path(), 'utf8')
  const file = JSON.parse(text) as {
    agent_version: string
    browser: string
    columns: string[]
    rows: (number | null)[][]
  }
  expect(file.browser).toContain('Chrome')
  expect(file.agent_version).toMatch(/^\d+\.\d+/)
  expect(file.rows.length).toBeGreaterThan(1)
  const [total, network, first] = ['total_us', 'network_us', 'input_us'].map((name) =>
    file.columns.indexOf(name),
  ) as [number, number, number]
  for (const row of file.rows) {
    const stages = row.slice(first, total).map((stage) => stage ?? 0)
    expect(stages.reduce((sum, stage) => sum + stage, 0)).toBe(row[total])
    expect(row[network]).not.toBeNull()
  }
  expect(text).not.toContain(rig.url)
})
