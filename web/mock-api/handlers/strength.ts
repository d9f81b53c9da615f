/** How hard a password is to guess, for the mock server. */

/** Rough, but rises with length and variety the way the real estimate does. */
export function strengthOf(password: string, secrets: string[]) {
  const known = secrets.some(
    (secret) => secret && password.toLowerCase().includes(secret.toLowerCase()),
  )
  const variety = new Set(password).size
  const guesses_log10 = known ? 3 : Math.min(20, variety * 0.8 + password.length * 0.2)
  const score = [3, 6, 8, 10].filter((bound) => guesses_log10 > bound).length
  return {
    score,
    guesses_log10,
    warning: score < 2 ? 'this_is_a_common_password' : null,
    suggestions: score < 3 ? ['add_another_word_or_two'] : [],
  }
}
