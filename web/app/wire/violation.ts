/** What is wrong with what the agent sent, by a stable code; the same codes as in `crates/protocol`. */
const CODES = [
  'malformed',
  'too_big',
  'out_of_order',
  'unknown_channel',
  'channel_not_open',
  'credit',
  'unexpected',
  'version',
  'not_sealed',
  'wrong_key',
] as const

export type ViolationCode = (typeof CODES)[number]

/** The code of the module's text; what it does not know is a message that no agent would send. */
export const violationCode = (text: string): ViolationCode =>
  CODES.find((code) => code === text) ?? 'malformed'

/** What came cannot be what the agent said, or the agent broke a rule. */
export class PipeViolation extends Error {
  readonly code: ViolationCode

  constructor(code: ViolationCode, detail: string) {
    super(detail)
    this.name = 'PipeViolation'
    this.code = code
  }
}
