/**
 * A private X display and the means to look at it without the product: its pixels, its keys, its clipboard, its windows.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from 'node:child_process'

import { bytes, type Environment, output, Running } from './process'

/** Rows from the top, 3 bytes a pixel: red, green, blue. */
export interface Picture {
  width: number
  height: number
  rgb: Buffer
}

export class Display {
  readonly environment: Environment
  private readonly server: Running
  private readonly folder: string
  private readonly programs: Running[] = []

  private constructor(server: Running, name: string, folder: string) {
    this.server = server
    this.folder = folder
    this.environment = { DISPLAY: name, LC_ALL: 'C.UTF-8', NO_AT_BRIDGE: '1', XAUTHORITY: '' }
  }

  /** Starts a display of that size with a window manager; `wanted` is its name, else a free one is taken. */
  static async start(folder: string, size = '1280x800', wanted = ''): Promise<Display> {
    const numberFile = join(folder, `display-${Date.now()}`)
    writeFileSync(numberFile, '')
    // The display writes its number to a descriptor of ours; a shell connects that to a file.
    const server = new Running(
      'sh',
      [
        '-c',
        `exec 3>"${numberFile}"; exec Xvfb ${wanted} -displayfd 3 -screen 0 ${size}x24 -nolisten tcp -noreset`,
      ],
      join(folder, 'xvfb.log'),
    )
    const number = await until('the display tells its number', async () => {
      const text = (await output('cat', [numberFile])).trim()
      return text === '' ? undefined : text
    })
    const display = new Display(server, `:${number}`, folder)
    display.start('openbox', [])
    await display.tool('xsetroot', ['-solid', '#27566b'])
    await until('the window manager answers', async () =>
      (await display.tool('xprop', ['-root', '_NET_SUPPORTING_WM_CHECK'])).includes('window id')
        ? true
        : undefined,
    )
    return display
  }

  get name(): string {
    return this.environment['DISPLAY'] ?? ''
  }

  /** Starts a program on this display. */
  start(program: string, args: string[]): Running {
    const log = join(this.folder, `${program.replace(/\W/g, '')}-${this.programs.length}.log`)
    const running = new Running(program, args, log, this.environment)
    this.programs.push(running)
    return running
  }

  /** Runs a small tool on this display and returns what it printed. */
  tool(program: string, args: string[]): Promise<string> {
    return output(program, args, this.environment)
  }

  /** A terminal in which everything typed ends up in `file`, line by line. */
  async typewriter(file: string): Promise<void> {
    this.start('xterm', [
      ...['-u8', '-title', 'typewriter', '-geometry', '70x14+40+60'],
      ...['-e', 'sh', '-c', 'cat > "$0"', file],
    ])
    await this.window('typewriter')
  }

  /** Where a window's contents are, once it is on the screen. */
  window(title: string): Promise<{ x: number; y: number; width: number; height: number }> {
    return until(`the window ${title} is there`, async () => {
      const text = await this.tool('xwininfo', ['-name', title]).catch(() => '')
      const number = (label: string) => Number(new RegExp(`${label}: +(-?\\d+)`).exec(text)?.[1])
      if (!text.includes('IsViewable')) return undefined
      return {
        x: number('Absolute upper-left X'),
        y: number('Absolute upper-left Y'),
        width: number('Width'),
        height: number('Height'),
      }
    })
  }

  /** The whole screen as the display itself has it. */
  async picture(): Promise<Picture> {
    return parseXwd(await bytes('xwd', ['-root', '-silent'], this.environment))
  }

  /** Changes the size of the screen, to at most what it started with. */
  async resize(width: number, height: number): Promise<void> {
    const mode = `test-${width}x${height}`
    const known = await this.tool('xrandr', [])
    if (!known.includes(mode)) {
      const timing = [width, width + 8, width + 16, width + 64, height, height + 4, height + 8]
      const numbers = [...timing, height + 16].map(String)
      await this.tool('xrandr', ['--newmode', mode, '30', ...numbers])
      await this.tool('xrandr', ['--addmode', 'screen', mode])
    }
    await this.tool('xrandr', ['--output', 'screen', '--mode', mode])
  }

  /** Key codes that are held down on the machine. */
  async keysDown(): Promise<number[]> {
    const text = await this.tool('xinput', ['query-state', 'Virtual core XTEST keyboard'])
    return [...text.matchAll(/key\[(\d+)\]=down/g)].map((match) => Number(match[1]))
  }

  /** Mouse buttons that are held down on the machine. */
  async buttonsDown(): Promise<number[]> {
    const text = await this.tool('xinput', ['query-state', 'Virtual core XTEST pointer'])
    return [...text.matchAll(/button\[(\d+)\]=down/g)].map((match) => Number(match[1]))
  }

  /** The clipboard's text, or nothing. */
  clipboard(): Promise<string> {
    return this.tool('xclip', ['-selection', 'clipboard', '-out']).catch(() => '')
  }

  /** The clipboard's content as this type, or nothing. */
  clipboardAs(type: string): Promise<Buffer> {
    const paste = ['-selection', 'clipboard', '-out', '-target', type]
    return bytes('xclip', paste, this.environment).catch(() => Buffer.alloc(0))
  }

  /** Puts text, or content of another type, on the clipboard of the machine. */
  setClipboard(content: string | Buffer, type = 'UTF8_STRING'): Promise<void> {
    return new Promise((resolve, reject) => {
      // The program stays behind to answer for the clipboard; it ends when somebody else takes it or with the display.
      const xclip = spawn('xclip', ['-selection', 'clipboard', '-in', '-target', type], {
        env: { ...process.env, ...this.environment },
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      xclip.once('error', reject)
      xclip.once('exit', () => resolve())
      xclip.stdin.end(content)
    })
  }

  /** Ends everything on the display, then the display. */
  async stop(): Promise<void> {
    for (const program of this.programs.reverse()) await program.stop()
    await this.server.stop()
  }

  /** Ends the display as a crash would. */
  async crash(): Promise<void> {
    await this.server.stop('SIGKILL')
  }
}

/** Asks again until there is an answer; fails with `what` when there is none for 15 seconds. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 15_000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The window dump format: a header of big-endian 32-bit numbers, a color map, rows of 4-byte pixels. */
function parseXwd(dump: Buffer): Picture {
  const word = (index: number) => dump.readUInt32BE(index * 4)
  const [header, width, height, bitsPerPixel, stride, colors] = [0, 4, 5, 11, 12, 19].map(word) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (bitsPerPixel !== 32) throw new Error(`a picture with ${bitsPerPixel} bits a pixel`)
  const start = header + colors * 12
  const rgb = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = start + y * stride + x * 4
      const to = (y * width + x) * 3
      rgb[to] = dump[from + 2]!
      rgb[to + 1] = dump[from + 1]!
      rgb[to + 2] = dump[from]!
    }
  }
  return { width, height, rgb }
}
