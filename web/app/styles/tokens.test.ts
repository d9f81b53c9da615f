// @vitest-environment node
import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { PERSON_COLORS } from '~/session/company'

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')
const [light = '', dark = ''] = css.split(":root[data-theme='dark']")

const colorOf = (theme: string, token: string): string =>
  new RegExp(`--${token}: (#[0-9a-f]{6});`).exec(theme)?.[1] ?? `no --${token}`

/** Relative luminance, as WCAG 2 defines it. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [dim = 0, bright = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (bright + 0.05) / (dim + 0.05)
}

describe.each([
  ['light', light],
  ['dark', dark],
])('the %s theme', (_, theme) => {
  it.each(['canvas', 'surface', 'raised', 'sunken', 'hover', 'beam-soft'])(
    'shows radio buttons, checkboxes and the focus on %s',
    (surface) => {
      for (const token of ['control', 'focus']) {
        const ratio = contrast(colorOf(theme, token), colorOf(theme, surface))
        expect(ratio, `--${token}`).toBeGreaterThanOrEqual(3)
      }
    },
  )
})

describe('people', () => {
  it('have colors that white letters can be read on, each another', () => {
    const colors = Array.from({ length: PERSON_COLORS }, (_, at) =>
      colorOf(light, `person-${at + 1}`),
    )
    for (const color of colors)
      expect(contrast(color, '#ffffff'), color).toBeGreaterThanOrEqual(4.5)
    expect(new Set(colors)).toHaveLength(PERSON_COLORS)
  })
})

describe('radio buttons and checkboxes', () => {
  it('have the color that can be seen', () => {
    const sources = import.meta.glob<string>('../**/*.tsx', {
      query: '?raw',
      import: 'default',
      eager: true,
    })
    const accents = Object.values(sources).flatMap((text) => text.match(/\baccent-[a-z-]+/g) ?? [])
    expect(new Set(accents)).toEqual(new Set(['accent-control']))
  })
})
