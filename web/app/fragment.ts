/**
 * What arrives in the fragment of the address: one-time secrets (`#token=…` for set-up and of invitations, `#link=…` for sign-in, `#code=…` of
 * somebody who is to be helped), and `#problem=…` when a download, or a sign-in
 * with an identity provider, was refused; then with `request=…`, its id. The link of a guest is its secret alone,
 * `/guest#…`.
 *
 * They are taken out of the address bar and the history before anything is drawn, and kept in memory until used. A
 * fragment never reaches a server, so it stands in no log on the way.
 */
import { useSyncExternalStore } from 'react'

export type SecretName = 'token' | 'link' | 'code' | 'problem' | 'request' | 'guest'

const names: readonly SecretName[] = ['token', 'link', 'code', 'problem', 'request']
/** The page whose fragment has no name before the secret. */
export const GUEST_PAGE = '/guest' as const
const taken = new Map<SecretName, string>()
const listeners = new Set<() => void>()

/** Takes the secrets out of the present address. Called before the router reads it. */
export function takeSecrets(): void {
  const found = location.pathname.replace(/\/$/, '') === GUEST_PAGE ? guestSecret() : namedSecrets()
  if (found.length === 0) return
  for (const [name, secret] of found) taken.set(name, secret)
  history.replaceState(history.state, '', location.pathname + location.search)
  for (const listener of listeners) listener()
}

type Found = readonly (readonly [SecretName, string])[]

function namedSecrets(): Found {
  const fragment = new URLSearchParams(location.hash.slice(1))
  return names.flatMap((name) => {
    const secret = fragment.get(name)
    return secret ? [[name, secret] as const] : []
  })
}

function guestSecret(): Found {
  const secret = location.hash.slice(1).trim()
  return secret === '' ? [] : [['guest', secret]]
}

function subscribe(listener: () => void) {
  // A link that is opened in the tab that shows this page already changes nothing but the fragment.
  globalThis.addEventListener('hashchange', takeSecrets)
  listeners.add(listener)
  return () => {
    globalThis.removeEventListener('hashchange', takeSecrets)
    listeners.delete(listener)
  }
}

/** The secret of this name, or null when the address had none. */
export const useSecret = (name: SecretName): string | null =>
  useSyncExternalStore(subscribe, () => taken.get(name) ?? null)

/** Forgets a secret that was used. */
export function forgetSecret(name: SecretName): void {
  taken.delete(name)
  for (const listener of listeners) listener()
}
