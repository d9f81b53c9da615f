/**
 * Proving again who one is, for whatever asks for it: a change that is refused with `step_up_required` waits here until a dialog
 * has let the login prove itself, and is sent once more then.
 *
 * Changes that wait together are asked for once. Where no dialog is there to ask, and when the person gives up, the refusal stands.
 */
type Answer = (proved: boolean) => void

class StepUp {
  readonly #listeners = new Set<() => void>()
  #waiting: Answer[] = []

  /** Resolves to whether the login proved who it is. */
  ask(): Promise<boolean> {
    if (this.#listeners.size === 0) return Promise.resolve(false)
    return new Promise((resolve) => {
      this.#waiting = [...this.#waiting, resolve]
      this.#tell()
    })
  }

  /** Whatever waits goes on, or is refused. */
  settle(proved: boolean): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    this.#tell()
    for (const answer of waiting) answer(proved)
  }

  /** Whoever listens asks the person. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Whether something waits. */
  readonly getSnapshot = (): boolean => this.#waiting.length > 0

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Of this tab. */
export const stepUp = new StepUp()

/** Whether an answer is the refusal of a login that has to prove itself; the answer can be read still. */
export async function asksForProof(response: Response): Promise<boolean> {
  if (response.status !== 403) return false
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  return (
    typeof problem === 'object' &&
    problem !== null &&
    'code' in problem &&
    problem.code === 'step_up_required'
  )
}
