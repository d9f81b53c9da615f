/**
 * The path of a newcomer, in one story: one-time link, owner, machine, screen, hands, clipboard, resize, end.
 * Each step goes on from where the one before it stopped; what the machine got is read on the machine itself.
 */
import { existsSync, readFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'

import type { Page } from '@playwright/test'

import { call, fillSetUp, lastSession, machineRow, owner, seeOnline, setUp } from './rig/console'
import { Keyboard } from './rig/keys'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'
import { Viewer } from './rig/viewer'

test.describe.configure({ mode: 'serial' })

let rig: Rig
let page: Page
let viewer: Viewer
let link: string

test.beforeAll(async ({ browser }) => {
  rig = await Rig.start()
  page = await browser.newPage()
})
test.afterAll(async () => {
  await page.close()
  await rig.stop()
})

/** What the program on the machine has received so far. */
const received = (file: string) => {
  const path = join(rig.folder, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

test('the one-time link opens the owner set-up, with honest words about the password', async () => {
  link = await rig.signInLink()
  await page.goto(link)
  await page.getByLabel('Password', { exact: true }).fill('password1')
  await expect(page.getByText(/Guessed at once|Easy to guess/).first()).toBeVisible()
  await setUp(page, link)
})

test('the link works once, and set-up is gone', async ({ browser }) => {
  const stranger = await browser.newPage()
  await fillSetUp(stranger, link)
  await expect(stranger.getByText('Farol is set up already')).toBeVisible()
  const answer = await call(stranger, 'POST', '/api/setup', {
    ...{ token: 'x'.repeat(43), name: 'Eve', email: 'eve@example.org', password: owner.password },
    ...{ organization: 'Evil', locale: 'en' },
  })
  expect(answer.status).toBe(404)
  await stranger.close()
})

test('the machine is online with its facts', async () => {
  await seeOnline(page)
  const row = machineRow(page)
  await expect(row).toContainText(hostname())
  await expect(row).toContainText(/Debian|Linux/)
  await expect(row).toContainText(/\d+\.\d+\.\d+/)
  await row.getByRole('link', { name: hostname() }).first().click()
  await expect(page.getByText(userInfo().username).first()).toBeVisible()
  await page.getByRole('link', { name: 'Machines' }).first().click()
})

test('the remote screen appears, pixel by pixel', async () => {
  await rig.display.typewriter(join(rig.folder, 'typed'))
  viewer = await Viewer.connect(page)
  await expect.poll(() => viewer.size()).toEqual({ width: 1280, height: 800 })
  await viewer.expectSamePicture(rig.display)
  expect((await lastSession(page)).state).toBe('active')
})

test('what is typed arrives: plain, shifted, other layouts, AltGr, dead keys, pasted in', async () => {
  const keyboard = await Keyboard.of(page)
  const place = await rig.display.window('typewriter')
  await viewer.click(place.x + 100, place.y + 100)
  await page.keyboard.type('The quick brown fox, 0123456789 {}[]<>@#$%^&*()_+-=|\\;:\'"`~/?!')
  await page.keyboard.press('Enter')
  await expect
    .poll(() => received('typed'))
    .toBe('The quick brown fox, 0123456789 {}[]<>@#$%^&*()_+-=|\\;:\'"`~/?!\n')

  await keyboard.press({ key: 'ç', code: 'Semicolon', text: 'ç' })
  await keyboard.withAltGr({ key: '€', code: 'KeyE', text: '€' })
  await keyboard.press({ key: 'Dead', code: 'BracketLeft' })
  await keyboard.press({ key: 'á', code: 'KeyA', text: 'á' })
  await keyboard.press({ key: 'Dead', code: 'Quote' })
  await keyboard.press({ key: 'ã', code: 'KeyA', text: 'ã' })
  await keyboard.press({ key: 'ж', code: 'Semicolon', text: 'ж' })
  await page.keyboard.press('Enter')
  await expect.poll(() => received('typed').split('\n')[1]).toBe('ç€áãж')

  await page.keyboard.insertText('ção €uro ñandú ß 漢字')
  await page.keyboard.press('Enter')
  await expect.poll(() => received('typed').split('\n')[2]).toBe('ção €uro ñandú ß 漢字')
  await viewer.expectSamePicture(rig.display)
  expect(await rig.display.keysDown()).toEqual([])
})

test('editing keys, repeat and modifiers work', async () => {
  await page.keyboard.type('wrong')
  for (let times = 0; times < 5; times++) await page.keyboard.press('Backspace')
  await page.keyboard.type('right')
  await page.keyboard.press('Enter')
  await expect.poll(() => received('typed').split('\n')[3]).toBe('right')
  await page.keyboard.down('Shift')
  await expect.poll(() => rig.display.keysDown()).toHaveLength(1)
  await page.keyboard.press('KeyB')
  await page.keyboard.up('Shift')
  await page.keyboard.press('Enter')
  await expect.poll(() => received('typed').split('\n')[4]).toBe('B')
  await expect.poll(() => rig.display.keysDown()).toEqual([])
})

test('a key that is down when the focus leaves does not stay down', async () => {
  await page.keyboard.down('Shift')
  await expect.poll(() => rig.display.keysDown()).toHaveLength(1)
  await page.evaluate(() => window.dispatchEvent(new Event('blur')))
  await expect.poll(() => rig.display.keysDown()).toEqual([])
  await page.keyboard.up('Shift')
})

test('mouse: where it points, every button, the wheel both ways, a drag', async () => {
  const probe = rig.display.start('xev', [
    ...['-name', 'probe', '-geometry', '300x300+850+400', '-event', 'button', '-event', 'mouse'],
  ])
  const { x, y } = await rig.display.window('probe')
  const seen = (what: RegExp) =>
    expect.poll(() => probe.output().replaceAll('\n', ' ')).toMatch(what)

  await viewer.click(x + 50, y + 60)
  await seen(/ButtonPress event.{0,200}\(50,60\).{0,200}button 1,/)
  await seen(/ButtonRelease event.{0,200}\(50,60\).{0,200}button 1,/)
  await viewer.click(x + 50, y + 60, 'middle')
  await seen(/ButtonRelease event.{0,300}button 2,/)
  await viewer.click(x + 50, y + 60, 'right')
  await seen(/ButtonRelease event.{0,300}button 3,/)
  await page.mouse.wheel(0, 120)
  await seen(/ButtonPress event.{0,300}button 5,/)
  await page.mouse.wheel(0, -120)
  await seen(/ButtonPress event.{0,300}button 4,/)
  await page.mouse.wheel(120, 0)
  await seen(/ButtonPress event.{0,300}button 7,/)
  await page.mouse.wheel(-120, 0)
  await seen(/ButtonPress event.{0,300}button 6,/)

  await viewer.move(x + 100, y + 100)
  await page.mouse.down()
  await expect.poll(() => rig.display.buttonsDown()).toEqual([1])
  await viewer.move(x + 180, y + 190)
  await seen(/MotionNotify event.{0,200}\(180,190\).{0,200}state 0x100,/)
  await page.mouse.up()
  await expect.poll(() => rig.display.buttonsDown()).toEqual([])
  await probe.stop()
})

test('a window can be dragged by its title bar', async () => {
  const before = await rig.display.window('typewriter')
  await viewer.move(before.x + 150, before.y - 10)
  await page.mouse.down()
  for (let step = 1; step <= 8; step++)
    await viewer.move(before.x + 150 + step * 20, before.y - 10 + step * 10)
  await page.mouse.up()
  await expect
    .poll(async () => {
      const { x, y } = await rig.display.window('typewriter')
      return { x: x - before.x, y: y - before.y }
    })
    .toEqual({ x: 160, y: 80 })
  await viewer.expectSamePicture(rig.display)
})

test('the clipboard goes both ways', async () => {
  await rig.display.setClipboard('from the machine: ção €')
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toBe('from the machine: ção €')
  await page.evaluate(() => navigator.clipboard.writeText('from the browser: ñ €'))
  await viewer.focus()
  await page.keyboard.press('Control+KeyV')
  await expect.poll(() => rig.display.clipboard()).toBe('from the browser: ñ €')
})

test('leaving the page and coming back keeps the session', async () => {
  const before = await lastSession(page)
  await page.getByRole('link', { name: 'Audit' }).first().click()
  await expect(page.getByRole('heading', { name: 'Audit', level: 1 })).toBeVisible()
  await page.goBack()
  await expect(viewer.screen).toBeVisible()
  await viewer.expectSamePicture(rig.display)
  const after = await lastSession(page)
  expect(after).toMatchObject({ id: before.id, state: 'active' })
})

test('the picture follows a change of the screen size', async () => {
  await rig.display.resize(1024, 768)
  await expect.poll(() => viewer.size()).toEqual({ width: 1024, height: 768 })
  await viewer.expectSamePicture(rig.display)
  await rig.display.resize(1280, 800)
  await expect.poll(() => viewer.size()).toEqual({ width: 1280, height: 800 })
  await viewer.expectSamePicture(rig.display)
})

test('a second monitor is offered by its name', async () => {
  const half = ['--setmonitor', 'right', '640/100x800/100+640+0', 'none']
  await rig.display.tool('xrandr', half)
  await viewer.openToolbar()
  await page.getByRole('button', { name: 'View', exact: true }).click()
  await expect(page.getByRole('menuitemradio', { name: /^right/ })).toBeVisible()
  await page.keyboard.press('Escape')
  await rig.display.tool('xrandr', ['--delmonitor', 'right'])
})

test('ending the session says who ended it', async () => {
  await viewer.end()
  await expect(page.getByText('You ended it.')).toBeVisible()
  await expect
    .poll(() => lastSession(page))
    .toMatchObject({
      ...{ state: 'ended', end: { reason: 'technician_ended' } },
    })
  await expect.poll(() => rig.display.keysDown()).toEqual([])
})
