/** A mail server that is not ours, for tests: see `crates/server/tests/peers/smtp.py`. */
import { join } from 'node:path'

import { until } from './display'
import { Running } from './process'

const program = join(import.meta.dirname, '../../../../crates/server/tests/peers/smtp.py')

export class MailServer {
  private readonly running: Running

  private constructor(running: Running) {
    this.running = running
  }

  /** Listens at that port of this machine, without protection, and takes mail from everybody. */
  static async start(folder: string, port: number): Promise<MailServer> {
    const settings = JSON.stringify({ security: 'none', port })
    const log = join(folder, 'smtp.log')
    const mail = new MailServer(
      new Running('/usr/bin/python3', ['-W', 'ignore', program, settings], log),
    )
    await until('the mail server is ready', () => {
      if (!mail.running.isRunning) throw new Error(`it ended: ${mail.running.output()}`)
      return Promise.resolve(mail.said('ready').length > 0 ? true : undefined)
    })
    return mail
  }

  /** To whom it has taken mail. */
  get recipients(): string[] {
    return this.said('mail').flatMap(({ to = [] }) => to)
  }

  private said(event: string): Said[] {
    const lines = this.running.output().split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line) as Said).filter((said) => said.event === event)
  }

  async stop(): Promise<void> {
    await this.running.stop()
  }
}

interface Said {
  event: string
  to?: string[]
}
