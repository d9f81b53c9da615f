/**
 * The browser's VP9 decoder behind one face: for the part of the screen that moves like video. One frame in, one picture out.
 * Knows nothing of our frames; what it may be given was checked by the module.
 */

/** What is known of a picture before it is decoded. */
export interface VideoHead {
  /** It needs none before it. */
  readonly key: boolean
  readonly width: number
  readonly height: number
}

/** Decodes the frames of one video, in order. */
export interface VideoPictures {
  /** Rejects when the frame is unreadable or brings another size, and from then on until a key. */
  decode(vp9: Uint8Array<ArrayBuffer>, head: VideoHead): Promise<DecodedVideo>
  /** Forgets what was decoded: a key comes next, or nothing. */
  reset(): void
}

export interface DecodedVideo {
  /** Writes RGBA without gaps, once. `target` has exactly that length. */
  copyTo(target: Uint8Array<ArrayBuffer>): Promise<void>
}

/**
 * Profile 0, 8 bits, any size, BT.709 of limited range. In software: the region is small, and a graphics processor may hold
 * pictures back, since it expects more to come.
 */
const CONFIG: VideoDecoderConfig = {
  codec: 'vp09.00.51.08.01.01.01.01.00',
  colorSpace: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false },
  optimizeForLatency: true,
  hardwareAcceleration: 'prefer-software',
}

/** A decoder that says nothing for this long is stuck, milliseconds. Large keys on busy machines take some hundred. */
const PATIENCE_MS = 3000

/** By WebCodecs. */
class CodecVideo implements VideoPictures {
  #decoder: VideoDecoder | null = null
  #waiting: { resolve: (frame: VideoFrame) => void; reject: (cause: Error) => void } | null = null
  #at = 0

  async decode(vp9: Uint8Array<ArrayBuffer>, head: VideoHead): Promise<DecodedVideo> {
    if (head.key && this.#decoder === null) this.#decoder = this.#start()
    const decoder = this.#decoder
    if (decoder === null) throw new Error('the pictures before are missing')
    // Only their order counts, and that they differ.
    this.#at += 1
    const chunk = new EncodedVideoChunk({
      type: head.key ? 'key' : 'delta',
      timestamp: this.#at,
      data: vp9,
    })
    let timer: ReturnType<typeof setTimeout> | undefined
    const picture = new Promise<VideoFrame>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      timer = setTimeout(() => reject(new Error('the decoder does not answer')), PATIENCE_MS)
    })
    try {
      decoder.decode(chunk)
      return decodedVideo(await picture, head)
    } catch (cause) {
      this.reset()
      throw cause
    } finally {
      clearTimeout(timer)
      this.#waiting = null
    }
  }

  reset(): void {
    const decoder = this.#decoder
    this.#decoder = null
    if (decoder !== null && decoder.state !== 'closed') decoder.close()
  }

  #start(): VideoDecoder {
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => {
        if (this.#decoder !== decoder || this.#waiting === null) frame.close()
        else this.#waiting.resolve(frame)
      },
      error: (cause) => {
        if (this.#decoder === decoder) this.#waiting?.reject(cause)
      },
    })
    decoder.configure(CONFIG)
    return decoder
  }
}

function decodedVideo(frame: VideoFrame, { width, height }: VideoHead): DecodedVideo {
  return {
    async copyTo(target) {
      try {
        const { displayWidth, displayHeight } = frame
        if (displayWidth !== width || displayHeight !== height)
          throw new RangeError(`picture of ${displayWidth}×${displayHeight} instead of ${width}×${height}`)
        const layout = [{ offset: 0, stride: width * 4 }]
        await frame.copyTo(target, { format: 'RGBA', layout })
      } finally {
        frame.close()
      }
    },
  }
}

/** The browser's decoder; null when it has none for this. */
export async function browserVideo(): Promise<VideoPictures | null> {
  if (typeof VideoDecoder === 'undefined') return null
  try {
    const { supported } = await VideoDecoder.isConfigSupported(CONFIG)
    return supported === true ? new CodecVideo() : null
  } catch {
    return null
  }
}
