/** The decoder of `desktop/decoder` in the shape that the engine wants. */
import { FrameDecoder as ModuleDecoder } from '~/desktop/decoder/decoder'
import type { Picture } from '~/desktop/painter'

import type { FrameDecoder } from './engine'

/** Makes a decoder for one connection. */
export async function createDecoder(module: WebAssembly.Module): Promise<FrameDecoder> {
  const decoder = await ModuleDecoder.load(module)
  return {
    reset: (width, height) => decoder.resize(width, height),
    decode: async (data): Promise<Picture> => {
      const { dirty } = await decoder.decode(data)
      const { framebuffer: pixels, width, height } = decoder
      return { pixels, width, height, changed: dirty }
    },
  }
}
