/**
 * The console has no action that the API lacks: what it asks the server for goes through the client that is typed by the description,
 * and the few addresses that a browser opens by itself are described, too. What is really sent is compared in the end-to-end tests.
 */
import { describe, expect, it } from 'vitest'

import description from '../../../docs/openapi.json'

const sources = import.meta.glob<string>(
  ['../**/*.{ts,tsx}', '!../**/*.test.{ts,tsx}', '!../**/__generated__/**', '!../testing/**'],
  { query: '?raw', import: 'default', eager: true },
)

/** Everything in quotes that begins like an address of the API, without what follows its path. */
function addresses(source: string): string[] {
  const quoted = source.matchAll(/(['"`])(\/api\/[^'"`\s]*)\1/g)
  return [...quoted].map(([, , address = '']) =>
    (address.split('?')[0] ?? '').replaceAll(/\$\{[^}]*\}/g, '{}'),
  )
}

const known = new Set(
  Object.keys(description.paths).map((path) => path.replaceAll(/\{[^}]*\}/g, '{}')),
)

describe('the console and the API', () => {
  it('sees the whole console', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(200)
  })

  it('ask for nothing that is not described', () => {
    const strangers = Object.entries(sources).flatMap(([path, source]) =>
      addresses(source)
        .filter((address) => !known.has(address.replaceAll(/\{[^}]*\}/g, '{}')))
        .map((address) => `${path}: ${address}`),
    )
    expect(strangers).toEqual([])
  })

  it('asks through the typed client alone', () => {
    const asking = /(?:(?<![.#\w])|globalThis\.)(?:fetch|sendBeacon|XMLHttpRequest|EventSource)\(/
    const others = Object.entries(sources)
      .filter(([, source]) => asking.test(source))
      .map(([path]) => path)
    // The module of the decoder is a file of the console.
    expect(others.sort()).toEqual(['../desktop/wasm-module.ts', './client.ts', './events.ts'])
  })
})
