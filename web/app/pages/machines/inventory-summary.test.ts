// @vitest-environment node
import { describe, expect, it } from 'vitest'

import { summaryOf } from './inventory-summary'

describe('an inventory section in short', () => {
  it('counts lists, names facts, and takes any JSON', () => {
    expect(summaryOf([{ name: 'Editor' }, 'x'])).toEqual({ entries: 2 })
    expect(summaryOf({ cpu: 'i5', memory_gb: 16, disks: [], fans: 0, tpm: true })).toEqual({
      text: 'cpu: i5 · memory_gb: 16 · fans: 0',
    })
    expect(summaryOf({ disks: [], screens: {} })).toEqual({ entries: 2 })
    expect(summaryOf('as text')).toEqual({ text: 'as text' })
    expect(summaryOf(null)).toEqual({ text: '' })
  })
})
