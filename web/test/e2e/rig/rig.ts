/**
 * A whole installation for a test: data folder, server, display, agent; everything real, private and thrown away.
 *
 * The programs come from FAROL_BIN and FAROL_AGENT_BIN, which `cargo xtask test` sets.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Display, until } from './display'
import { type Environment, output, Running } from './process'

function program(variable: string): string {
  const path = process.env[variable]
  if (!path)
    throw new Error(`${variable} is not set; run the tests with: cargo xtask test --only e2e`)
  return path
}

/**
 * A port nobody listens on, below the range the system takes ports of outgoing connections from: one of those would
 * otherwise take it now and then while the server is down for a test.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => {
        resolve(false)
      })
      probe.listen(port, '127.0.0.1', () => {
        resolve(true)
      })
    })
    if (!free) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
  throw new Error('no free port')
}

export class Rig {
  readonly folder: string
  readonly port: number
  display: Display
  server: Running
  agent: Running | undefined
  private readonly copies: Running[] = []
  private readonly environment: Environment

  private constructor(
    folder: string,
    port: number,
    display: Display,
    server: Running,
    environment: Environment,
  ) {
    this.folder = folder
    this.port = port
    this.display = display
    this.server = server
    this.environment = environment
  }

  /** Starts display and server and, unless told otherwise, enrolls and starts the agent. `server` is set for the server only. */
  static async start(options: { agent?: boolean; server?: Environment } = {}): Promise<Rig> {
    for (const variable of ['FAROL_BIN', 'FAROL_AGENT_BIN']) program(variable)
    const folder = mkdtempSync(join(tmpdir(), 'farol-e2e-'))
    const port = await freePort()
    const display = await Display.start(folder)
    const environment = options.server ?? {}
    const server = Rig.serve(folder, port, environment)
    const rig = new Rig(folder, port, display, server, environment)
    try {
      await rig.ready()
      if (options.agent !== false) {
        await rig.enroll()
        rig.startAgent()
      }
    } catch (error) {
      await rig.stop()
      throw error
    }
    return rig
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  private static serve(folder: string, port: number, environment: Environment): Running {
    return new Running(program('FAROL_BIN'), ['serve'], join(folder, 'farol.log'), {
      ...environment,
      FAROL_DATA: join(folder, 'data'),
      FAROL_LISTEN: `127.0.0.1:${port}`,
    })
  }

  /** Until the server says that it is. */
  async ready(): Promise<void> {
    await until('the server is ready', async () => {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined)
      if (!this.server.isRunning) throw new Error(`farol ended: ${this.server.output()}`)
      return answer?.ok ? true : undefined
    })
  }

  /** The server's command line beside the running server. */
  farol(...args: string[]): Promise<string> {
    return output(program('FAROL_BIN'), args, {
      FAROL_DATA: join(this.folder, 'data'),
      FAROL_LISTEN: `127.0.0.1:${this.port}`,
    })
  }

  /** A fresh one-time link. */
  async signInLink(): Promise<string> {
    const link = /https?:\/\/\S+/.exec(await this.farol('sign-in-link'))?.[0]
    if (!link) throw new Error('no link was printed')
    return link
  }

  async enroll(): Promise<void> {
    const printed = await this.farol(
      ...['enrollment-token', 'create', '--name', 'e2e', '--uses', '1', '--expires', '1h'],
      ...['--approval', 'automatic'],
    )
    const token = /farol_enr_\S+/.exec(printed)?.[0]
    if (!token) throw new Error(`no token was printed: ${printed}`)
    await this.enrollWith(token)
  }

  /** Asks for enrollment once, with the agent's state or that of another installation; returns what the agent said. */
  enrollWith(token: string, state = this.agentState): Promise<string> {
    return output(program('FAROL_AGENT_BIN'), ['--state', state, 'enroll', '--server', this.url], {
      FAROL_TOKEN: token,
    })
  }

  /** Copies the agent's state, as a clone of its disk would, and returns the folder of the copy. */
  copyAgent(): string {
    const copy = join(this.folder, `copy-${this.copies.length}`)
    cpSync(this.agentState, copy, { recursive: true })
    return copy
  }

  /** Runs an agent beside the first one, on the state in `folder`. */
  startCopy(folder: string): Running {
    const copy = new Running(
      program('FAROL_AGENT_BIN'),
      ['--state', folder, 'run', '--display', this.display.name],
      `${folder}.log`,
      this.display.environment,
    )
    this.copies.push(copy)
    return copy
  }

  private get agentState(): string {
    return join(this.folder, 'agent')
  }

  startAgent(): void {
    this.agent = new Running(
      program('FAROL_AGENT_BIN'),
      ['--state', this.agentState, 'run', '--display', this.display.name],
      join(this.folder, 'agent.log'),
      this.display.environment,
    )
  }

  /** As a crash would. */
  async killAgent(): Promise<void> {
    await this.agent?.stop('SIGKILL')
  }

  /** As a crash would. */
  async killServer(): Promise<void> {
    await this.server.stop('SIGKILL')
  }

  async startServer(): Promise<void> {
    this.server = Rig.serve(this.folder, this.port, this.environment)
    await this.ready()
  }

  async stop(): Promise<void> {
    await this.agent?.stop()
    for (const copy of this.copies) await copy.stop()
    await this.server.stop()
    await this.display.stop()
    if (!process.env['FAROL_E2E_KEEP']) rmSync(this.folder, { recursive: true, force: true })
  }
}
