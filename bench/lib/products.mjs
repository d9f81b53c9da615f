/**
 * The two products, behind one small surface:
 * `open(page)` signs in and shows the screen, `canvas` finds the picture, `processes` are the ones that are measured.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import { Counter } from './counter.mjs'
import { freePort, until } from './processes.mjs'

const needed = (name) => {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set; run: cargo xtask bench`)
  return value
}

const answers = (url) =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false,
  )

/** This product: server, agent, console. */
export class Farol {
  name = 'farol'
  /** Its connections begin with a handshake of ours. */
  sealed = true
  canvas = '[data-captures-keyboard] canvas'
  counter = new Counter()
  #link = ''

  async start(programs, display, folder) {
    const port = await freePort()
    const proxy = await this.counter.listen(port)
    this.url = `http://127.0.0.1:${proxy}`
    const env = {
      FAROL_DATA: join(folder, 'farol'),
      FAROL_LISTEN: `127.0.0.1:${port}`,
      FAROL_PUBLIC_URL: this.url,
    }
    const farol = (...args) =>
      execFileSync(needed('FAROL_BIN'), args, {
        env: { ...process.env, ...env },
        encoding: 'utf8',
      })
    this.server = programs.start('farol', needed('FAROL_BIN'), ['serve'], {
      env,
    })
    await until('farol is ready', () => answers(`http://127.0.0.1:${port}/health/ready`))
    const token = /farol_enr_\S+/.exec(
      farol(
        ...['enrollment-token', 'create', '--name', 'bench', '--uses', '1', '--expires', '1h'],
        ...['--approval', 'automatic'],
      ),
    )[0]
    const state = ['--state', join(folder, 'agent')]
    const agent = needed('FAROL_AGENT_BIN')
    execFileSync(agent, [...state, 'enroll', '--server', `http://127.0.0.1:${port}`], {
      env: { ...process.env, FAROL_TOKEN: token },
      stdio: 'ignore',
    })
    this.agent = programs.start(
      'farol-agent',
      agent,
      [...state, 'run', '--display', display.name],
      {
        env: display.env,
      },
    )
    this.processes = { agent: this.agent, server: this.server }
    this.newLink = () => /https?:\/\/\S+/.exec(farol('sign-in-link'))[0]
  }

  async open(page) {
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
}

/** The peer: TigerVNC's scraping server, websockify, noVNC; all from Debian, with their defaults. */
export class Peer {
  name = 'x0vncserver + noVNC'
  canvas = '#screen canvas'
  counter = new Counter()

  async start(programs, display) {
    const [rfb, web] = [await freePort(), await freePort()]
    const vnc = programs.start(
      'x0vncserver',
      'X0tigervnc',
      ['-display', display.name, '-SecurityTypes', 'None', '-localhost', '-rfbport', String(rfb)],
      { env: display.env },
    )
    const proxy = programs.start('websockify', 'websockify', [
      ...['--web', '/usr/share/novnc', `127.0.0.1:${web}`, `127.0.0.1:${rfb}`],
    ])
    await until('websockify answers', () => answers(`http://127.0.0.1:${web}/vnc_lite.html`))
    this.port = await this.counter.listen(web)
    this.processes = { agent: vnc, server: proxy }
  }

  async open(page) {
    const query = `host=127.0.0.1&port=${this.port}&path=websockify`
    await page.goto(`http://127.0.0.1:${this.port}/vnc_lite.html?${query}`)
    await page.locator(this.canvas).waitFor()
  }
}
