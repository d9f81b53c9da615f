/** Stands in for the browser's passkeys, which jsdom lacks. */
import { onTestFinished, vi } from 'vitest'

interface FakePasskeys {
  get: ReturnType<typeof vi.fn>
  create: ReturnType<typeof vi.fn>
}

/** A credential as browsers give it that know how to write it as JSON. */
export const credential = (id = 'known') => ({
  id,
  toJSON: () => ({ id, rawId: id, type: 'public-key', response: {}, clientExtensionResults: {} }),
})

/** What browsers throw when somebody cancels, or has no passkey here. */
export const refusal = (name = 'NotAllowedError') => new DOMException('not allowed', name)

/** Until the end of the test. `native` adds the browser's own translation of JSON. */
export function installPasskeys(native: object = {}): FakePasskeys {
  const fake = {
    get: vi.fn(() => Promise.resolve<unknown>(credential())),
    create: vi.fn(() => Promise.resolve<unknown>(credential('new'))),
  }
  const define = (target: object, name: string, value: unknown) => {
    Object.defineProperty(target, name, { value, configurable: true })
    onTestFinished(() => {
      Reflect.deleteProperty(target, name)
    })
  }
  define(
    globalThis,
    'PublicKeyCredential',
    Object.assign(() => undefined, native),
  )
  define(navigator, 'credentials', fake)
  return fake
}
