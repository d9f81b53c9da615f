/** Loads the decoder's WebAssembly module, compiled while it arrives. What it does is in `decoder/`. */
import address from './decoder/decoder.wasm?url'

/** Compiles the module; a decoder is made of it per connection. Rejects when it cannot be fetched or is refused. */
export async function loadDecoderModule(): Promise<WebAssembly.Module> {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`decoder module: HTTP ${response.status}`)
  const type = response.headers.get('Content-Type') ?? ''
  // A proxy that serves it as something else must not cost the picture.
  if (type.startsWith('application/wasm')) return WebAssembly.compileStreaming(response)
  return WebAssembly.compile(await response.arrayBuffer())
}
