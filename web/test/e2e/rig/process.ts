/**
 * Programs that tests start: kept until stopped, each with its output in a file, ended by their own process group only.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Environment = Record<string, string | undefined>

/** Runs a program to its end and returns what it printed; a failure carries what it printed too. */
export async function output(
  program: string,
  args: string[],
  environment: Environment = {},
): Promise<string> {
  const { stdout } = await run(program, args, {
    env: { ...process.env, ...environment },
    timeout: 30_000,
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}

/** As `output`, for programs that print bytes. */
export async function bytes(
  program: string,
  args: string[],
  environment: Environment = {},
): Promise<Buffer> {
  const { stdout } = await run(program, args, {
    env: { ...process.env, ...environment },
    encoding: 'buffer',
    timeout: 30_000,
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}

/** A program that keeps running. */
export class Running {
  readonly log: string
  private readonly child: ChildProcess
  private readonly ended: Promise<void>

  constructor(program: string, args: string[], log: string, environment: Environment = {}) {
    this.log = log
    const file = openSync(log, 'a')
    // The kernel ends it when this test run dies without a chance to say so.
    this.child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', program, ...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', file, file],
      detached: true, // leader of its own group, so that what it starts ends with it
    })
    closeSync(file)
    this.ended = new Promise((resolve) => {
      this.child.once('exit', () => resolve())
      this.child.once('error', () => resolve())
    })
  }

  get pid(): number {
    const pid = this.child.pid
    if (pid === undefined) throw new Error(`not started; see ${this.log}`)
    return pid
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /** What it printed so far. */
  output(): string {
    return readFileSync(this.log, 'utf8')
  }

  /** Ends it and its group, and waits until it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.isRunning || this.child.pid === undefined) return
    const force = setTimeout(() => this.signal('SIGKILL'), 8_000)
    this.signal(signal)
    await this.ended
    clearTimeout(force)
  }

  private signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal)
    } catch {
      // Already gone.
    }
  }
}
