/**
 * What is measured inside the page, the same for every product: it only knows that there is a canvas. `installProbe` runs in
 * the page and uses nothing from outside; the functions below it speak with it.
 */
import { fingerprint } from './statistics.mjs'

/* eslint-disable no-undef */
function installProbe(selector) {
  const SQUARE = 16
  const element = document.querySelector(selector)
  const clock = () => performance.timeOrigin + performance.now()
  const surfaces = new Map()

  /** RGBA of a part of the canvas, every `every`-th pixel. */
  const pixels = (name, [x, y, w, h], every = 1) => {
    const [width, height] = [Math.ceil(w / every), Math.ceil(h / every)]
    if (surfaces.get(name)?.canvas.width !== width || surfaces.get(name).canvas.height !== height) {
      const canvas = new OffscreenCanvas(width, height)
      surfaces.set(name, canvas.getContext('2d', { willReadFrequently: true }))
    }
    const context = surfaces.get(name)
    context.imageSmoothingEnabled = false
    context.drawImage(element, x, y, w, h, 0, 0, width, height)
    return context.getImageData(0, 0, width, height).data
  }

  /** The number that stands as bars (`marks.rs` of the workload) with its corner at (x, y); undefined when there is none. */
  const number = (x, y) => {
    const data = pixels('bars', [x, y, 18 * SQUARE, 2 * SQUARE])
    const light = (column, row) => data[(row * 18 * SQUARE + column) * 4 + 1]
    let value = 0
    for (let square = 0; square < 18; square++) {
      const column = square * SQUARE + SQUARE / 2
      const [upper, lower] = [light(column, SQUARE / 2), light(column, SQUARE + SQUARE / 2)]
      const on = upper >= 170 && lower <= 85
      if (!on && !(upper <= 85 && lower >= 170)) return undefined
      if (square < 2 && on !== (square === 0)) return undefined
      if (square >= 2) value = value * 2 + (on ? 1 : 0)
    }
    return value
  }

  const state = { watching: false, resting: false, pictures: 0, numbers: [], samples: [], rest: [] }

  /** Counts different pictures of a part; with `bars` the numbers in sight are noted; with `samples` whole pictures are kept. */
  const watch = ({ area, every, bars, samples }) => {
    Object.assign(state, { watching: true, pictures: 0, numbers: [], samples: [] })
    let last = new Uint32Array(0)
    let sampled = -Infinity
    const look = () => {
      if (!state.watching) return
      if (bars) {
        const now = number(bars[0], bars[1])
        if (now !== undefined && now !== state.numbers.at(-1)?.[1]) {
          state.numbers.push([clock(), now])
          state.pictures += 1
          if (samples && state.samples.length < samples.most && clock() - sampled > samples.gap) {
            const data = pixels('sample', area)
            // Half drawn: the bars at the lower end are of another picture.
            if (number(bars[0], samples.lower) === now) {
              sampled = clock()
              state.samples.push({ number: now, data: data.slice() })
            }
          }
        }
      } else {
        const now = new Uint32Array(pixels('watch', area, every).buffer)
        if (now.length !== last.length || now.some((value, at) => value !== last[at]))
          state.pictures += 1
        last = now
      }
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  }

  const base64 = (data) =>
    new Promise((resolve, reject) => {
      const reader = new FileReader()
      reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1))
      reader.onerror = () => reject(reader.error)
      reader.readAsDataURL(new Blob([data]))
    })

  /** Notes when the text and the whole picture become another one, about 25 times a second. */
  const rest = (text) => {
    Object.assign(state, { resting: true, rest: [] })
    const whole = [0, 0, element.width, element.height]
    const look = () => {
      if (!state.resting) return
      const at = clock()
      const words = new Uint32Array(pixels('rest', whole).buffer)
      const all = globalThis.farolFingerprint(words, element.width, [whole])
      const last = state.rest.at(-1)
      if (all !== last?.all) {
        const part = globalThis.farolFingerprint(words, element.width, text)
        state.rest.push({ at, all, text: part })
      }
      setTimeout(look, Math.max(5, 40 - (clock() - at)))
    }
    look()
  }

  const whole = () => base64(pixels('rest', [0, 0, element.width, element.height]))
  globalThis.farolProbe = { state, watch, rest, base64, whole, clock }
}
/* eslint-enable no-undef */

/** Puts the probe into the page; once for each page. */
export async function prepare(page, canvas) {
  await page.evaluate(`globalThis.farolFingerprint = ${fingerprint.toString()}`)
  await page.evaluate(installProbe, canvas)
}

/** Starts to count pictures. */
export const startWatching = (page, how) =>
  page.evaluate((options) => globalThis.farolProbe.watch(options), how)

/** Ends counting. The first picture was there before. */
export const stopWatching = (page) =>
  page.evaluate(() => {
    const { state, clock } = globalThis.farolProbe
    state.watching = false
    return { pictures: Math.max(0, state.pictures - 1), numbers: state.numbers, end: clock() }
  })

/** The pictures that were kept; takes a while, so not before everything else has been looked at. */
export async function samplesOf(page) {
  const samples = await page.evaluate(async () => {
    const { state, base64 } = globalThis.farolProbe
    const told = []
    for (const { number, data } of state.samples) told.push({ number, data: await base64(data) })
    return told
  })
  return samples.map(({ number, data }) => ({ number, data: Buffer.from(data, 'base64') }))
}

/** Starts to note how the picture comes to rest. */
export const startResting = (page, text) =>
  page.evaluate((rects) => globalThis.farolProbe.rest(rects), text)

/** What was noted, and the picture at the end. */
export async function stopResting(page) {
  const { changes, data } = await page.evaluate(async () => {
    globalThis.farolProbe.state.resting = false
    return { changes: globalThis.farolProbe.state.rest, data: await globalThis.farolProbe.whole() }
  })
  return { changes, pixels: Buffer.from(data, 'base64') }
}
