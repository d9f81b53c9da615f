/** Loads a WebAssembly module, compiled while it arrives. What the modules do is beside them. */

/** Compiles the module at an address. Rejects when it cannot be fetched or is refused. */
export async function compileModule(address: string): Promise<WebAssembly.Module> {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`WebAssembly module: HTTP ${response.status}`)
  const type = response.headers.get('Content-Type') ?? ''
  // A proxy that serves it as something else must not cost the session.
  if (type.startsWith('application/wasm')) return WebAssembly.compileStreaming(response)
  return WebAssembly.compile(await response.arrayBuffer())
}
