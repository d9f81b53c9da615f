/**
 * Key presses that a real keyboard sends and the test library's own keyboard does not know: letters of other layouts,
 * AltGr levels, dead keys. They go in where the browser takes its keys from the operating system.
 */
import type { CDPSession, Page } from '@playwright/test'

/** The bit of AltGr among the modifiers of a key event is that of Alt with Control. */
export interface Press {
  /** What the key means under the person's layout, as in `KeyboardEvent.key`. */
  key: string
  /** Where the key is, as in `KeyboardEvent.code`. */
  code: string
  /** The text it enters, when it enters any. */
  text?: string
}

export class Keyboard {
  private readonly session: CDPSession
  private constructor(session: CDPSession) {
    this.session = session
  }

  static async of(page: Page): Promise<Keyboard> {
    return new Keyboard(await page.context().newCDPSession(page))
  }

  /** Down and up again. */
  async press({ key, code, text }: Press): Promise<void> {
    await this.session.send('Input.dispatchKeyEvent', {
      type: text === undefined ? 'rawKeyDown' : 'keyDown',
      key,
      code,
      ...(text === undefined ? {} : { text, unmodifiedText: text }),
    })
    await this.session.send('Input.dispatchKeyEvent', { type: 'keyUp', key, code })
  }

  /** Holds AltGr while `press` happens. */
  async withAltGr(press: Press): Promise<void> {
    const altGr = { key: 'AltGraph', code: 'AltRight', location: 2 }
    await this.session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...altGr })
    await this.press(press)
    await this.session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...altGr })
  }
}
