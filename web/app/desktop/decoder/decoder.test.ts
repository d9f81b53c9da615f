/**
 * The committed module against the vectors that the media crate's tests check too (`proto/vectors/media`).
 * JPEG decoders differ, so a pattern stands in for the decoded picture.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'

import { FrameDecoder } from './decoder'
import type { JpegPictures } from './jpeg'

interface Vector {
  name: string
  width: number
  height: number
  frames: { bytes: number; shown: string }[]
}

const vectorFile = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../../proto/vectors/media', name))

const pattern: JpegPictures = {
  decode: (_, width, height) =>
    Promise.resolve({
      copyTo: (target) => {
        expect(target.length).toBe(width * height * 4)
        for (let index = 0; index < target.length; index++) {
          target[index] = index % 4 === 3 ? 255 : (index * 7) & 255
        }
        return Promise.resolve()
      },
    }),
}

let module: WebAssembly.Module

beforeAll(async () => {
  // CI names a module that it has just built from the same sources.
  const file = process.env['FAROL_DECODER_MODULE'] ?? join(import.meta.dirname, 'decoder.wasm')
  module = await WebAssembly.compile(readFileSync(file))
})

describe('FrameDecoder', () => {
  const vectors = JSON.parse(vectorFile('frames.json').toString()) as Vector[]

  it.each(vectors)('shows what $name says', async ({ name, width, height, frames }) => {
    const decoder = await FrameDecoder.load(module, pattern)
    decoder.resize(width, height)
    const bytes = vectorFile(`${name}.bin`)
    let at = 0
    for (const frame of frames) {
      const { dirty } = await decoder.decode(new Uint8Array(bytes.subarray(at, at + frame.bytes)))
      at += frame.bytes
      const shown = createHash('sha256').update(decoder.framebuffer).digest('hex')
      expect(shown).toBe(frame.shown)
      for (const rect of dirty) {
        expect(rect.x + rect.width).toBeLessThanOrEqual(width)
        expect(rect.y + rect.height).toBeLessThanOrEqual(height)
      }
    }
    expect(at).toBe(bytes.length)
  })

  it('refuses nonsense, stays refusing, and starts over after resize', async () => {
    const decoder = await FrameDecoder.load(module, pattern)
    decoder.resize(64, 64)
    await expect(decoder.decode(new Uint8Array([1]))).rejects.toMatchObject({ reason: 'malformed' })
    await expect(decoder.decode(new Uint8Array([1, 0]))).rejects.toMatchObject({
      reason: 'out_of_step',
    })
    decoder.resize(64, 64)
    await expect(decoder.decode(new Uint8Array([77, 0]))).rejects.toMatchObject({
      reason: 'version',
    })
    expect(() => decoder.resize(1_000_000, 2)).toThrow(expect.objectContaining({ reason: 'bad_size' }))
    expect(decoder.framebuffer.length).toBe(0)
  })

  it('decodes one frame at a time', async () => {
    const decoder = await FrameDecoder.load(module, {
      decode: () => new Promise(() => undefined),
    })
    const [first] = vectors.filter(({ name }) => name === 'photo')
    if (first === undefined) throw new Error('the vector with a picture is missing')
    decoder.resize(first.width, first.height)
    const bytes = new Uint8Array(vectorFile('photo.bin'))
    void decoder.decode(bytes.slice(0, first.frames[0]?.bytes))
    await expect(decoder.decode(bytes)).rejects.toMatchObject({ reason: 'out_of_step' })
  })
})
