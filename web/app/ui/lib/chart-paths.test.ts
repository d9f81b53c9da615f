import { describe, expect, it } from 'vitest'

import { areaOf, nearest, pathOf, topOf } from './chart-paths'

const place = { from: 0, to: 100, top: 10, width: 100, height: 100 }

describe('the lines of a graph', () => {
  it('run through the values and are broken where something is missing', () => {
    const grid = { times: [0, 10, 20, 30, 80], step: 10 }
    expect(pathOf(grid, [0, 5, null, 10, 20], place)).toBe('M0 100L10 50M30 0h0.1M80 0h0.1')
    expect(pathOf({ times: [], step: 10 }, [], place)).toBe('')
  })

  it('have a band from the least to the most', () => {
    const grid = { times: [0, 10], step: 10 }
    expect(
      areaOf(
        grid,
        [
          [0, 0],
          [10, 5],
        ],
        place,
      ),
    ).toBe('M0 0L10 50L10 100L0 100Z')
  })

  it('are read where the pointer is', () => {
    expect(nearest([0, 10, 20], 14)).toBe(1)
    expect(nearest([], 14)).toBeNull()
  })

  it('end below a round number', () => {
    expect(topOf([[3, null], [42]])).toBe(50)
    expect(topOf([[0.3]])).toBeCloseTo(0.3)
    expect(topOf([[null]])).toBe(1)
    expect(topOf([[23.5 * 1024 ** 3]], 1024)).toBe(25 * 1024 ** 3)
    expect(topOf([[15.6 * 1024 ** 3]], 1024)).toBe(20 * 1024 ** 3)
    expect(topOf([[0.5]], 1024)).toBe(0.5)
  })
})
