/**
 * What is measured inside the page, the same for every product: it only knows that there is a canvas.
 */

/** Until the canvas shows a picture of that size. */
export async function pictureOf(page, canvas, { width, height }) {
  await page.waitForFunction(
    ([selector, w, h]) => {
      const element = document.querySelector(selector)
      if (!element || element.width !== w || element.height !== h) return false
      const copy = new OffscreenCanvas(64, 36)
      const context = copy.getContext('2d')
      context.drawImage(element, 0, 0, 64, 36)
      return context
        .getImageData(0, 0, 64, 36)
        .data.some((value, index) => index % 4 < 3 && value > 40)
    },
    [canvas, width, height],
    { polling: 100, timeout: 30_000 },
  )
}

/** Where the point (x, y) of the remote screen is in the page. */
export function placeOf(page, canvas, x, y) {
  return page.evaluate(
    ([selector, px, py]) => {
      const element = document.querySelector(selector)
      const box = element.getBoundingClientRect()
      return {
        x: box.left + ((px + 0.5) * box.width) / element.width,
        y: box.top + ((py + 0.5) * box.height) / element.height,
      }
    },
    [canvas, x, y],
  )
}

/**
 * Click to photon: from the page's own pointerdown event until the pixel in the middle of the clicked window is another
 * one in the page's canvas. The canvas is looked at about every millisecond.
 */
export async function clickToPhoton(page, canvas, { x, y }, count, log) {
  await page.evaluate(
    ([selector, px, py]) => {
      const element = document.querySelector(selector)
      const context = new OffscreenCanvas(1, 1).getContext('2d', {
        willReadFrequently: true,
      })
      const pixel = () => {
        context.drawImage(element, px, py, 1, 1, 0, 0, 1, 1)
        const [red, green, blue] = context.getImageData(0, 0, 1, 1).data
        return (red << 16) | (green << 8) | blue
      }
      // The picture may be lossy: only a large step is a change of color.
      const differs = (a, b) =>
        [16, 8, 0].some((shift) => Math.abs(((a >> shift) & 255) - ((b >> shift) & 255)) > 40)
      const wait = new MessageChannel()
      const probe = { times: [], pending: false }
      globalThis.farolProbe = probe
      document.addEventListener(
        'pointerdown',
        () => {
          const started = performance.now()
          const before = pixel()
          let looked = started
          probe.pending = true
          wait.port1.onmessage = () => {
            const now = performance.now()
            if (now - looked < 0.8) return wait.port2.postMessage(0)
            looked = now
            if (differs(before, pixel())) {
              probe.times.push(performance.now() - started)
              probe.pending = false
            } else if (now - started > 2000) {
              probe.pending = false
            } else {
              wait.port2.postMessage(0)
            }
          }
          wait.port2.postMessage(0)
        },
        { capture: true },
      )
    },
    [canvas, x, y],
  )
  const place = await placeOf(page, canvas, x, y)
  await page.mouse.move(place.x, place.y)
  for (let click = 0; click < count; click++) {
    await page.mouse.down()
    await page.waitForFunction(() => !globalThis.farolProbe.pending, undefined, { polling: 20 })
    await page.mouse.up()
    // Not in step with anything that repeats.
    await page.waitForTimeout(60 + ((click * 37) % 90))
  }
  const times = await page.evaluate(() => globalThis.farolProbe.times)
  if (times.length < count)
    log(`${count - times.length} of ${count} clicks had no answer within 2 s`)
  return times
}

/** Starts to count pictures: samples every animation frame, on every second pixel of a part of the screen. */
export function startCounting(page, canvas, [x, y, width, height]) {
  return page.evaluate(
    ([selector, sx, sy, w, h]) => {
      const element = document.querySelector(selector)
      const context = new OffscreenCanvas(w / 2, h / 2).getContext('2d', {
        willReadFrequently: true,
      })
      context.imageSmoothingEnabled = false
      const counting = { frames: 0, on: true }
      globalThis.farolCounting = counting
      let last = new Uint32Array(0)
      const look = () => {
        if (!counting.on) return
        context.drawImage(element, sx, sy, w, h, 0, 0, w / 2, h / 2)
        const now = new Uint32Array(context.getImageData(0, 0, w / 2, h / 2).data.buffer)
        if (now.length !== last.length || now.some((value, index) => value !== last[index])) {
          counting.frames += 1
        }
        last = now
        requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    },
    [canvas, x, y, width, height],
  )
}

/** Ends counting and tells how many different pictures were seen. The first one was there before. */
export function stopCounting(page) {
  return page.evaluate(() => {
    globalThis.farolCounting.on = false
    return globalThis.farolCounting.frames - 1
  })
}
