/**
 * Numbers from numbers: medians, spreads, pictures compared. Pure.
 */

/** The value below which `part` of them lie; NaN when there are none. */
export function quantile(values, part) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}

/** The middle value; between the two middle ones when their number is even. */
export function median(values) {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length === 0) return NaN
  if (sorted.length % 2 === 1 || sorted[middle] === sorted[middle - 1]) return sorted[middle]
  return (sorted[middle - 1] + sorted[middle]) / 2
}

/** Times of a kind, milliseconds: how many, and how they are spread. */
export function spread(times) {
  return {
    count: times.length,
    p50_ms: quantile(times, 0.5),
    p95_ms: quantile(times, 0.95),
    max_ms: quantile(times, 1),
  }
}

/** Ours divided by theirs; nothing against nothing is a draw. */
export const ratio = (ours, theirs) => (ours === 0 && theirs === 0 ? 1 : ours / theirs)

/** Brightness of pixel `index` of RGBA, ITU-R BT.601, 0 to 255. */
const brightness = (rgba, index) =>
  0.299 * rgba[index] + 0.587 * rgba[index + 1] + 0.114 * rgba[index + 2]

/** Peak signal to noise of the brightness, dB, over rectangles of two RGBA pictures; infinite when they are equal. */
export function psnr(one, other, width, rects) {
  let sum = 0
  let count = 0
  for (const [left, top, wide, high] of rects) {
    for (let y = top; y < top + high; y++) {
      for (let x = left; x < left + wide; x++) {
        const index = (y * width + x) * 4
        sum += (brightness(one, index) - brightness(other, index)) ** 2
      }
    }
    count += wide * high
  }
  return sum === 0 ? Infinity : 10 * Math.log10((255 * 255 * count) / sum)
}

/**
 * A number for the contents of rectangles of an RGBA picture (32-bit words). Runs in pages, too, so it uses nothing from
 * outside. Two halves, because one of 32 bits meets itself by chance too often.
 */
export function fingerprint(words, width, rects) {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (const [left, top, wide, high] of rects) {
    for (let y = top; y < top + high; y++) {
      const end = y * width + left + wide
      for (let at = y * width + left; at < end; at++) {
        const word = words[at] & 0xffffff
        a = Math.imul(a ^ word, 0x01000193)
        b = Math.imul(b ^ (word + (b >>> 15)), 0x85ebca6b)
      }
    }
  }
  return `${(a >>> 0).toString(16)}-${(b >>> 0).toString(16)}`
}

/**
 * How far a picture lagged behind, milliseconds: for how long the screen had already looked otherwise while it was still shown.
 * `drawn` has the instant of each number, `seen` [instant, number] as they came into sight; all in ms of one clock. The time until
 * the first number was seen does not count.
 */
export function behind(drawn, seen, end) {
  const lags = []
  seen.forEach(([, number], index) => {
    const replaced = drawn.get(number + 1)
    if (replaced === undefined) return
    const until = seen[index + 1]?.[0] ?? end
    lags.push(Math.max(0, until - replaced))
  })
  return lags
}
