/** Run by `node --test bench/lib/`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { markdown, terminalTable } from './report.mjs'
import { spreadsheet } from './sheet.mjs'
import { behind, fingerprint, median, psnr, quantile, ratio } from './statistics.mjs'

test('the middle of values that are never reached is never', () => {
  assert.equal(median([Infinity, 3, Infinity]), Infinity)
  assert.equal(median([Infinity, Infinity]), Infinity)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.ok(Number.isNaN(median([])))
  assert.equal(quantile([5, 1, 3], 0), 1)
  assert.equal(quantile([5, 1, 3], 1), 5)
  assert.equal(ratio(0, 0), 1)
})

test('equal pictures have no noise, and a step of one everywhere has 48 dB', () => {
  const one = new Uint8Array(4 * 4 * 4).fill(100)
  const other = one.map((value, index) => (index % 4 === 3 ? value : value + 1))
  assert.equal(psnr(one, one, 4, [[0, 0, 4, 4]]), Infinity)
  assert.ok(Math.abs(psnr(one, other, 4, [[0, 0, 4, 4]]) - 48.13) < 0.01)
})

test('a fingerprint sees every pixel inside and none outside, and not the alpha', () => {
  const words = new Uint32Array(8 * 8).map((_, index) => index * 2654435761)
  const rects = [[2, 2, 4, 4]]
  const before = fingerprint(words, 8, rects)
  for (let at = 0; at < 64; at++) {
    const changed = words.slice()
    changed[at] ^= 1
    const inside = at % 8 >= 2 && at % 8 < 6 && at >= 16 && at < 48
    assert.equal(fingerprint(changed, 8, rects) !== before, inside, `pixel ${at}`)
  }
  assert.equal(
    fingerprint(
      words.map((word) => word ^ 0xff000000),
      8,
      rects,
    ),
    before,
  )
})

test('a picture is behind from the moment the next one is drawn until it goes', () => {
  const drawn = new Map([
    [1, 100],
    [2, 200],
    [3, 300],
    [4, 400],
  ])
  // 2 comes late, 3 is never seen.
  const seen = [
    [110, 1],
    [290, 2],
    [420, 4],
  ]
  assert.deepEqual(behind(drawn, seen, 500), [90, 120])
})

test('the same seed makes the same sheet and keys for the time', () => {
  const [one, again, other] = [spreadsheet(1, 5), spreadsheet(1, 5), spreadsheet(2, 5)]
  assert.deepEqual(one, again)
  assert.notEqual(one.text, other.text)
  assert.ok(one.keys.filter((line) => line.startsWith('key')).length <= 5000 / 90 + 1)
})

const report = {
  date: '2026-01-02T03:04:05Z',
  ...{ quick: false, runs: 2, seed: 1, seconds: 10, load: [0, 0], failures: [] },
  machine: { cpu: 'some', cores: 2, memory_gb: 4 },
  agent_bytes: 8e6,
  workloads: { scroll: 'a page' },
  results: {
    farol: {
      click: [
        { seed: 1, p50_ms: 8, p95_ms: 12 },
        { seed: 2, p50_ms: 9, p95_ms: 13 },
      ],
      scroll: [
        { seed: 1, fps: 29, exact_text_ms: 0, exact_all_ms: Infinity, rest_psnr_db: Infinity },
      ],
    },
    peer: {
      click: [
        { seed: 2, p50_ms: 12, p95_ms: 13 },
        { seed: 1, p50_ms: 16, p95_ms: 24 },
      ],
    },
  },
}

test('CPU is compared with the peer that shows most, everything else with the best of the row', () => {
  const figures = (fps, cpu) => [{ seed: 1, fps, cpu_agent_ms_per_picture: cpu }]
  const results = {
    farol: { scroll: figures(30, 4) },
    quick: { scroll: figures(20, 10) },
    slow: { scroll: figures(5, 5) },
  }
  const text = markdown({ ...report, results })
  assert.match(text, /agent CPU a picture, scroll ≤ 0\.5× \| 0\.400× \| holds/)
  assert.match(text, /\| pictures\/s \| 30\.0 \| 20\.0 \| 5\.0 \| 1\.50 \|/)
  assert.match(text, /\| CPU ms\/picture, agent side \| 4\.00 \| 10\.00 \| 5\.00 \| 0\.80 \|/)
})

test('ratios are taken within a run, and bars say what was reached', () => {
  const text = markdown(report)
  // 8/16 and 9/12.
  assert.match(text, /click to photon p50 ≤ 0\.75× \| 0\.625× \| holds/)
  assert.match(text, /all exact in every workload and run ≤ 3000 ms \| never \(scroll\) \| MISSED/)
  assert.match(text, /bytes a picture, typing ≤ 1× \| – \| not measured/)
  assert.match(text, /\| p50 ms \| 8\.5 \(8\.0 to 9\.0\) \| 14\.0 \(12\.0 to 16\.0\) \| 0\.63 \|/)
  assert.match(terminalTable(report), /agent binary ≤ 9 MB\s+8\.00 MB\s+holds/)
})
