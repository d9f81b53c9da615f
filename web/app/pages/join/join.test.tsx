import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { forgetSecret, takeSecrets } from '~/fragment'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

import { agentFor, computerOf } from './platform'

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0'
const LINUX = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0'
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1'
const ANDROID = 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15'

afterEach(() => {
  vi.restoreAllMocks()
  forgetSecret('code')
  forgetSecret('problem')
})

const on = (userAgent: string) => vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue(userAgent)
const field = () => screen.findByLabelText('Your support code')

describe('the public page', () => {
  it('needs no account, and groups the code while it is typed', async () => {
    on(WINDOWS)
    const { user, address } = await renderConsole('/join', 'signed-out')
    const code = await field()
    expect(address()).toBe('/join')
    await expectAccessible()
    await user.type(code, 'k7qf2')
    expect(code).toHaveValue('K7Q-F2')
    await user.type(code, '{Backspace}{Backspace}')
    expect(code).toHaveValue('K7Q')
    await user.type(code, 'f2m 9x4')
    expect(
      await screen.findByRole('heading', { name: 'Atlântico Suporte will help you' }),
    ).toHaveFocus()
    expect(screen.getByText(/Marina Duarte is waiting for you/)).toBeInTheDocument()
    expect(screen.getByText('Did someone phone you and ask for this?')).toBeInTheDocument()
    const steps = screen.getByRole('heading', { name: 'What happens next' }).parentElement!
    expect(within(steps).getAllByRole('listitem')).toHaveLength(3)
    await expectAccessible()
  })

  it('keeps the caret where a symbol is put right', async () => {
    await renderConsole('/join', 'signed-out')
    const code = (await field()) as HTMLInputElement
    code.focus()
    fireEvent.change(code, { target: { value: 'K7Q-F2' } })
    fireEvent.change(code, { target: { value: 'KZ7Q-F2', selectionStart: 2, selectionEnd: 2 } })
    expect(code).toHaveValue('KZ7-QF2')
    expect(code.selectionStart).toBe(2)
  })

  it('sends the program in exchange for the code, which stays out of every address', async () => {
    on(WINDOWS)
    const { user } = await renderConsole('/join', 'signed-out')
    await user.type(await field(), 'K7QF2M9X4')
    const button = await screen.findByRole('button', { name: 'Download for Windows (5.24 MB)' })
    const form = button.closest('form')!
    expect(form).toHaveAttribute('method', 'post')
    expect(form).toHaveAttribute('action', '/api/join/download')
    expect(Object.fromEntries(new FormData(form))).toEqual({
      code: 'K7QF2M9X4',
      system: 'windows',
      arch: 'x86_64',
    })
    expect(screen.queryByText(/chmod/)).toBeNull()
    await user.click(screen.getByText('For another computer'))
    expect(
      screen.getByRole('button', { name: 'Download for Linux, ARM (6.43 MB)' }),
    ).toBeInTheDocument()
    fireEvent.submit(form)
    expect(await screen.findByText(/Open the downloaded file now/)).toBeInTheDocument()
  })

  it('takes the code from the address, and takes it out of there', async () => {
    on(LINUX)
    globalThis.history.replaceState(null, '', '/join#code=K7QF2M9X4')
    takeSecrets()
    expect(location.hash).toBe('')
    await renderConsole('/join', 'signed-out')
    expect(
      await screen.findByRole('button', { name: 'Download for Linux (6.91 MB)' }),
    ).toBeInTheDocument()
    expect(screen.getByText(/chmod/)).toBeInTheDocument()
  })

  it.each([ANDROID, IPHONE])('sends phones to the computer: %s', async (phone) => {
    on(phone)
    const { user } = await renderConsole('/join', 'signed-out')
    await user.type(await field(), 'K7QF2M9X4')
    expect(await screen.findByText('Go to the computer that needs help')).toBeInTheDocument()
    expect(screen.getByText('K7Q-F2M-9X4')).toBeInTheDocument()
    expect(screen.getByText(`${location.host}/join`)).toBeInTheDocument()
    expect(screen.queryByRole('button', { name: /Download/ })).toBeNull()
    await expectAccessible()
  })

  it('notices a slip without asking the server', async () => {
    const { user } = await renderConsole('/join', 'signed-out')
    const code = await field()
    await user.type(code, 'K7QF2M9X5')
    expect(code).toBeInvalid()
    expect(code).toHaveAccessibleDescription(/not quite right/)
    await user.clear(code)
    await user.type(code, 'K7Q{Enter}')
    expect(code).toHaveAccessibleDescription(/nine letters and digits/)
    await expectAccessible()
  })

  it('says that a code does not work, and nothing of why', async () => {
    const { user } = await renderConsole('/join', 'signed-out')
    await user.type(await field(), 'ZZZZZZZZ3')
    const alert = await screen.findByRole('alert')
    expect(alert).toHaveTextContent(
      'This support code does not workCheck it with the person who gave it to you, or ask for a new one.',
    )
    await user.type(await field(), '{Backspace}')
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
  })

  it('says how long to wait after too many wrong ones', async () => {
    const { user } = await renderConsole('/join', 'signed-out')
    await user.type(await field(), '000000000')
    expect(await screen.findByRole('alert')).toHaveTextContent('Try again in 1 min.')
  })

  it('says so when nobody has placed a program', async () => {
    on(WINDOWS)
    const { user } = await renderConsole('/join', 'signed-out')
    await user.type(await field(), '11100Z0ZB')
    expect(await screen.findByText('There is nothing to download yet')).toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Use another code' }))
    expect(await field()).toHaveValue('')
  })

  it('says so when there is none for this computer', async () => {
    on(MAC)
    const { user } = await renderConsole('/join', 'signed-out')
    await user.type(await field(), 'K7QF2M9X4')
    expect(await screen.findByText('There is no program for this computer')).toBeInTheDocument()
    expect(screen.getByText('For another computer')).toBeInTheDocument()
  })

  it('shows why a download was refused', async () => {
    await renderConsole('/join', 'signed-out')
    globalThis.history.replaceState(null, '', '/join#problem=code_unknown')
    act(() => takeSecrets())
    expect(await screen.findByRole('alert')).toHaveTextContent('This support code does not work')
  })
})

describe('the computer', () => {
  const agents = [
    { system: 'windows', arch: 'x86_64', size: 1 },
    { system: 'linux', arch: 'aarch64', size: 1 },
  ]
  it('is told by what the browser says', () => {
    const kind = (userAgent: string, touchPoints = 0) => computerOf({ userAgent, touchPoints })
    expect(kind(WINDOWS)).toEqual({ kind: 'computer', system: 'windows', arm: false })
    expect(kind(MAC)).toEqual({ kind: 'computer', system: 'macos', arm: false })
    expect(kind(MAC, 5)).toEqual({ kind: 'phone' })
    expect(kind('Mozilla/5.0 (X11; Linux aarch64)')).toMatchObject({ system: 'linux', arm: true })
    expect(kind('curl')).toEqual({ kind: 'unknown' })
  })

  it('gets the agent that runs on it', () => {
    const arm = { kind: 'computer', system: 'windows', arm: true } as const
    expect(agentFor(arm, agents)).toBeNull()
    expect(agentFor({ ...arm, arm: false }, agents)).toBe(agents[0])
    expect(agentFor({ ...arm, system: 'linux' }, agents)).toBe(agents[1])
    expect(agentFor({ kind: 'phone' }, agents)).toBeNull()
  })
})
