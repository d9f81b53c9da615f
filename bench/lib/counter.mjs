/**
 * A TCP relay on loopback that counts: every product is reached through one, so that bytes mean the same for all,
 * namely what crosses the socket between server and browser, headers and all.
 */
import { connect, createServer } from 'node:net'

export class Counter {
  toBrowser = 0
  toServer = 0
  #server

  /** Starts to pass on what arrives at the returned port to `target` on this machine. */
  async listen(target) {
    this.#server = createServer({ noDelay: true }, (browser) => {
      const server = connect({
        port: target,
        host: '127.0.0.1',
        noDelay: true,
      })
      browser.on('data', (chunk) => {
        this.toServer += chunk.length
        if (!server.write(chunk)) {
          browser.pause()
          server.once('drain', () => browser.resume())
        }
      })
      server.on('data', (chunk) => {
        this.toBrowser += chunk.length
        if (!browser.write(chunk)) {
          server.pause()
          browser.once('drain', () => server.resume())
        }
      })
      for (const [one, other] of [
        [browser, server],
        [server, browser],
      ]) {
        one.on('end', () => other.end())
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
      }
    })
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this.#server.address().port
  }

  /** Waits until nothing has arrived for `quiet` ms, at most `limit` ms. */
  settle(quiet, limit) {
    return settled(() => this.toBrowser, quiet, limit)
  }

  close() {
    this.#server.close()
  }
}

/** Waits until a count of bytes has not grown by more than small talk for `quiet` ms, at most `limit` ms. */
export async function settled(count, quiet = 400, limit = 5000) {
  const end = Date.now() + limit
  let seen = await count()
  let since = Date.now()
  while (Date.now() < end && Date.now() - since < quiet) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const now = await count()
    if (now - seen > 512) since = Date.now()
    seen = now
  }
}
