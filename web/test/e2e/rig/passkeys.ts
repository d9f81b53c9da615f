/** Where the browser keeps passkeys in tests: the device is Chromium's own, made for them; everything else is real. */
import type { CDPSession, Page } from '@playwright/test'

/** A device with a fingerprint reader that always says yes, for this page. */
export async function addDevice(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return session
}
