/**
 * A helpdesk's desktop agent as it uses the machine routes, on a made-up machine: registering, a heartbeat, a login for the
 * person in front of it. The stories of `crates/testkit` play the rest.
 */
import type { Rig } from './rig'

/** For `MACHINE_PROVISIONING_SECRET`. */
export const PROVISIONING_SECRET = 'a provisioning secret for the browser'

export interface Serials {
  uuid?: string
  board?: string
  system?: string
  disks?: string[]
}

/** A made-up machine with this number; machines of different numbers have nothing in common that identifies them. */
export const hardware = (number: number): Required<Serials> => ({
  uuid: `4c4c4544-0042-4310-8052-b7c04f${String(number).padStart(6, '0')}`,
  board: `BRD-7F3A-${String(number).padStart(4, '0')}`,
  system: `SYS-91C2-${String(number).padStart(4, '0')}`,
  disks: [`S4EVNX0R${String(number).padStart(6, '0')}`],
})

export class HelpdeskAgent {
  readonly hostname: string
  serials: Serials
  /** What it stores. */
  readonly code: string
  token: string | undefined
  private readonly rig: Rig

  constructor(rig: Rig, hostname: string, serials: Serials, code: string = crypto.randomUUID()) {
    this.rig = rig
    this.hostname = hostname
    this.serials = serials
    this.code = code
  }

  /** Registers; returns the code of why it has to wait, or nothing when it got a token. */
  async register(): Promise<string | undefined> {
    const { status, body } = await this.post('/api/machines/register', {
      provisioningSecret: PROVISIONING_SECRET,
      installationCode: this.code,
      hostname: this.hostname,
      os: { name: 'Windows 11 Pro', version: '10.0.22631', architecture: 'x86_64' },
      serials: this.serials,
      agentVersion: '0.1.6',
    })
    if (status === 202) return String(body['reason'])
    if (status !== 201) throw new Error(`not registered: ${status} ${JSON.stringify(body)}`)
    this.token = String(body['machineToken'])
    return undefined
  }

  /** Says that it is alive. */
  async heartbeat(): Promise<void> {
    const { status } = await this.post('/api/machines/heartbeat', { status: 'online' })
    if (status !== 200) throw new Error(`the heartbeat was refused: ${status}`)
  }

  /** Asks for a login for the person in front of the machine; returns the address for their browser. */
  async offerLogin(): Promise<string> {
    const { status, body } = await this.post('/api/machines/sessions', {})
    if (status !== 201) throw new Error(`no login: ${status}`)
    return String(body['url'])
  }

  private async post(path: string, body: object): Promise<Answer> {
    const answer = await fetch(`${this.rig.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
      },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: (await answer.json()) as Answer['body'] }
  }
}

interface Answer {
  status: number
  body: Record<string, unknown>
}
