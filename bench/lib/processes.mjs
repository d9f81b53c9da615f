/**
 * Programs the benchmark starts, and what they cost: CPU time and memory as the kernel counts them.
 */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** Clock ticks of /proc/PID/stat; 100 on every Linux we know. */
const TICKS_PER_SECOND = 100

/** Starts programs, keeps them, ends exactly them. */
export class Programs {
  #running = []
  #folder

  constructor(folder) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
  }

  /** What stands before a command that runs in a network namespace. */
  inside(netns) {
    return netns === undefined ? [] : ['ip', 'netns', 'exec', netns]
  }

  /**
   * Starts a program with its output in a file; with `pipes` its standard input and output are ours; with `netns` it has the
   * network of that namespace.
   */
  start(name, program, args, { env = {}, pipes = false, netns } = {}) {
    const log = openSync(join(this.#folder, `${name}.log`), 'a')
    const command = [...this.inside(netns), program, ...args]
    // The kernel ends it when this program dies without a chance to say so.
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...command], {
      env: { ...process.env, ...env },
      stdio: pipes ? ['pipe', 'pipe', log] : ['ignore', log, log],
      detached: true,
    })
    closeSync(log)
    child.on('error', (error) => console.error(`${name}: ${error.message}`))
    this.#running.push(child)
    return child
  }

  /** Ends one of them, with everything it started. */
  async stop(child) {
    this.#running = this.#running.filter((other) => other !== child)
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    signal(child, 'SIGTERM')
    const force = setTimeout(() => signal(child, 'SIGKILL'), 5000)
    await gone
    clearTimeout(force)
  }

  async stopAll() {
    for (const child of [...this.#running].reverse()) await this.stop(child)
  }
}

function signal(child, name) {
  try {
    process.kill(-child.pid, name)
  } catch {
    // Already gone.
  }
}

/** Ids of a process and of everything below it. */
function family(pid) {
  const children = new Map()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const fields = statOf(Number(name))
    if (fields === undefined) continue
    children.set(fields.parent, [...(children.get(fields.parent) ?? []), Number(name)])
  }
  const all = [pid]
  for (let index = 0; index < all.length; index++) all.push(...(children.get(all[index]) ?? []))
  return all
}

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return {
      parent: Number(fields[1]),
      ticks: Number(fields[11]) + Number(fields[12]),
    }
  } catch {
    return undefined
  }
}

/** CPU seconds used so far by these processes and what they started. */
export function cpuSeconds(children) {
  const pids = children.flatMap((child) => family(child.pid))
  return pids.reduce((sum, pid) => sum + (statOf(pid)?.ticks ?? 0), 0) / TICKS_PER_SECOND
}

/** Resident memory in MB of one process and what it started. */
export function memoryMb(child) {
  let sum = 0
  for (const pid of family(child.pid)) {
    try {
      const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      sum += Number(kib ?? 0)
    } catch {
      // Ended while we looked.
    }
  }
  return sum / 1024
}

/** A TCP port that nobody has right now. */
export async function freePort() {
  const probe = createServer()
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** Whether somebody listens on the port in the network that this process sees. */
export function listens(child, port) {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  try {
    const lines = readFileSync(`/proc/${child.pid}/net/tcp`, 'utf8').split('\n')
    return lines.some((line) => {
      const [, local, , state] = line.trim().split(/\s+/)
      return state === '0A' && local?.endsWith(wanted)
    })
  } catch {
    return false
  }
}

/** Asks again until the answer is true; gives up with `what` after `seconds`. */
export async function until(what, ask, seconds = 30) {
  const end = Date.now() + seconds * 1000
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`)
    await sleep(50)
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
