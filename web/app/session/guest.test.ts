/** One visit: in by an invitation, back by the key that the tab keeps, out for good. Against the mock API, with a fake worker. */
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import { createDb } from '@mock/db'
import { endSession } from '@mock/live-sessions'
import { mockServer } from '@mock/node'
import { installMockWorker } from '@mock/session-worker'
import type { GuestInvitation } from '~/api/types'
import { GuestServer, GuestVisit, KEY_PLACE } from './guest'
import { PINS_PLACE } from './pins'

const invitation: GuestInvitation = {
  inviter: 'Marina Duarte',
  organization: 'Atlântico Suporte',
  machine_name: 'Label printer station',
  rights: ['view'],
  expires_at: '2026-01-01T00:00:00Z',
}

beforeEach(() => {
  // jsdom has canvases that cannot draw, and says so on the console.
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null)
})

function begin() {
  const db = createDb('signed-out')
  const workers = installMockWorker(db, false)
  const server = mockServer(db)
  server.listen({ onUnhandledRequest: 'error' })
  const asked: Request[] = []
  server.events.on('request:start', ({ request }) => {
    asked.push(request)
  })
  onTestFinished(() => server.close())
  const visits: GuestVisit[] = []
  /** A page that was just loaded. */
  const page = () => {
    const visit = new GuestVisit()
    visits.push(visit)
    return visit
  }
  onTestFinished(() => {
    for (const visit of visits) visit.leave()
  })
  return { db, workers, asked, page }
}

const phase = (visit: GuestVisit) => visit.getSnapshot().session?.getView().phase
const live = (visit: GuestVisit) => vi.waitFor(() => expect(phase(visit)).toBe('live'), 10_000)

describe('a visit', () => {
  it('makes an invitation a session of the guest’s own, apart from any login', async () => {
    const { db, asked, page } = begin()
    const visit = page()
    visit.join('watch', 'Rui', invitation)
    expect(visit.getSnapshot()).toMatchObject({ joining: true, session: null })
    await live(visit)
    expect(db.sessions[0]).toMatchObject({ technician: { name: 'Rui' }, state: 'active' })
    expect(visit.getSnapshot().session?.getView()).toMatchObject({
      guest: true,
      access: 'view',
      viewOnly: true,
      key: { first: true },
    })
    expect(asked.map(({ credentials }) => credentials)).toEqual(['omit'])
    // The key of the machine is known in this tab only.
    expect(localStorage.getItem(PINS_PLACE)).toBeNull()
  })

  it('comes back into the same session by its key when the page is loaded anew', async () => {
    const { db, asked, page } = begin()
    const first = page()
    expect(first.mayComeBack()).toBe(false)
    first.join('control', 'Rui', { ...invitation, rights: ['view', 'control'] })
    await live(first)
    const again = page()
    expect(again.mayComeBack()).toBe(true)
    again.comeBack()
    await live(again)
    expect(db.sessions[0]?.resumes).toBe(1)
    expect(again.getSnapshot().session?.getView()).toMatchObject({
      access: 'control',
      session: { id: db.sessions[0]?.id },
    })
    const last = asked.at(-1)!
    expect(last.url).toContain('/api/guest/session/resume')
    expect(last.headers.get('Authorization')).toBe(`Bearer key-of-${db.sessions[0]!.id}`)
    expect(last.credentials).toBe('omit')
  })

  it('is over for good when it ends', async () => {
    const { db, page } = begin()
    const visit = page()
    visit.join('watch', 'Rui', invitation)
    await live(visit)
    endSession(db, db.sessions[0]!.id, { reason: 'host_left', by: null, detail: null })
    await vi.waitFor(() => expect(phase(visit)).toBe('ended'))
    expect(visit.getSnapshot().session?.getView().ending?.code).toBe('host_left')
    expect(sessionStorage.getItem(KEY_PLACE)).toBeNull()
    expect(page().mayComeBack()).toBe(false)
  })

  it('ends for the server, too, when the guest leaves', async () => {
    const { db, page } = begin()
    const visit = page()
    visit.join('watch', 'Rui', invitation)
    await live(visit)
    await visit.getSnapshot().session?.end()
    expect(db.sessions[0]?.state).toBe('ended')
    expect(sessionStorage.getItem(KEY_PLACE)).toBeNull()
  })

  it('says that a session is over whose key nobody knows any more', async () => {
    const { db, page } = begin()
    const visit = page()
    visit.join('watch', 'Rui', invitation)
    await live(visit)
    db.guestKeys = {}
    const again = page()
    again.comeBack()
    await vi.waitFor(() => expect(phase(again)).toBe('ended'))
    expect(again.getSnapshot().session?.getView().ending?.code).toBe('session_gone')
  })

  it('is not had twice: a copy of the tab says where it is', async () => {
    const { page } = begin()
    const visit = page()
    visit.join('watch', 'Rui', invitation)
    await live(visit)
    // Another tab holds the lock of the session.
    const locks = { request: () => Promise.reject(new Error('aborted')) }
    Object.defineProperty(navigator, 'locks', { value: locks, configurable: true })
    onTestFinished(() => void Reflect.deleteProperty(navigator, 'locks'))
    const copy = page()
    copy.comeBack()
    await vi.waitFor(() => expect(phase(copy)).toBe('ended'))
    expect(copy.getSnapshot().session?.getView().ending?.code).toBe('already_connected')
    expect(phase(visit)).toBe('live')
  })

  it('keeps nothing of an invitation that does not work, and says why', async () => {
    const { workers, page } = begin()
    const visit = page()
    visit.join('used', 'Rui', invitation)
    await vi.waitFor(() => expect(visit.getSnapshot().joining).toBe(false))
    const { session, refusal } = visit.getSnapshot()
    expect([session, refusal?.code]).toEqual([null, 'invitation_not_valid'])
    expect(workers).toHaveLength(1)
    expect(page().mayComeBack()).toBe(false)
  })

  it('goes over to another invitation once that one is accepted, not before', async () => {
    const { db, page } = begin()
    const visit = page()
    visit.join('watch', 'Rui', invitation)
    await live(visit)
    const first = db.sessions[0]!
    visit.join('wrong', 'Rui', invitation)
    await vi.waitFor(() => expect(visit.getSnapshot().refusal).not.toBeNull())
    expect(phase(visit)).toBe('live')
    visit.join('control', 'Rui', { ...invitation, rights: ['view', 'control'] })
    await vi.waitFor(() => expect(first.state).toBe('ended'))
    await live(visit)
    expect(visit.getSnapshot().session?.getView().session?.id).toBe(db.sessions[0]!.id)
    expect(page().mayComeBack()).toBe(true)
  })
})

describe('the calls of a guest', () => {
  it('are those that a guest may make', async () => {
    const server = new GuestServer({ by: 'key', key: 'k' }, () => undefined)
    expect(await server.neverGiven()).toEqual([])
    await expect(server.askRights()).rejects.toMatchObject({ code: 'forbidden' })
    await expect(server.start({ viewerKey: 'v' })).rejects.toMatchObject({
      code: 'already_connected',
    })
  })
})
