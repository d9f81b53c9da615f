// Passkeys are bound to a name.
// @vitest-environment-options {"url": "http://localhost/"}
import { describe, expect, it, vi } from 'vitest'

import type { PasskeyJson } from '~/api/types'
import { askPasskey, makePasskey, passkeysWork } from '~/passkeys'
import { installPasskeys, refusal } from '~/testing/passkeys'

const json = (value: object) => value as PasskeyJson

const bytes = (...values: number[]) => Uint8Array.from(values).buffer

describe('passkeys', () => {
  it('are there only in browsers that know them', () => {
    expect(passkeysWork()).toBe(false)
    installPasskeys()
    expect(passkeysWork()).toBe(true)
  })

  it('are translated by the browser where it can', async () => {
    const parsed = { challenge: bytes(1) }
    const parseRequestOptionsFromJSON = vi.fn(() => parsed)
    const fake = installPasskeys({ parseRequestOptionsFromJSON })
    const asked = { challenge: 'AQ' }
    expect(await askPasskey(json(asked))).toMatchObject({ id: 'known', type: 'public-key' })
    expect(parseRequestOptionsFromJSON).toHaveBeenCalledWith(asked)
    expect(fake.get).toHaveBeenCalledWith({ publicKey: parsed })
  })

  it('are translated by hand where it cannot', async () => {
    const fake = installPasskeys()
    fake.get.mockResolvedValue({
      id: '-_8',
      rawId: bytes(251, 255),
      type: 'public-key',
      response: { clientDataJSON: bytes(1), signature: bytes(2), authenticatorData: bytes(3) },
    })
    const asked = {
      challenge: '-_8',
      rpId: 'localhost',
      allowCredentials: [{ type: 'public-key', id: 'AQI' }],
    }
    expect(await askPasskey(json(asked))).toEqual({
      id: '-_8',
      rawId: '-_8',
      type: 'public-key',
      response: { clientDataJSON: 'AQ', signature: 'Ag', authenticatorData: 'Aw' },
      clientExtensionResults: {},
    })
    const { publicKey } = fake.get.mock.calls[0]?.[0] as CredentialRequestOptions
    expect(new Uint8Array(publicKey?.challenge as ArrayBuffer)).toEqual(Uint8Array.of(251, 255))
    const [allowed] = publicKey?.allowCredentials ?? []
    expect(new Uint8Array(allowed?.id as ArrayBuffer)).toEqual(Uint8Array.of(1, 2))
    expect(publicKey?.rpId).toBe('localhost')
  })

  it('are made by hand, too, with what the device is asked', async () => {
    const fake = installPasskeys()
    fake.create.mockResolvedValue({
      id: 'AQ',
      rawId: bytes(1),
      type: 'public-key',
      response: {
        clientDataJSON: bytes(1),
        attestationObject: bytes(2),
        getTransports: () => ['internal'],
      },
    })
    const asked = {
      challenge: 'AQ',
      rp: { id: 'localhost', name: 'Farol' },
      user: { id: 'Ag', name: 'ann', displayName: 'Ann' },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      excludeCredentials: [{ type: 'public-key', id: 'Aw' }],
    }
    expect(await makePasskey(json(asked))).toMatchObject({
      response: { clientDataJSON: 'AQ', attestationObject: 'Ag', transports: ['internal'] },
    })
    const { publicKey } = fake.create.mock.calls[0]?.[0] as CredentialCreationOptions
    expect(new Uint8Array(publicKey?.user.id as ArrayBuffer)).toEqual(Uint8Array.of(2))
    expect(publicKey?.excludeCredentials).toHaveLength(1)
  })

  it.each([
    ['NotAllowedError', 'passkey_not_given'],
    ['AbortError', 'passkey_not_given'],
    ['InvalidStateError', 'passkey_there_already'],
    ['SecurityError', 'passkey_not_possible'],
  ])('say by a code what the browser says: %s', async (name, code) => {
    const fake = installPasskeys()
    fake.get.mockRejectedValue(refusal(name))
    await expect(askPasskey(json({ challenge: 'AQ' }))).rejects.toMatchObject({ code, status: 0 })
  })
})
