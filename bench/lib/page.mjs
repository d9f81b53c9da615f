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
 * From the page's own event of a press until the pixel (x, y) of the remote screen is another one in the page's canvas, which is
 * looked at about every millisecond. What is pressed: the mouse button there (click to photon), or a key (`key`).
 */
export async function pressToPhoton(page, canvas, { x, y, key }, count, log) {
  await page.evaluate(installPressProbe, [
    canvas,
    x,
    y,
    key === undefined ? 'pointerdown' : 'keydown',
  ])
  const place = await placeOf(page, canvas, x, y)
  await page.mouse.move(place.x, place.y)
  const answered = () =>
    page.waitForFunction(() => !globalThis.farolPresses.pending, undefined, { polling: 20 })
  if (key !== undefined) {
    // The keyboard belongs to the machine after a click.
    await page.mouse.down()
    await page.mouse.up()
    await page.waitForTimeout(1500)
  }
  for (let press = 0; press < count; press++) {
    await (key === undefined ? page.mouse.down() : page.keyboard.down(key))
    await answered()
    await (key === undefined ? page.mouse.up() : page.keyboard.up(key))
    // Not in step with anything that repeats.
    await page.waitForTimeout(60 + ((press * 37) % 90))
  }
  const times = await page.evaluate(() => globalThis.farolPresses.times)
  if (times.length < count)
    log(`${count - times.length} of ${count} presses had no answer within 3 s`)
  return times
}

/** Runs in the page: notes the time from each press to the change. */
function installPressProbe([selector, px, py, event]) {
  const element = document.querySelector(selector)
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
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
  globalThis.farolPresses = probe
  document.addEventListener(
    event,
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
        } else if (now - started > 3000) {
          probe.pending = false
        } else {
          wait.port2.postMessage(0)
        }
      }
      wait.port2.postMessage(0)
    },
    { capture: true },
  )
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
