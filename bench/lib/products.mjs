/**
 * The products, behind one small surface:
 * `open(page)` signs in and shows the screen, `canvas` finds the picture, `processes` are the ones that are measured.
 *
 * A product is started on this machine's loopback behind a counting relay, or in a network namespace (`lib/links.mjs`) where
 * it listens on that namespace's address and the link counts.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Counter } from './counter.mjs'
import { freePort, listens, until } from './processes.mjs'

const needed = (name) => {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set; run: cargo xtask bench`)
  return value
}

/** This product: server, agent, console. */
export class Farol {
  name = 'farol'
  /** Its connections begin with a handshake of ours. */
  sealed = true
  canvas = '[data-captures-keyboard] canvas'
  counter = new Counter()
  #link = ''

  /** `far` is the namespace to run in: its name and its address. */
  async start(programs, display, folder, far) {
    const port = await freePort()
    const address = far?.address ?? '127.0.0.1'
    const data = join(folder, far ? 'farol-far' : 'farol')
    // In the clear the server speaks to its own machine only; to another one it speaks TLS with an authority of its own.
    const own = far ? `https://${address}:${port}` : `http://${address}:${port}`
    this.url = far ? own : `http://127.0.0.1:${await this.counter.listen(port)}`
    const env = {
      FAROL_DATA: data,
      FAROL_LISTEN: `${address}:${port}`,
      FAROL_PUBLIC_URL: this.url,
      ...(far ? { FAROL_TLS: 'own' } : {}),
    }
    const inside = programs.inside(far?.netns)
    const run = (program, args, more) => {
      const [command, ...rest] = [...inside, program, ...args]
      return execFileSync(command, rest, {
        env: { ...process.env, ...env, ...more },
        encoding: 'utf8',
      })
    }
    const farol = (...args) => run(needed('FAROL_BIN'), args)
    const place = { netns: far?.netns }
    this.server = programs.start('farol', needed('FAROL_BIN'), ['serve'], { env, ...place })
    await until('farol is ready', () => listens(this.server, port))
    const token = /farol_enr_\S+/.exec(
      farol(
        ...['enrollment-token', 'create', '--name', 'bench', '--uses', '1', '--expires', '1h'],
        ...['--approval', 'automatic'],
      ),
    )[0]
    const state = ['--state', join(folder, far ? 'agent-far' : 'agent')]
    const agent = needed('FAROL_AGENT_BIN')
    run(agent, [...state, 'enroll', '--server', own], { FAROL_TOKEN: token })
    const args = [...state, 'run', '--display', display.name]
    this.agent = programs.start('farol-agent', agent, args, { env: display.env, ...place })
    this.processes = { agent: this.agent, server: this.server }
    this.newLink = () => /https?:\/\/\S+/.exec(farol('sign-in-link'))[0]
  }

  async open(page) {
    await page.addInitScript(keepWorkers)
    this.#link = this.newLink()
    await page.goto(this.#link)
    if (this.#link.includes('/setup')) {
      await page.getByLabel('Your name').fill('Bench')
      await page.getByLabel('E-mail').fill('bench@example.org')
      await page.getByLabel('Password', { exact: true }).fill('harbor-violet-ladder-39-moss')
      await page.getByLabel('Organization').fill('Bench')
      await page.getByRole('button', { name: 'Create the account' }).click()
    }
    const connect = page.locator('[data-machine]').getByRole('link', { name: /^Connect/ })
    await connect.click()
    await page.locator(this.canvas).first().waitFor()
  }

  /** What the overlay would show now: means over the last three seconds, microseconds. */
  statistics(page) {
    return page.evaluate(
      () =>
        new Promise((resolve) => {
          // Only the session's worker answers.
          for (const worker of globalThis.farolWorkers) {
            const listen = ({ data }) => {
              if (data?.type !== 'statistics') return
              worker.removeEventListener('message', listen)
              worker.postMessage({ type: 'statistics', wanted: false })
              resolve(data.statistics)
            }
            worker.addEventListener('message', listen)
            worker.postMessage({ type: 'statistics', wanted: true })
          }
        }),
    )
  }
}

/** Runs in the page before anything else: remembers its workers, so that the session's can be asked what the overlay asks. */
function keepWorkers() {
  globalThis.farolWorkers = []
  globalThis.Worker = class extends globalThis.Worker {
    constructor(...args) {
      super(...args)
      globalThis.farolWorkers.push(this)
    }
  }
}

/** The peer: TigerVNC's scraping server and websockify from Debian, noVNC from npm; all with their defaults. */
export class Peer {
  name = 'x0vncserver + noVNC'
  canvas = '#screen canvas'
  counter = new Counter()

  async start(programs, display, folder, far) {
    const [rfb, web] = [await freePort(), await freePort()]
    const place = { netns: far?.netns }
    const vnc = programs.start(
      'x0vncserver',
      'X0tigervnc',
      ['-display', display.name, '-SecurityTypes', 'None', '-localhost', '-rfbport', String(rfb)],
      { env: display.env, ...place },
    )
    const address = far?.address ?? '127.0.0.1'
    const proxy = programs.start(
      'websockify',
      'websockify',
      ['--web', site(folder), `${address}:${web}`, `127.0.0.1:${rfb}`],
      place,
    )
    await until('websockify answers', () => listens(proxy, web))
    await until('x0vncserver answers', () => listens(vnc, rfb))
    this.url = far
      ? `http://${address}:${web}`
      : `http://127.0.0.1:${await this.counter.listen(web)}`
    this.processes = { agent: vnc, server: proxy }
  }

  async open(page) {
    await page.goto(`${this.url}/vnc.html`)
    await page.locator(this.canvas).waitFor()
  }
}

/** The folder that websockify offers: our page and noVNC. */
function site(folder) {
  const peers = join(import.meta.dirname, '../peers')
  const [place, viewer] = [join(folder, 'novnc'), join(peers, 'node_modules/@novnc/novnc')]
  if (!existsSync(viewer)) throw new Error(`${viewer} is missing; run: cargo xtask bench`)
  if (!existsSync(place)) {
    mkdirSync(place)
    writeFileSync(join(place, 'vnc.html'), readFileSync(join(peers, 'vnc.html')))
    symlinkSync(viewer, join(place, 'novnc'))
  }
  return place
}
