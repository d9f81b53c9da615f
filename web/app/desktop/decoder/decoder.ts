/**
 * Frames to pixels: the media crate's decoder, compiled to WebAssembly, behind a class. Meant for a worker. Start at
 * `FrameDecoder.decode`. Where pixels go is not decided here, nor how JPEG (`jpeg.ts`) and video (`video.ts`) are decoded.
 *
 * The module (`decoder.wasm`) is made by `cargo xtask gen` from `crates/media` and `web/decoder`.
 */
import { browserJpeg } from './jpeg'
import type { JpegPictures } from './jpeg'
import type { VideoPictures } from './video'

/** Pixels of the picture; right and bottom are exclusive. */
export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface DecodedFrame {
  /** What may have changed, as it is best drawn; at most 64 rectangles, all within the picture. */
  readonly dirty: readonly Rect[]
  /** Time from call to result, microseconds. */
  readonly decodeUs: number
  /** A part of it came as video. */
  readonly video: boolean
}

/** In the order of the module's results, from -1 down. */
const REASONS = [
  'malformed',
  'version',
  'out_of_step',
  'bad_atlas',
  'bad_size',
  'bad_video',
  'differs',
] as const

/**
 * - `malformed`: no correct agent sends this.
 * - `version`: the agent is newer than this console.
 * - `out_of_step`: a frame after a failed one, or two at once.
 * - `bad_atlas`: the JPEG picture is unreadable or has the wrong size.
 * - `bad_size`: a picture of a size that is not supported.
 * - `bad_video`: the video picture is unreadable or has the wrong size, or there is no decoder for it.
 * - `differs`: after a frame that is checked, the picture is not the agent's.
 */
export type DecodeFailure = (typeof REASONS)[number]

/** A frame cannot be shown. The picture is undefined until `resize`; ask the agent to start over. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
  readonly reason: DecodeFailure

  constructor(reason: DecodeFailure, options?: ErrorOptions) {
    super(`frame cannot be decoded: ${reason}`, options)
    this.reason = reason
  }
}

/** The module's face; see `web/decoder/src/lib.rs`. */
interface Exports {
  readonly memory: WebAssembly.Memory
  farol_resize(width: number, height: number): number
  farol_frame(length: number): number
  farol_begin(length: number): number
  farol_atlas_start(): number
  farol_atlas_length(): number
  farol_atlas_width(): number
  farol_atlas_height(): number
  farol_video_start(): number
  farol_video_length(): number
  farol_video_width(): number
  farol_video_height(): number
  farol_video_key(): number
  farol_apply(): number
  farol_atlas_pixels(): number
  farol_video_pixels(): number
  farol_finish(): number
  farol_dirty(): number
  farol_framebuffer(): number
}

const FUNCTIONS = [
  'farol_resize',
  'farol_frame',
  'farol_begin',
  'farol_atlas_start',
  'farol_atlas_length',
  'farol_atlas_width',
  'farol_atlas_height',
  'farol_video_start',
  'farol_video_length',
  'farol_video_width',
  'farol_video_height',
  'farol_video_key',
  'farol_apply',
  'farol_atlas_pixels',
  'farol_video_pixels',
  'farol_finish',
  'farol_dirty',
  'farol_framebuffer',
] as const satisfies readonly (keyof Exports)[]

function isExports(exports: object): exports is Exports {
  const has = (name: string, of: (value: unknown) => boolean) =>
    of((exports as Record<string, unknown>)[name])
  return (
    has('memory', (value) => value instanceof WebAssembly.Memory) &&
    FUNCTIONS.every((name) => has(name, (value) => typeof value === 'function'))
  )
}

function checked(result: number): number {
  if (result < 0) throw new DecodeError(REASONS[-result - 1] ?? 'malformed')
  return result
}

/** What `farol_begin` found. */
const HAS_ATLAS = 1
const HAS_VIDEO = 2

/** A browser whose video decoder failed so often does without. */
const VIDEO_FAILURES_MAX = 2

/** One viewer's picture. Call `resize` first, then `decode` for every frame in order, one at a time. */
export class FrameDecoder {
  readonly #module: Exports
  readonly #jpeg: JpegPictures
  readonly #video: VideoPictures | null
  #videoFailures = 0
  #width = 0
  #height = 0
  #busy = false
  #view: Uint8ClampedArray<ArrayBuffer> = new Uint8ClampedArray(0)

  private constructor(module: Exports, jpeg: JpegPictures, video: VideoPictures | null) {
    this.#module = module
    this.#jpeg = jpeg
    this.#video = video
  }

  /**
   * Makes a decoder from the compiled module, or from the response that brings it (served as `application/wasm`).
   * Each decoder has a memory of its own: 4 bytes a pixel and up to 40 MB. Without `video` it decodes none.
   */
  static async load(
    source: WebAssembly.Module | Response | Promise<Response>,
    jpeg: JpegPictures = browserJpeg(),
    video: VideoPictures | null = null,
  ): Promise<FrameDecoder> {
    const instance =
      source instanceof WebAssembly.Module
        ? await WebAssembly.instantiate(source)
        : (await WebAssembly.instantiateStreaming(source)).instance
    if (!isExports(instance.exports)) throw new TypeError('not the decoder module')
    return new FrameDecoder(instance.exports, jpeg, video)
  }

  /** Pixels; 0 before the first `resize`. */
  get width(): number {
    return this.#width
  }

  get height(): number {
    return this.#height
  }

  /** Whether frames with video can be decoded. Becomes false when that failed several times. */
  get decodesVideo(): boolean {
    return this.#video !== null && this.#videoFailures < VIDEO_FAILURES_MAX
  }

  /** Starts over with a black picture: for a new layout, and after an error. Throws `DecodeError` (`bad_size`). */
  resize(width: number, height: number): void {
    if (this.#busy) throw new DecodeError('out_of_step')
    this.#width = 0
    this.#height = 0
    this.#video?.reset()
    checked(this.#module.farol_resize(width, height))
    this.#width = width
    this.#height = height
  }

  /**
   * RGBA, top row first: the module's own memory, no copy. Valid until the next `decode` or `resize`; ask again after
   * each. Pixels that were never painted are transparent.
   */
  get framebuffer(): Uint8ClampedArray<ArrayBuffer> {
    const { buffer } = this.#module.memory
    const address = this.#module.farol_framebuffer()
    const length = this.#width * this.#height * 4
    const view = this.#view
    if (view.buffer !== buffer || view.byteOffset !== address || view.length !== length) {
      this.#view = new Uint8ClampedArray(buffer, address, length)
    }
    return this.#view
  }

  /** Applies one frame. Throws `DecodeError`; then only `resize` helps. */
  async decode(data: Uint8Array<ArrayBuffer>): Promise<DecodedFrame> {
    if (this.#busy) throw new DecodeError('out_of_step')
    this.#busy = true
    const start = performance.now()
    try {
      const module = this.#module
      const room = checked(module.farol_frame(data.length))
      new Uint8Array(module.memory.buffer, room, data.length).set(data)
      const found = checked(module.farol_begin(data.length))
      const atlas = (found & HAS_ATLAS) === 0 ? null : this.#atlas(data)
      const video = (found & HAS_VIDEO) === 0 ? null : this.#videoPicture(data)
      checked(module.farol_apply())
      // One after the other: room for the second may move what the first would write to. Without pictures nothing waits.
      if (atlas !== null) await atlas()
      if (video !== null) await video()
      const count = checked(module.farol_finish())
      const decodeUs = Math.round((performance.now() - start) * 1000)
      return { dirty: this.#dirty(count), decodeUs, video: video !== null }
    } finally {
      this.#busy = false
    }
  }

  /** Lets the JPEG picture decode while the module does the rest of the frame; the result brings it there. */
  #atlas(data: Uint8Array<ArrayBuffer>): () => Promise<void> {
    const module = this.#module
    const begin = module.farol_atlas_start()
    const jpeg = data.subarray(begin, begin + module.farol_atlas_length())
    const width = module.farol_atlas_width()
    const height = module.farol_atlas_height()
    const picture = this.#jpeg.decode(jpeg, width, height)
    return this.#finished('bad_atlas', picture, width * height, () => module.farol_atlas_pixels())
  }

  /** As `#atlas`, for the video picture. */
  #videoPicture(data: Uint8Array<ArrayBuffer>): () => Promise<void> {
    const module = this.#module
    const begin = module.farol_video_start()
    const vp9 = data.subarray(begin, begin + module.farol_video_length())
    const width = module.farol_video_width()
    const height = module.farol_video_height()
    const key = module.farol_video_key() === 1
    const picture = this.decodesVideo ? this.#video?.decode(vp9, { key, width, height }) : undefined
    const wanted = picture ?? Promise.reject(new Error('no decoder for video'))
    const finish = this.#finished('bad_video', wanted, width * height, () =>
      module.farol_video_pixels(),
    )
    return async () => {
      try {
        await finish()
      } catch (cause) {
        this.#videoFailures += 1
        throw cause
      }
    }
  }

  /** Waits for a picture and writes it where the module wants it. */
  #finished(
    failure: DecodeFailure,
    picture: Promise<{ copyTo(target: Uint8Array<ArrayBuffer>): Promise<void> }>,
    pixels: number,
    room: () => number,
  ): () => Promise<void> {
    // Errors are looked at in the end; until then they may not go unhandled.
    picture.catch(() => undefined)
    return async () => {
      try {
        const decoded = await picture
        const address = checked(room())
        await decoded.copyTo(new Uint8Array(this.#module.memory.buffer, address, pixels * 4))
      } catch (cause) {
        throw cause instanceof DecodeError ? cause : new DecodeError(failure, { cause })
      }
    }
  }

  #dirty(count: number): Rect[] {
    const numbers = new Uint32Array(this.#module.memory.buffer, this.#module.farol_dirty(), count * 4)
    const rects: Rect[] = []
    for (let at = 0; at < numbers.length; at += 4) {
      const [x = 0, y = 0, width = 0, height = 0] = numbers.subarray(at, at + 4)
      rects.push({ x, y, width, height })
    }
    return rects
  }
}
