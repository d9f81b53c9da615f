/**
 * Writes `.br` and `.gz` beside every text asset of a finished build, so that the server never compresses at run time.
 * Usage: node scripts/precompress.mjs DIR. Files that do not get smaller are left alone.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const compressible = /\.(html|js|mjs|css|svg|json|txt|wasm|webmanifest)$/
const tooSmallToMatter = 512

const dir = process.argv[2]
if (!dir) {
  console.error(
    'precompress: name the directory of the build, for example: node scripts/precompress.mjs dist',
  )
  process.exit(2)
}

const brotli = (bytes) =>
  promisify(brotliCompress)(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })
const encodings = [
  ['.br', brotli],
  ['.gz', (bytes) => promisify(gzip)(bytes, { level: 9 })],
]

const entries = await readdir(dir, { recursive: true, withFileTypes: true })
const files = entries
  .filter((entry) => entry.isFile() && compressible.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))

for (const file of files) {
  const bytes = await readFile(file)
  if (bytes.length < tooSmallToMatter) continue
  for (const [suffix, compress] of encodings) {
    const small = await compress(bytes)
    if (small.length < bytes.length) await writeFile(file + suffix, small)
  }
}
