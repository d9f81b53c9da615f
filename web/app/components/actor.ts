/** Who did something, for people: the server and its command line have names of their own in each language. */
import type { Messages } from '~/i18n'
import { byCode } from '~/i18n/by-code'

/** `kind` is a code of `codes.actorKind`; whoever has an account or a machine has a name, too. */
export function actorText(t: Messages, kind: string | null | undefined, name: string): string {
  const known = byCode(t.codes.actorKind, kind ?? 'account')
  return kind === 'command_line' || kind === 'server' ? (known ?? name) : name || (known ?? '')
}
