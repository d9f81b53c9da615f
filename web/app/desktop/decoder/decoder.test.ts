/**
 * The committed module against the vectors that the media crate's tests check too (`proto/vectors/media`).
 * Decoders of JPEG and video differ, so patterns stand in for the decoded pictures.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'

import { FrameDecoder } from './decoder'
import type { JpegPictures } from './jpeg'
import type { VideoHead, VideoPictures } from './video'

interface Vector {
  name: string
  width: number
  height: number
  frames: { bytes: number; shown: string }[]
}

const vectorFile = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../../proto/vectors/media', name))

const patternOf = (width: number, height: number, factor: number) => ({
  copyTo: (target: Uint8Array<ArrayBuffer>) => {
    expect(target.length).toBe(width * height * 4)
    for (let index = 0; index < target.length; index++) {
      target[index] = index % 4 === 3 ? 255 : (index * factor) & 255
    }
    return Promise.resolve()
  },
})

const pattern: JpegPictures = {
  decode: (_, width, height) => Promise.resolve(patternOf(width, height, 7)),
}

/** Remembers what it was given. */
class PatternVideo implements VideoPictures {
  readonly given: { bytes: number; head: VideoHead }[] = []
  resets = 0

  decode(vp9: Uint8Array<ArrayBuffer>, head: VideoHead) {
    this.given.push({ bytes: vp9.length, head })
    return Promise.resolve(patternOf(head.width, head.height, 5))
  }

  reset() {
    this.resets += 1
  }
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
    const decoder = await FrameDecoder.load(module, pattern, new PatternVideo())
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

  const video = () => {
    const vector = vectors.find(({ name }) => name === 'video')
    if (vector === undefined) throw new Error('the vector with video is missing')
    const bytes = vectorFile('video.bin')
    let at = 0
    const frames = vector.frames.map(({ bytes: length }) => {
      at += length
      return new Uint8Array(bytes.subarray(at - length, at))
    })
    return { ...vector, frames }
  }

  it('hands the video of a frame to its decoder, the key first', async () => {
    const pictures = new PatternVideo()
    const decoder = await FrameDecoder.load(module, pattern, pictures)
    const { width, height, frames } = video()
    decoder.resize(width, height)
    const came = []
    for (const frame of frames) came.push((await decoder.decode(frame)).video)
    expect(came.filter(Boolean)).toHaveLength(pictures.given.length)
    expect(pictures.given.length).toBeGreaterThan(1)
    expect(pictures.given.map(({ head }) => head.key)).toEqual([
      true,
      ...pictures.given.slice(1).map(() => false),
    ])
    expect(pictures.given[0]?.head).toMatchObject({ width: 160, height: 160 })
    expect(pictures.resets).toBe(1)
  })

  it('does without video once that failed twice', async () => {
    const failing: VideoPictures = {
      decode: () => Promise.reject(new Error('unreadable')),
      reset: () => undefined,
    }
    const decoder = await FrameDecoder.load(module, pattern, failing)
    const { width, height, frames } = video()
    for (let failures = 1; failures <= 2; failures++) {
      expect(decoder.decodesVideo).toBe(true)
      decoder.resize(width, height)
      const all = (async () => {
        for (const frame of frames) await decoder.decode(frame)
      })()
      await expect(all).rejects.toMatchObject({ reason: 'bad_video' })
    }
    expect(decoder.decodesVideo).toBe(false)
    expect((await FrameDecoder.load(module, pattern)).decodesVideo).toBe(false)
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
