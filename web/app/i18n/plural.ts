/** Plural forms for the message dictionaries, by the rules of the language and not by `n === 1`. */
type Forms = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>

/**
 * Makes the plural function of one language. `#` in a form stands for the number, written as that language does.
 * English and Portuguese use `one` and `other`; a form that is missing falls back to `other`.
 */
export function pluralOf(locale: string) {
  const rules = new Intl.PluralRules(locale)
  const numbers = new Intl.NumberFormat(locale)
  return (count: number, forms: Forms): string =>
    (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count))
}
