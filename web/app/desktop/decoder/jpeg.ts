/**
 * The browser's JPEG decoders, behind one face. WebCodecs writes the pixels where they are needed; where it is missing or
 * refuses, a bitmap goes through a canvas. Knows nothing of frames.
 */

/** Decodes JPEG pictures. */
export interface JpegPictures {
  /** Rejects when the picture is unreadable or has another size. */
  decode(jpeg: Uint8Array<ArrayBuffer>, width: number, height: number): Promise<DecodedJpeg>
}

export interface DecodedJpeg {
  /** Writes RGBA without gaps, once. `target` has exactly that length. */
  copyTo(target: Uint8Array<ArrayBuffer>): Promise<void>
}

function checkSize(is: { width: number; height: number }, width: number, height: number): void {
  if (is.width !== width || is.height !== height) {
    throw new RangeError(`picture of ${is.width}×${is.height} instead of ${width}×${height}`)
  }
}

/** By WebCodecs. */
class CodecPictures implements JpegPictures {
  async decode(
    jpeg: Uint8Array<ArrayBuffer>,
    width: number,
    height: number,
  ): Promise<DecodedJpeg> {
    const decoder = new ImageDecoder({
      data: jpeg,
      type: 'image/jpeg',
      colorSpaceConversion: 'none',
      preferAnimation: false,
    })
    try {
      const { image } = await decoder.decode()
      return {
        async copyTo(target) {
          try {
            checkSize({ width: image.displayWidth, height: image.displayHeight }, width, height)
            const layout = [{ offset: 0, stride: width * 4 }]
            await image.copyTo(target, { format: 'RGBA', layout })
          } finally {
            image.close()
          }
        },
      }
    } finally {
      decoder.close()
    }
  }
}

/** By a bitmap and a canvas that is kept in ordinary memory. */
class CanvasPictures implements JpegPictures {
  #canvas: OffscreenCanvas | null = null

  async decode(
    jpeg: Uint8Array<ArrayBuffer>,
    width: number,
    height: number,
  ): Promise<DecodedJpeg> {
    const bitmap = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }), {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
    })
    return {
      copyTo: (target) => {
        try {
          checkSize(bitmap, width, height)
          target.set(this.#pixels(bitmap))
        } finally {
          bitmap.close()
        }
        return Promise.resolve()
      },
    }
  }

  #pixels(bitmap: ImageBitmap): Uint8ClampedArray {
    let canvas = this.#canvas
    if (canvas === null || canvas.width < bitmap.width || canvas.height < bitmap.height) {
      canvas = new OffscreenCanvas(
        Math.max(bitmap.width, canvas?.width ?? 0),
        Math.max(bitmap.height, canvas?.height ?? 0),
      )
      this.#canvas = canvas
    }
    const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true })
    if (context === null) throw new Error('no canvas for pictures')
    context.drawImage(bitmap, 0, 0)
    return context.getImageData(0, 0, bitmap.width, bitmap.height).data
  }
}

/** WebCodecs until it fails once, the canvas from then on. */
class FallbackPictures implements JpegPictures {
  #first: JpegPictures | null = new CodecPictures()
  readonly #second = new CanvasPictures()

  async decode(
    jpeg: Uint8Array<ArrayBuffer>,
    width: number,
    height: number,
  ): Promise<DecodedJpeg> {
    const first = this.#first
    if (first === null) return this.#second.decode(jpeg, width, height)
    const again = async (target: Uint8Array<ArrayBuffer>) => {
      const decoded = await this.#second.decode(jpeg, width, height)
      await decoded.copyTo(target)
      // Only a picture that the other one can read says something about this one.
      this.#first = null
    }
    let decoded: DecodedJpeg
    try {
      decoded = await first.decode(jpeg, width, height)
    } catch {
      return { copyTo: again }
    }
    return {
      async copyTo(target) {
        try {
          await decoded.copyTo(target)
        } catch {
          await again(target)
        }
      },
    }
  }
}

/** The best this browser has. */
export function browserJpeg(): JpegPictures {
  return typeof ImageDecoder === 'undefined' ? new CanvasPictures() : new FallbackPictures()
}
