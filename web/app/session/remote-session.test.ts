/**
 * The life of a session from the page's side: asked for, live, interrupted and back, over by whom. Worker, server and
 * storage are fakes; time is too.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { ApiProblem } from '~/api/problem'
import type { Session } from '~/api/types'
import {
  KEY,
  OTHER_KEY,
  record,
  started,
  active,
  problem,
  lost,
  settle,
  Rig,
} from '~/testing/session-rig'

import { MachineKeys } from './pins'
import { wordsOf } from './words'

beforeEach(() => {
  sessionStorage.clear()
  vi.useFakeTimers()
  // jsdom has canvases that cannot draw, and says so on the console.
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null)
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a role that asks why', () => {
  const required = () =>
    new ApiProblem(
      { status: 422, code: 'validation_failed', title: '', detail: '' },
      {
        fields: [{ field: 'reason', code: 'required', detail: '', in: 'body', pointer: '/reason' }],
      },
    )

  it('is answered by the person, and the session is asked for again with that', async () => {
    const rig = new Rig()
    rig.start.mockRejectedValueOnce(required())
    rig.askReason.mockResolvedValueOnce('Ticket 7')
    await settle()
    await settle()
    expect(rig.reasons).toEqual([null, 'Ticket 7'])
    expect(rig.askReason).toHaveBeenCalledExactlyOnceWith(null)
    expect(rig.view.session?.id).toBe('s1')
  })

  it('asks again while the server does not take what was said', async () => {
    const rig = new Rig()
    const wrong = required()
    rig.start.mockRejectedValueOnce(required()).mockRejectedValueOnce(wrong)
    rig.askReason.mockResolvedValueOnce('?').mockResolvedValueOnce('Ticket 7')
    await settle()
    await settle()
    expect(rig.askReason).toHaveBeenLastCalledWith(wrong)
    expect(rig.reasons).toEqual([null, '?', 'Ticket 7'])
  })

  it('says why there is no session where nobody answers', async () => {
    const rig = new Rig()
    rig.start.mockRejectedValueOnce(required())
    await settle()
    expect(rig.view).toMatchObject({ phase: 'ended', ending: { code: 'reason_required' } })
    expect(rig.reasons).toEqual([null])
  })
})

describe('a session', () => {
  it('asks, connects and is live with the first picture', async () => {
    const rig = new Rig()
    expect(rig.view).toMatchObject({ phase: 'connecting', stage: 'asking' })
    await rig.live()
    expect(rig.asked).toEqual([['view', 'control', 'clipboard']])
    expect(rig.posted).toContainEqual(
      expect.objectContaining({
        type: 'connect',
        session: 's1',
        grant: 'g',
        machineKey: KEY,
        url: 'ws://127.0.0.1/api/relay',
      }),
    )
    expect(rig.view).toMatchObject({
      phase: 'live',
      machineName: 'desk-1',
      hasPicture: true,
      canInput: true,
    })
  })

  it('that only looks asks for nothing else', async () => {
    const rig = await new Rig('view').live()
    expect(rig.asked).toEqual([['view']])
    expect(rig.view.viewOnly).toBe(true)
  })

  it('answers what it drew, and gives the buffer back', async () => {
    const rig = await new Rig().live()
    const pixels = new ArrayBuffer(8)
    rig.say({ type: 'paint', id: 4, patch: { rects: [], pixels } })
    expect(rig.posted.at(-1)).toMatchObject({ type: 'drawn', id: 4, pixels })
  })

  it('is told at once that a machine is offline', async () => {
    const rig = new Rig()
    rig.start.mockRejectedValue(problem('machine_offline', 409))
    rig.session.restart()
    await settle()
    expect(rig.view).toMatchObject({
      phase: 'ended',
      ending: { code: 'machine_offline', requestId: 'r1' },
    })
  })

  it('ends at the server first, so that it knows who did it', async () => {
    const rig = await new Rig().live()
    await rig.session.end()
    expect(rig.ended).toEqual(['s1'])
    expect(rig.view).toMatchObject({
      phase: 'ended',
      ending: { code: 'technician_ended', byMe: true },
    })
    expect(rig.count('close')).toBe(1)
    rig.say(lost('network_lost'))
    await settle(5_000)
    expect(rig.view.phase).toBe('ended')
  })

  it('ends what it asked for when the answer comes too late', async () => {
    const rig = new Rig()
    await rig.session.end()
    await settle()
    expect(rig.count('connect')).toBe(0)
    rig.session.restart()
    await settle()
    expect(rig.count('connect')).toBe(1)
  })

  it('lets go of everything on disposal', async () => {
    const rig = await new Rig().live()
    rig.session.dispose()
    await settle()
    expect(rig.ended).toEqual(['s1'])
    expect(rig.terminated).toBe(true)
  })

  it('pauses pictures while no page shows it', async () => {
    const rig = await new Rig().live()
    const wishes = () =>
      rig.posted.filter((message) => message.type === 'wishes').map(({ wishes }) => wishes.paused)
    const page = document.createElement('div')
    document.body.append(page)
    const detach = rig.session.attach(page, () => undefined)
    expect(page.querySelector('canvas')).not.toBeNull()
    detach()
    expect(page.childElementCount).toBe(0)
    expect(wishes()).toEqual([false, true])
    expect(rig.view.phase).toBe('live')
  })

  it('sends nothing while the technician only looks', async () => {
    const rig = await new Rig().live()
    rig.session.setViewOnly(true)
    const before = rig.count('input')
    rig.session.chord(['F1'])
    rig.session.clipboard.giveText('text')
    expect(rig.count('input')).toBe(before)
    expect(rig.count('clipboard')).toBe(0)
    rig.session.setViewOnly(false)
    rig.session.chord(['F1'])
    expect(rig.count('input')).toBe(before + 1)
  })

  it('lets everything go when the field loses the focus', async () => {
    const rig = await new Rig().live()
    const page = document.createElement('div')
    document.body.append(page)
    rig.session.attach(page, () => undefined)
    rig.session.focus()
    const field = page.querySelector('textarea')!
    field.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyA', key: 'a', bubbles: true }))
    field.blur()
    const actions = rig.posted.flatMap((message) =>
      message.type === 'input' ? message.actions : [],
    )
    expect(actions.map(({ kind }) => kind)).toEqual(['key', 'release'])
  })

  it('counts a machine that says why it has no picture as there', async () => {
    const rig = new Rig()
    await settle()
    rig.say({ type: 'screen', state: { condition: 'no_display', detail: '' } })
    expect(rig.view).toMatchObject({
      phase: 'live',
      hasPicture: false,
      screen: { condition: 'no_display' },
    })
  })
})

describe('an interrupted session', () => {
  it('is the same session when it is back, with its picture, input and cause', async () => {
    const rig = await new Rig().live()
    rig.say(lost('peer_lost'))
    await settle()
    expect(rig.view).toMatchObject({
      phase: 'interrupted',
      interruption: { waitsFor: 'machine', cause: 'peer_lost' },
      hasPicture: true,
      canInput: true,
    })
    await settle(200)
    expect(rig.resume).toHaveBeenCalledTimes(1)
    expect(rig.start).toHaveBeenCalledTimes(1)
    expect(rig.count('renew')).toBe(1)
    rig.open(true)
    expect(rig.view).toMatchObject({ phase: 'live', interruption: null })
  })

  it('keeps what hands do, and never lets go of what they hold by itself', async () => {
    const rig = await new Rig().live()
    rig.say(lost('peer_lost'))
    rig.session.chord(['F1'])
    rig.say({ type: 'held', count: 1 })
    expect(rig.view.heldInput).toBe(1)
    const kinds = rig.posted.flatMap((message) =>
      message.type === 'input' ? message.actions.map(({ kind }) => kind) : [],
    )
    expect(kinds).toEqual(['chord'])
  })

  it('starts over with the picture when the machine knows nothing any more', async () => {
    const rig = await new Rig().live()
    rig.say(lost('peer_lost'))
    await settle(200)
    rig.open(false)
    expect(rig.view.phase).toBe('interrupted')
    rig.say({ type: 'picture' })
    expect(rig.view.phase).toBe('live')
  })

  it('names the server, the machine and the network as what it waits for', async () => {
    const rig = await new Rig().live()
    rig.resume.mockRejectedValue(problem('network', 0))
    rig.say(lost('network_lost'))
    await settle(200)
    expect(rig.view.interruption).toMatchObject({ waitsFor: 'server', cause: 'network' })
    rig.resume.mockRejectedValue(problem('machine_offline', 409))
    await settle(1100)
    expect(rig.view.interruption).toMatchObject({ waitsFor: 'machine', cause: 'machine_offline' })
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    rig.resume.mockRejectedValue(problem('network', 0))
    await settle(1100)
    expect(rig.view.interruption).toMatchObject({ waitsFor: 'network' })
  })

  it('tries at once when the network or the page is back', async () => {
    const rig = await new Rig().live()
    rig.resume.mockRejectedValue(problem('network', 0))
    rig.say(lost('network_lost'))
    await settle(200)
    let tried = rig.resume.mock.calls.length
    for (const [target, event] of [
      [window, 'online'],
      [window, 'pageshow'],
      [document, 'visibilitychange'],
    ] as const) {
      target.dispatchEvent(new Event(event))
      tried += 1
      await settle()
      expect(rig.resume).toHaveBeenCalledTimes(tried)
    }
  })

  it('gives attempts up that hang', async () => {
    const rig = await new Rig().live()
    rig.resume.mockImplementationOnce(
      (_id, signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('abort'))),
        ),
    )
    rig.say(lost('network_lost'))
    await settle(200)
    expect(rig.resume).toHaveBeenCalledTimes(1)
    await settle(8200)
    // The server answers, but nothing comes through the relay.
    expect(rig.resume).toHaveBeenCalledTimes(2)
    const dialed = rig.count('connect')
    await settle(6200)
    expect(rig.count('connect')).toBe(dialed + 1)
    expect(rig.view.phase).toBe('interrupted')
  })

  it('is given up after ten minutes, and can be asked for again', async () => {
    const rig = await new Rig().live()
    rig.resume.mockRejectedValue(problem('network', 0))
    rig.say(lost('network_lost'))
    await settle(590_000)
    expect(rig.view.phase).toBe('interrupted')
    await settle(20_000)
    expect(rig.view).toMatchObject({ phase: 'ended', ending: { code: 'network', gaveUp: true } })
    expect(rig.ended).toEqual(['s1'])
    rig.session.restart()
    await rig.live()
    expect(rig.view.phase).toBe('live')
    expect(rig.count('renew')).toBe(2)
  })

  it('is over when the server says so, and names who ended it', async () => {
    const rig = await new Rig().live()
    const by = { kind: 'end_user', name: 'Bia' }
    rig.resume.mockRejectedValue(
      problem('session_over', 410, { reason: 'end_user_ended', by, detail: null }),
    )
    rig.say(lost('peer_lost'))
    await settle(200)
    expect(rig.view).toMatchObject({
      phase: 'ended',
      ending: { code: 'end_user_ended', by: { name: 'Bia' } },
    })
    await settle(60_000)
    expect(rig.start).toHaveBeenCalledTimes(1)
    expect(rig.resume).toHaveBeenCalledTimes(1)
  })

  it('asks who ended it when the relay says that it ended', async () => {
    const rig = await new Rig().live()
    const by = { kind: 'end_user', name: 'Bia' }
    rig.look.mockResolvedValue({
      ...active,
      state: 'ended',
      end: { reason: 'end_user_ended', by, detail: null },
    })
    rig.say(lost('session_ended'))
    await settle()
    expect(rig.view).toMatchObject({ phase: 'ended', ending: { by: { name: 'Bia' } } })
  })

  it('comes back with another pipe and key when the agent closed the one there was', async () => {
    const rig = await new Rig().live()
    rig.look.mockResolvedValue({ ...active, state: 'interrupted' })
    rig.say({
      type: 'lost',
      loss: { source: 'pipe', end: { by: 'agent', code: 'shutting_down', text: '' } },
    })
    await settle(200)
    expect(rig.count('renew')).toBe(2)
    expect(rig.resume).toHaveBeenCalledTimes(1)
  })

  it('believes an agent that says that the person there ended it', async () => {
    const rig = await new Rig().live()
    rig.look.mockResolvedValue({ ...active })
    rig.say({
      type: 'lost',
      loss: { source: 'pipe', end: { by: 'agent', code: 'end_user', text: '' } },
    })
    await settle(200)
    expect(rig.view).toMatchObject({ phase: 'ended', ending: { code: 'end_user_ended' } })
    expect(rig.resume).not.toHaveBeenCalled()
  })

  it('goes on in the other tab that took it over, and is not fought for', async () => {
    const rig = await new Rig().live()
    rig.say(lost('superseded'))
    await settle(60_000)
    expect(rig.view).toMatchObject({ phase: 'ended', ending: { code: 'superseded' } })
    expect(rig.resume).not.toHaveBeenCalled()
    expect(rig.ended).toEqual([])
  })

  it('tells the server when this browser cannot go on', async () => {
    const rig = await new Rig().live()
    rig.say({ type: 'lost', loss: { source: 'viewer', code: 'decoder_failed' } })
    await settle()
    expect(rig.view.ending?.code).toBe('decoder_failed')
    expect(rig.ended).toEqual(['s1'])
  })

  const restarted = problem('session_over', 410, {
    reason: 'agent_restarted',
    by: null,
    detail: null,
  })

  it('is followed by a new one when the agent was restarted and nobody has to be asked', async () => {
    const rig = await new Rig().live()
    await rig.told({ ...active, rights: ['view', 'control', 'files'] })
    rig.resume.mockRejectedValue(restarted)
    rig.say(lost('peer_lost'))
    await settle(200)
    expect(rig.start).toHaveBeenCalledTimes(2)
    expect(rig.asked.at(-1), 'neither less nor more than it had').toEqual([
      'view',
      'control',
      'files',
    ])
    expect(rig.view).toMatchObject({ canInput: false, canClipboard: false })
    expect(rig.view).toMatchObject({ phase: 'interrupted', hasPicture: true })
    await rig.live()
    expect(rig.view.phase).toBe('live')
  })

  it('stays over when the agent was restarted and somebody would be asked again', async () => {
    const rig = await new Rig().live()
    await rig.told({ ...active, consent: { by: 'Bia', at: '', outcome: 'allowed' } })
    rig.resume.mockRejectedValue(restarted)
    rig.say(lost('peer_lost'))
    await settle(60_000)
    expect(rig.view).toMatchObject({ phase: 'ended', ending: { code: 'agent_restarted' } })
    expect(rig.start).toHaveBeenCalledTimes(1)
  })
})

describe('what an access rule never gives', () => {
  it('is left out of what is asked for', async () => {
    const rig = new Rig()
    rig.never = ['clipboard', 'files']
    rig.start.mockRejectedValueOnce(problem('access_never', 403))
    await rig.live()
    expect(rig.asked).toEqual([
      ['view', 'control', 'clipboard'],
      ['view', 'control'],
    ])
    expect(rig.view.phase).toBe('live')
  })

  it('is said when it is what the technician chose', async () => {
    const rig = new Rig()
    rig.never = ['control']
    rig.start.mockRejectedValue(problem('access_never', 403))
    await settle()
    expect(rig.asked).toHaveLength(1)
    expect(rig.view).toMatchObject({ phase: 'ended', ending: { code: 'access_never' } })
  })
})

describe('what roles do not allow', () => {
  it('is not asked for, not after they have changed either', async () => {
    const rig = new Rig('control', new MachineKeys(), false, ['view', 'control'])
    await rig.live()
    expect(rig.asked).toEqual([['view', 'control']])
    rig.session.permit(['view'])
    await rig.told({ ...active, state: 'ended', end: { reason: 'access_changed' } as never })
    expect(rig.view.phase).toBe('ended')
    rig.session.restart()
    await settle()
    expect(rig.asked.at(-1)).toEqual(['view'])
    expect(rig.view).toMatchObject({ access: 'view', viewOnly: true })
  })
})

describe('a viewer key', () => {
  it('of an older pipe is not taken for that of the present one', async () => {
    const rig = new Rig()
    await settle()
    expect(rig.viewerKeys).toEqual(['viewer'])
  })
})

describe('a reload of the page', () => {
  it('goes on with the session instead of asking for another', async () => {
    await new Rig().live()
    const again = new Rig()
    await settle()
    expect(again.start).not.toHaveBeenCalled()
    expect(again.resume).toHaveBeenCalledWith('s1', expect.anything())
    again.open(false)
    again.say({ type: 'picture' })
    expect(again.view).toMatchObject({ phase: 'live', machineName: 'desk-1' })
  })

  it('asks anew when the session was ended', async () => {
    const rig = await new Rig().live()
    await rig.session.end()
    const again = new Rig()
    await settle()
    expect(again.start).toHaveBeenCalledTimes(1)
  })

  it('asks anew when the session never ran', async () => {
    const first = new Rig()
    await settle()
    expect(first.view.phase).toBe('connecting')
    const again = new Rig()
    again.resume.mockRejectedValue(
      problem('session_over', 410, { reason: 'viewer_lost', by: null, detail: null }),
    )
    await settle()
    expect(again.start).toHaveBeenCalledTimes(1)
    expect(again.count('connect')).toBe(1)
  })

  it('says how it ended when it is over', async () => {
    await new Rig().live()
    const again = new Rig()
    again.resume.mockRejectedValue(
      problem('session_over', 410, { reason: 'expired', by: null, detail: null }),
    )
    await settle()
    expect(again.view).toMatchObject({ phase: 'ended', ending: { code: 'expired' } })
    again.session.restart()
    await again.live()
    expect(again.view.phase).toBe('live')
  })
})

describe('a guest’s session', () => {
  const rigOfGuest = () => new Rig('control', new MachineKeys(), true)

  it('is followed by no other when the agent was restarted', async () => {
    const rig = await rigOfGuest().live()
    expect(rig.view.guest).toBe(true)
    rig.resume.mockRejectedValue(
      problem('session_over', 410, { reason: 'agent_restarted', by: null, detail: null }),
    )
    rig.say(lost('peer_lost'))
    await settle(60_000)
    expect(rig.view).toMatchObject({ phase: 'ended', ending: { code: 'agent_restarted' } })
    expect(rig.start).toHaveBeenCalledTimes(1)
  })

  it('is followed by no other when it never ran', async () => {
    rigOfGuest()
    await settle()
    const again = rigOfGuest()
    again.resume.mockRejectedValue(
      problem('session_over', 410, { reason: 'viewer_lost', by: null, detail: null }),
    )
    await settle()
    expect(again.view).toMatchObject({ phase: 'ended', ending: { code: 'viewer_lost' } })
    expect(again.start).not.toHaveBeenCalled()
  })

  it('says with which reason the relay closed when the server does not answer', async () => {
    const rig = await rigOfGuest().live()
    rig.say({
      type: 'lost',
      loss: { source: 'relay', code: 'session_ended', reason: 'invitation_revoked' },
    })
    await settle()
    expect(rig.view).toMatchObject({ phase: 'ended', ending: { code: 'invitation_revoked' } })
  })
})

describe('the machine’s key', () => {
  it('is shown by words made of the key, not by those of the server', async () => {
    const rig = await new Rig().live()
    const words = await wordsOf(KEY)
    expect(rig.view.key).toMatchObject({ words, first: true, lasting: true })
    expect(words).not.toBe(started.machine_words)
  })

  it('stops a session before anything is sent to the relay when it changed', async () => {
    const keys = new MachineKeys()
    keys.check('m1', OTHER_KEY, new Date(0))
    const rig = new Rig('control', keys)
    await settle()
    expect(rig.view).toMatchObject({
      phase: 'keyChanged',
      keyChange: {
        words: await wordsOf(KEY),
        wordsBefore: await wordsOf(OTHER_KEY),
        since: new Date(0).toISOString(),
      },
    })
    expect(rig.count('connect')).toBe(0)
    await rig.session.trustKey()
    expect(rig.count('connect')).toBe(1)
    await rig.live()
    expect(rig.view.phase).toBe('live')
    expect(keys.check('m1', KEY, new Date()).kind).toBe('known')
  })

  it('is still to be compared when the session ends meanwhile, and another one follows', async () => {
    const keys = new MachineKeys()
    keys.check('m1', OTHER_KEY, new Date(0))
    const rig = new Rig('control', keys)
    await settle()
    await rig.told({
      ...record,
      state: 'ended',
      end: { reason: 'viewer_lost', by: null, detail: null },
    })
    expect(rig.view.phase).toBe('keyChanged')
    rig.start.mockResolvedValue({ ...started, session: { ...record, id: 's2' } })
    await rig.session.trustKey()
    await settle()
    expect(rig.view.session?.id).toBe('s2')
    expect(rig.count('connect')).toBe(1)
  })

  it('stops a session that comes back with another one, too', async () => {
    const rig = await new Rig().live()
    rig.resume.mockResolvedValue({ ...started, machine_key: OTHER_KEY })
    rig.say(lost('peer_lost'))
    await settle(200)
    expect(rig.view.phase).toBe('keyChanged')
    expect(rig.count('connect')).toBe(1)
    await rig.session.end()
    expect(rig.ended).toEqual(['s1'])
    expect(rig.view.phase).toBe('ended')
  })
})

describe('the person at the machine', () => {
  const waiting: Session = {
    ...record,
    state: 'waiting_for_consent',
    rights: [],
    rights_asked: ['view', 'control'],
  }

  it('is waited for, however long it takes', async () => {
    const rig = new Rig()
    await settle()
    await rig.told(waiting)
    expect(rig.view).toMatchObject({ phase: 'waiting', rightsAsked: ['view', 'control'] })
    expect(rig.view.askedSince).not.toBeNull()
    await settle(60_000)
    expect(rig.view.phase).toBe('waiting')
    await rig.told({ ...record, state: 'requested' })
    expect(rig.view).toMatchObject({ phase: 'connecting', askedSince: null })
    await rig.live()
    expect(rig.view.phase).toBe('live')
  })

  it('says no, and the session is over', async () => {
    const rig = new Rig()
    await settle()
    await rig.told(waiting)
    const by = { kind: 'end_user', name: 'Bia' }
    await rig.told({
      ...waiting,
      state: 'ended',
      end: { reason: 'consent_refused', by, detail: null },
    })
    expect(rig.view).toMatchObject({
      phase: 'ended',
      ending: { code: 'consent_refused', by: { name: 'Bia' } },
    })
  })

  it('takes a right back, which is said, and input stops', async () => {
    const rig = await new Rig().live()
    await rig.told(active)
    rig.say({ type: 'channels', input: false, clipboard: true })
    await rig.told({ ...active, rights: ['view', 'clipboard'] })
    expect(rig.view).toMatchObject({
      phase: 'live',
      canInput: false,
      rights: ['view', 'clipboard'],
      rightsChange: { kind: 'taken_back', rights: ['control'] },
    })
    const before = rig.count('input')
    rig.session.chord(['F1'])
    expect(rig.count('input')).toBe(before)
    rig.session.dismissRightsChange()
    expect(rig.view.rightsChange).toBeNull()
  })

  it('is asked for more, and grants or refuses it', async () => {
    const rig = await new Rig('view').live()
    await rig.told({ ...active, rights: ['view'] })
    await rig.session.askRights(['control'])
    expect(rig.asked.at(-1)).toEqual(['view', 'control'])
    expect(rig.view.rightsAsked).toEqual(['control'])
    await rig.told({ ...active, rights: ['view'], rights_asked: [] })
    expect(rig.view.rightsChange).toEqual({ kind: 'refused', rights: ['control'] })
    await rig.session.askRights(['control'])
    await rig.told({ ...active, rights: ['view', 'control'], rights_asked: [] })
    expect(rig.view).toMatchObject({
      rightsChange: { kind: 'granted', rights: ['control'] },
      viewOnly: false,
    })
  })
})
