/** The WebAssembly modules of a session, compiled once per worker. */
import decoder from '~/desktop/decoder/decoder.wasm?url'
import { compileModule } from '~/desktop/wasm-module'
import pipe from '~/wire/pipe.wasm?url'

/** Starts loading both: they take as long as the server's answer. */
export const loadModules = () => ({ decoder: compileModule(decoder), pipe: compileModule(pipe) })
