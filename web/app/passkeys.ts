/**
 * Passkeys in this browser: whether they work here, making one and using one. The options come from the server as JSON, and what
 * the browser answers goes back as JSON (WebAuthn Level 3, 5.1.8 to 5.1.10); browsers that cannot translate are helped by hand.
 */
import { localProblem } from '~/api/problem'
import type { PasskeyJson } from '~/api/types'

/** Browsers bind passkeys to a name and give none at a bare number. */
const isNumber = (host: string): boolean => /^[\d.]+$|^\[/.test(host)

/** Whether a passkey can be used at the address of this page. */
export const passkeysWork = (): boolean =>
  'PublicKeyCredential' in globalThis && !isNumber(globalThis.location.hostname)

function bytesOf(base64url: string): ArrayBuffer {
  const base64 = base64url.replaceAll('-', '+').replaceAll('_', '/')
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer
}

function base64urlOf(bytes: ArrayBuffer): string {
  const letters = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('')
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const described = (one: PublicKeyCredentialDescriptorJSON): PublicKeyCredentialDescriptor => ({
  id: bytesOf(one.id),
  type: 'public-key',
  ...(one.transports ? { transports: one.transports as AuthenticatorTransport[] } : {}),
})

function creationOptions(json: PublicKeyCredentialCreationOptionsJSON) {
  if ('parseCreationOptionsFromJSON' in PublicKeyCredential)
    return PublicKeyCredential.parseCreationOptionsFromJSON(json)
  const { challenge, user, excludeCredentials, extensions: _, ...rest } = json
  return {
    ...rest,
    challenge: bytesOf(challenge),
    user: { ...user, id: bytesOf(user.id) },
    excludeCredentials: (excludeCredentials ?? []).map(described),
  } as PublicKeyCredentialCreationOptions
}

function requestOptions(json: PublicKeyCredentialRequestOptionsJSON) {
  if ('parseRequestOptionsFromJSON' in PublicKeyCredential)
    return PublicKeyCredential.parseRequestOptionsFromJSON(json)
  const { challenge, allowCredentials, extensions: _, ...rest } = json
  return {
    ...rest,
    challenge: bytesOf(challenge),
    allowCredentials: (allowCredentials ?? []).map(described),
  } as PublicKeyCredentialRequestOptions
}

/** What the device signed or made, field by field. */
function responseJson(response: AuthenticatorResponse): Record<string, unknown> {
  const binary = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature']
  const fields = Object.fromEntries(
    [...binary, 'userHandle'].flatMap((name) => {
      const value: unknown = Reflect.get(response, name)
      return value instanceof ArrayBuffer ? [[name, base64urlOf(value)]] : []
    }),
  )
  if (!('getTransports' in response)) return fields
  return { ...fields, transports: (response as AuthenticatorAttestationResponse).getTransports() }
}

/** What the server reads. The description knows it as an object and no more. */
function jsonOf(credential: PublicKeyCredential): PasskeyJson {
  const json: unknown =
    'toJSON' in credential
      ? credential.toJSON()
      : {
          id: (credential as PublicKeyCredential).id,
          rawId: base64urlOf((credential as PublicKeyCredential).rawId),
          type: (credential as PublicKeyCredential).type,
          response: responseJson((credential as PublicKeyCredential).response),
          clientExtensionResults: {},
        }
  return json as PasskeyJson
}

/** Asks the device; what goes wrong there is a problem like any other. */
async function given(asked: () => Promise<Credential | null>): Promise<PasskeyJson> {
  try {
    const credential = await asked()
    if (credential) return jsonOf(credential as PublicKeyCredential)
  } catch (thrown) {
    // A DOMException, which is not an Error everywhere.
    const { name, message } = thrown as DOMException
    if (name === 'InvalidStateError') throw localProblem('passkey_there_already', message)
    // Browsers do not tell whether somebody said no, waited too long or has none.
    if (name !== 'NotAllowedError' && name !== 'AbortError')
      throw localProblem('passkey_not_possible', message)
  }
  throw localProblem('passkey_not_given', 'The browser gave no passkey.')
}

/**
 * Lets the person make a passkey.
 *
 * @throws ApiProblem with a code of the console's own.
 */
export const makePasskey = (options: PasskeyJson): Promise<PasskeyJson> =>
  given(() =>
    navigator.credentials.create({
      publicKey: creationOptions(options as unknown as PublicKeyCredentialCreationOptionsJSON),
    }),
  )

/**
 * Lets the person use a passkey.
 *
 * @throws ApiProblem with a code of the console's own.
 */
export const askPasskey = (options: PasskeyJson): Promise<PasskeyJson> =>
  given(() =>
    navigator.credentials.get({
      publicKey: requestOptions(options as unknown as PublicKeyCredentialRequestOptionsJSON),
    }),
  )
