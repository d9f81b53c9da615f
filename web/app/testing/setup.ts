/** Runs before every test file: matchers, and the browser features that jsdom lacks. */
import '@testing-library/jest-dom/vitest'

import { cleanup, configure } from '@testing-library/react'
import { afterEach, vi } from 'vitest'

// Generous, because what matters is that it happens: these run beside builds on small machines.
configure({ asyncUtilTimeout: 10_000 })

// Tests of pure code run without a page (`@vitest-environment node`).
const inPage = typeof document !== 'undefined'

// Every preference and secret is per test.
afterEach(() => {
  if (!inPage) return
  cleanup()
  localStorage.clear()
  sessionStorage.clear()
  globalThis.history.replaceState(null, '', '/')
})

vi.stubGlobal('matchMedia', (query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}))

class NoResizeObserver {
  observe = () => undefined
  unobserve = () => undefined
  disconnect = () => undefined
}
vi.stubGlobal('ResizeObserver', NoResizeObserver)
vi.stubGlobal('scrollTo', () => undefined)

if (inPage) {
  Object.assign(Element.prototype, {
    scrollIntoView: () => undefined,
    hasPointerCapture: () => false,
    setPointerCapture: () => undefined,
    releasePointerCapture: () => undefined,
  })
  Object.defineProperty(document, 'fullscreenElement', { value: null, configurable: true })
  vi.stubGlobal('ImageData', function ImageData() {})
}
