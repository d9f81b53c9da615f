/**
 * A slow network between the viewer and everything else: two network namespaces, a TUN device in each, and the workload's `link`
 * between them, which keeps, delays and loses whole IP packets. TCP at both ends is the kernel's.
 *
 *   near: the browser, 10.77.0.1        far: server and agent, 10.77.0.2
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync, chmodSync } from 'node:fs'
import { join } from 'node:path'

import { linesOf, workload } from './display.mjs'
import { until } from './processes.mjs'

/**
 * Delay of one direction in ms, rate and loss in each direction. The queue holds what the link sends in 100 ms, at least
 * 48 KB: what a home router has.
 */
export const PROFILES = {
  broadband: { label: '20 Mbit/s, 40 ms', bits: 20e6, delay: 20, loss: 0, roundTrip: 40 },
  poor: { label: '2 Mbit/s, 120 ms, 1 % loss', bits: 2e6, delay: 60, loss: 1, roundTrip: 120 },
}

/**
 * A link as it is given on the command line: rate in Mbit/s, round trip in ms and, unless there is none, loss in percent of the
 * packets, with commas between them.
 */
export function linkOf(given) {
  const numbers = given.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)))
  const [rate, roundTrip, loss = 0] = numbers
  const sound =
    (numbers.length === 2 || numbers.length === 3) &&
    numbers.every(Number.isFinite) &&
    rate >= 0.05 &&
    rate <= 1000 &&
    roundTrip >= 0 &&
    roundTrip <= 5000 &&
    loss >= 0 &&
    loss < 100
  if (!sound)
    throw new Error(
      `'${given}' is no link: it takes RATE,ROUND-TRIP[,LOSS] in Mbit/s (0.05 to 1000), ms (0 to 5000) and percent (below 100)`,
    )
  const label = `${rate} Mbit/s, ${roundTrip} ms${loss > 0 ? `, ${loss} % loss` : ''}`
  return { label, bits: rate * 1e6, delay: roundTrip / 2, loss, roundTrip }
}

/** A link that is not there. */
export const CLEAR = { bits: 1e9, delay: 0, loss: 0 }

const run = (...args) =>
  execFileSync(args[0], args.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] })

export class Link {
  near = { netns: `farol-near-${process.pid}`, address: '10.77.0.1' }
  far = { netns: `farol-far-${process.pid}`, address: '10.77.0.2' }
  #made = []
  #next
  #child

  /** Why there can be no such network here; undefined when there can. */
  static missing() {
    if (process.getuid() !== 0) return 'network namespaces need root'
    if (!existsSync('/dev/net/tun')) return '/dev/net/tun is missing'
    return undefined
  }

  async start(programs, folder) {
    const sockets = join(folder, 'link')
    mkdirSync(sockets)
    this.#child = programs.start('link', workload(), ['link', '--folder', sockets], { pipes: true })
    this.#next = linesOf(this.#child)
    if ((await this.#next()) !== 'ready') throw new Error('the link did not start')
    for (const [name, { netns, address }] of Object.entries({ near: this.near, far: this.far })) {
      run('ip', 'netns', 'add', netns)
      this.#made.push(netns)
      run('ip', 'netns', 'exec', netns, 'ip', 'link', 'set', 'lo', 'up')
      programs.start(
        `socat-${name}`,
        'socat',
        [
          `TUN:${address}/24,tun-name=farol0,iff-no-pi,iff-up`,
          `UNIX-SENDTO:${join(sockets, `from-${name}`)},bind=${join(sockets, name)}`,
        ],
        { netns },
      )
      await until(`the ${name} end has its socket`, () => existsSync(join(sockets, name)))
    }
  }

  /** From now on the link is like this. */
  async set({ bits, delay, loss }) {
    const queue = Math.max(48_000, (bits / 8) * 0.1)
    this.#child.stdin.write(`set ${bits} ${delay} ${loss} ${queue}\n`)
    await this.#next()
  }

  /** Bytes of IP packets that came through to the browser so far. */
  async bytesToBrowser() {
    this.#child.stdin.write('count\n')
    return Number((await this.#next()).split(' ')[2])
  }

  /** A browser that has the near end's network: a program to be started instead of it. */
  browser(folder, executable) {
    const path = join(folder, 'chromium-near')
    writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${this.near.netns} '${executable}' "$@"\n`)
    chmodSync(path, 0o755)
    return path
  }

  /** Takes the namespaces away; the programs in them have to be ended before. */
  stop() {
    for (const netns of this.#made.splice(0)) run('ip', 'netns', 'delete', netns)
  }
}
