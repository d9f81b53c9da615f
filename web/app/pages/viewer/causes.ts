/** From the code of an end, a problem or a connection to what happened and what can be done. */
import type { Messages } from '~/i18n'

export interface Cause {
  readonly title: string
  readonly detail: string
}

/** The same, for whoever was invited: they have no access rules, agents or logins that they could do anything about. */
export function guestCauseOf(t: Messages, code: string): Cause {
  const own: Readonly<Record<string, Cause>> = t.guest.causes
  return own[code] ?? { ...causeOf(t, code), detail: '' }
}

/** The sentence for a code: the viewer's own, else the console's for problems of the API, else the bare code. */
export function causeOf(t: Messages, code: string): Cause {
  const own: Readonly<Record<string, Cause>> = t.viewer.causes
  const problems: Readonly<Record<string, Cause>> = t.codes.problem
  return own[code] ?? problems[code] ?? { title: t.viewer.otherCause({ code }), detail: '' }
}
