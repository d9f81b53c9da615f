/** An OpenID provider that is not ours, for tests: see `crates/server/tests/peers/oidc`. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

const place = join(import.meta.dirname, '../../../../crates/server/tests/peers/oidc')

export class OpenIdProvider {
  readonly issuer: string
  private readonly child: ChildProcessByStdio<Writable, Readable, null>

  private constructor(issuer: string, child: ChildProcessByStdio<Writable, Readable, null>) {
    this.issuer = issuer
    this.child = child
  }

  /** For a console at `farol`; knows `people` by login name. */
  static async start(
    folder: string,
    farol: string,
    people: Record<string, object>,
  ): Promise<OpenIdProvider> {
    if (!existsSync(join(place, 'node_modules/oidc-provider')))
      throw new Error(`oidc-provider is not installed: run npm ci in ${place}`)
    const file = join(folder, 'people.json')
    writeFileSync(file, JSON.stringify(people))
    const child = spawn(process.execPath, ['provider.mjs'], {
      cwd: place,
      env: { ...process.env, FAROL_URL: farol, PEOPLE: file },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    for await (const line of createInterface({ input: child.stdout })) {
      return new OpenIdProvider(line, child)
    }
    throw new Error('the OpenID provider ended before it was ready')
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.stdin.end()
    await ended
  }
}
