/** Run by `node --test bench/lib/`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { linkOf } from './links.mjs'

test('a link is a rate, a round trip and perhaps loss', () => {
  assert.deepEqual(linkOf('0.512,80'), {
    label: '0.512 Mbit/s, 80 ms',
    bits: 512_000,
    delay: 40,
    loss: 0,
    roundTrip: 80,
  })
  assert.equal(linkOf('1,200,3').label, '1 Mbit/s, 200 ms, 3 % loss')
  assert.equal(linkOf('1,200,3').loss, 3)
})

test('what is no link is refused', () => {
  for (const given of ['', '1', '0,40', '1,-1', '1,2,100', '1,2,3,4', 'fast,40', '1,2,', '1e9,5'])
    assert.throws(() => linkOf(given), /is no link/, given)
})
