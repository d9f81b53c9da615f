/** The decoder of `desktop/decoder` in the shape that the engine wants. */
import { FrameDecoder as ModuleDecoder } from '~/desktop/decoder/decoder'
import { browserJpeg } from '~/desktop/decoder/jpeg'
import { browserVideo } from '~/desktop/decoder/video'

import type { DecodedPicture, FrameDecoder } from './engine'

/** Makes a decoder for one connection. */
export async function createDecoder(module: WebAssembly.Module): Promise<FrameDecoder> {
  const decoder = await ModuleDecoder.load(module, browserJpeg(), await browserVideo())
  return {
    get decodesVideo() {
      return decoder.decodesVideo
    },
    reset: (width, height) => decoder.resize(width, height),
    decode: async (data): Promise<DecodedPicture> => {
      const { dirty, video } = await decoder.decode(data)
      const { framebuffer: pixels, width, height } = decoder
      return { pixels, width, height, changed: dirty, video }
    },
  }
}
