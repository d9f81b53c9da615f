/** How hard a password is to guess, told by bars and in words, with what would make it harder. */
import { useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { classes } from '~/ui/lib/classes'

import type { Judgement } from './password-strength'

/** Below this score the server refuses the password. */
const SCORE_NEEDED = 3
const tones = ['bg-danger', 'bg-danger', 'bg-warn', 'bg-ok', 'bg-ok']

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** A whole number as an exponent. */
const superscript = (value: number): string =>
  Array.from(String(value), (digit) => superscripts[Number(digit)]).join('')

function Words({ judgement }: { judgement: Judgement }) {
  const { account: t } = useMessages()
  if (judgement.state !== 'known') {
    const { needed: empty, checking, unavailable } = t.strength
    return { empty, checking, unavailable }[judgement.state]
  }
  const { score, guesses_log10, warning, suggestions } = judgement.strength
  const power = superscript(Math.round(guesses_log10))
  const advice = [
    warning && byCode(t.warnings, warning),
    ...suggestions.map((code) => byCode(t.suggestions, code)),
  ].filter(Boolean)
  return (
    <>
      <span className="font-semibold text-ink">{t.strength.scores[score]}</span>
      {`, ${t.strength.guesses({ power })}. ${advice.join(' ')}`}
      {score < SCORE_NEEDED && advice.length === 0 && t.strength.needed}
    </>
  )
}

export function StrengthMeter({ judgement }: { judgement: Judgement }) {
  const { account: t } = useMessages()
  const score = judgement.state === 'known' ? judgement.strength.score : -1
  return (
    <div className="flex flex-col gap-1.5">
      <div aria-hidden className="grid grid-cols-4 gap-1 pt-0.5">
        {[1, 2, 3, 4].map((step) => (
          <span
            key={step}
            // One bar shows even for the lowest score: something was judged.
            className={classes(
              'h-1 rounded-full',
              Math.max(score, score === 0 ? 1 : 0) >= step ? tones[score] : 'bg-line',
            )}
          />
        ))}
      </div>
      <p className="min-h-10 text-sm text-ink-2" aria-live="polite">
        <span className="sr-only">{t.strength.label}: </span>
        <Words judgement={judgement} />
      </p>
    </div>
  )
}
