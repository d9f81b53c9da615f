/** A whole session to begin with: an installation, an owner who is signed in, and the machine's screen in sight. */
import type { Browser, Page } from '@playwright/test'

import { asOwner } from './console'
import { Rig } from './rig'
import { Viewer } from './viewer'

export interface Session {
  readonly rig: Rig
  readonly page: Page
  readonly viewer: Viewer
  /** Ends all of it. */
  readonly stop: () => Promise<void>
}

/** Starts everything and gives the picture the keyboard. */
export async function startSession(browser: Browser): Promise<Session> {
  const rig = await Rig.start()
  const page = await (await browser.newContext()).newPage()
  await asOwner(page, rig)
  const viewer = await Viewer.connect(page)
  await viewer.expectSamePicture(rig.display, 20_000)
  await viewer.focus()
  const stop = async () => {
    await page.context().close()
    await rig.stop()
  }
  return { rig, page, viewer, stop }
}
