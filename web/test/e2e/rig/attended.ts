/**
 * The person at the machine, who is asked; and a stranger with a support code, on a display of their own.
 */
import { chmodSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, type Page } from '@playwright/test'

import { lastSession } from './console'
import { Display, until } from './display'
import { Running } from './process'
import type { Rig } from './rig'

/** The question is on the screen and takes answers. */
export async function asked(display: Display): Promise<void> {
  await until('the person is asked', async () => {
    const windows = await display.tool('xwininfo', ['-root', '-tree'])
    return /farol/i.test(windows) ? true : undefined
  })
}

/** Presses keys at the machine itself until the question is answered: it takes no answer in its first moments. */
export async function answer(
  display: Display,
  page: Page,
  keys: string[],
  answered: string,
): Promise<void> {
  await expect(async () => {
    await display.tool('xdotool', ['key', ...keys])
    expect(await stateOf(page)).toBe(answered)
  }).toPass({ timeout: 25_000, intervals: [400] })
}

/** Where the newest session stands, and how it ended. */
export async function stateOf(page: Page): Promise<string> {
  const { state, end } = await lastSession(page)
  return end === null ? state : `${state} ${end.reason}`
}

/** Somebody who reads a code from the telephone into the page for visitors, and starts what it gives out. */
export class Stranger {
  readonly display: Display
  private readonly program: Running

  private constructor(display: Display, program: Running) {
    this.display = display
    this.program = program
  }

  static async join(page: Page, rig: Rig, code: string): Promise<Stranger> {
    const joined = await page.context().newPage()
    await joined.goto(`${rig.url}/join`)
    await joined.getByRole('textbox').first().fill(code)
    await expect(joined.getByText(/Download|Baixar/).first()).toBeVisible()
    await joined.close()
    // What the page gives out, under the name it gives it.
    const symbols = code.replaceAll('-', '')
    const file = join(rig.folder, `farol-help-${symbols}@127.0.0.1_${rig.port}`)
    copyFileSync(process.env['FAROL_AGENT_BIN'] ?? '', file)
    chmodSync(file, 0o755)
    const display = await Display.start(rig.folder)
    const log = join(rig.folder, 'help.log')
    return new Stranger(display, new Running(file, [], log, display.environment))
  }

  /** The technician takes them from the queue and connects. */
  async take(page: Page): Promise<void> {
    await page
      .getByRole('link', { name: /^Take and connect|^Take/ })
      .or(page.getByRole('button', { name: /^Take and connect/ }))
      .first()
      .click({ timeout: 20_000 })
  }

  async stop(): Promise<void> {
    await this.program.stop()
    await this.display.stop()
  }
}
