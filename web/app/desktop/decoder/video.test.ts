/** The browser's video decoder, with one that does as it is told in its place. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { browserVideo } from './video'

const HEAD = { key: true, width: 160, height: 128 }

class FakeFrame {
  closed = 0
  readonly displayWidth: number
  readonly displayHeight = 128
  constructor(width: number) {
    this.displayWidth = width
  }
  copyTo(target: Uint8Array) {
    target.fill(7)
    return Promise.resolve([])
  }
  close() {
    this.closed += 1
  }
}

class FakeDecoder {
  static all: FakeDecoder[] = []
  static isSupported = true
  /** What it does with a chunk. */
  static answer: (decoder: FakeDecoder) => void = (decoder) => decoder.output(new FakeFrame(160))
  static isConfigSupported = () => Promise.resolve({ supported: FakeDecoder.isSupported })
  state = 'unconfigured'
  chunks: { type: string }[] = []
  readonly output: (frame: FakeFrame) => void
  readonly error: (cause: Error) => void
  constructor({ output, error }: { output: (frame: FakeFrame) => void; error: (cause: Error) => void }) {
    this.output = output
    this.error = error
    FakeDecoder.all.push(this)
  }
  configure() {
    this.state = 'configured'
  }
  decode(chunk: { type: string }) {
    this.chunks.push(chunk)
    FakeDecoder.answer(this)
  }
  close() {
    this.state = 'closed'
  }
}

beforeEach(() => {
  FakeDecoder.all = []
  FakeDecoder.isSupported = true
  FakeDecoder.answer = (decoder) => decoder.output(new FakeFrame(160))
  vi.stubGlobal('VideoDecoder', FakeDecoder)
  vi.stubGlobal(
    'EncodedVideoChunk',
    class {
      readonly type: string
      constructor({ type }: { type: string }) {
        this.type = type
      }
    },
  )
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const bytes = () => Uint8Array.of(1, 2, 3)

async function decoderOf() {
  const video = await browserVideo()
  if (video === null) throw new Error('no decoder')
  return video
}

describe('browserVideo', () => {
  it('is there only where the browser decodes what we send', async () => {
    expect(await browserVideo()).not.toBeNull()
    FakeDecoder.isSupported = false
    expect(await browserVideo()).toBeNull()
    vi.stubGlobal('VideoDecoder', undefined)
    expect(await browserVideo()).toBeNull()
  })

  it('gives a picture for each frame, by one decoder', async () => {
    const video = await decoderOf()
    const target = new Uint8Array(160 * 128 * 4)
    await (await video.decode(bytes(), HEAD)).copyTo(target)
    await video.decode(bytes(), { ...HEAD, key: false })
    expect(target[9]).toBe(7)
    expect(FakeDecoder.all.map(({ chunks }) => chunks.map(({ type }) => type))).toEqual([
      ['key', 'delta'],
    ])
  })

  it('refuses a picture of another size, and closes it', async () => {
    const frame = new FakeFrame(176)
    FakeDecoder.answer = (decoder) => decoder.output(frame)
    const picture = await (await decoderOf()).decode(bytes(), HEAD)
    await expect(picture.copyTo(new Uint8Array(160 * 128 * 4))).rejects.toThrow(RangeError)
    expect(frame.closed).toBe(1)
  })

  it('starts a new decoder with a key after a failure, and takes nothing else before', async () => {
    const video = await decoderOf()
    FakeDecoder.answer = (decoder) => decoder.error(new Error('broken'))
    await expect(video.decode(bytes(), HEAD)).rejects.toThrow('broken')
    FakeDecoder.answer = (decoder) => decoder.output(new FakeFrame(160))
    await expect(video.decode(bytes(), { ...HEAD, key: false })).rejects.toThrow('missing')
    await video.decode(bytes(), HEAD)
    expect(FakeDecoder.all.map(({ state }) => state)).toEqual(['closed', 'configured'])
  })

  it('does not wait for ever', async () => {
    vi.useFakeTimers()
    FakeDecoder.answer = () => undefined
    const video = await decoderOf()
    const decoded = expect(video.decode(bytes(), HEAD)).rejects.toThrow('does not answer')
    await vi.advanceTimersByTimeAsync(60_000)
    await decoded
    // What comes too late is closed.
    const late = new FakeFrame(160)
    FakeDecoder.all[0]?.output(late)
    expect(late.closed).toBe(1)
  })
})
