// @vitest-environment node
/** What comes and goes on the company channel is checked and cleaned. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import {
  CompanyToAgentSchema,
  CompanyToViewerSchema,
  Person_Kind,
} from './__generated__/farol/company_pb'
import { companyMessage, parseCompany } from './company'
import { DESKTOP_MAX, NAME_MAX, PEOPLE_MAX, SAID_MAX } from './limits'
import { PipeViolation } from './violation'

type Wire = NonNullable<MessageInitShape<typeof CompanyToViewerSchema>['message']>

const parse = (message: Wire) =>
  parseCompany(toBinary(CompanyToViewerSchema, create(CompanyToViewerSchema, { message })))

describe('company messages', () => {
  it('read a roster; nobody drives is null, and kinds of newer agents are guests', () => {
    const people = [
      { id: 1, name: 'Ana', kind: Person_Kind.TECHNICIAN, mayDrive: true },
      { id: 2, name: 'maria', kind: Person_Kind.END_USER, interrupted: true },
      { id: 3, name: 'x', kind: 9 as unknown as Person_Kind },
    ]
    expect(parse({ case: 'roster', value: { people, driver: 0, you: 1 } })).toEqual({
      kind: 'roster',
      roster: {
        people: [
          { id: 1, name: 'Ana', kind: 'technician', mayDrive: true, interrupted: false },
          { id: 2, name: 'maria', kind: 'end_user', mayDrive: false, interrupted: true },
          { id: 3, name: 'x', kind: 'guest', mayDrive: false, interrupted: false },
        ],
        driver: null,
        you: 1,
      },
    })
  })

  it('keep pointers near the desktop, and tell when they are gone', () => {
    expect(
      parse({ case: 'pointer', value: { person: 2, x: 1 << 30, y: -5, laser: true } }),
    ).toEqual({ kind: 'pointer', person: 2, at: { x: DESKTOP_MAX, y: -5, laser: true } })
    expect(parse({ case: 'pointer', value: { person: 2, gone: true } })).toMatchObject({ at: null })
  })

  it('refuse what is too much', () => {
    const refused = [
      () => parse({ case: 'roster', value: { people: Array(PEOPLE_MAX + 1).fill({ id: 1 }) } }),
      () => parse({ case: 'roster', value: { people: [{ name: 'ã'.repeat(NAME_MAX / 2 + 1) }] } }),
      () => parse({ case: 'said', value: { text: 'x'.repeat(SAID_MAX + 1) } }),
      () => parse({ case: undefined }),
    ]
    for (const attempt of refused) expect(attempt).toThrow(PipeViolation)
  })

  it('clean what deceives', () => {
    const said = { person: 1, atMs: 5n, text: 'a\u202eb\nc', name: 'An\u0000a' }
    expect(parse({ case: 'said', value: said })).toEqual({
      kind: 'said',
      line: { person: 1, at: 5, text: 'a b c', name: 'An a' },
    })
  })

  it('say what this viewer wants, cut between characters where it is too long', () => {
    const sent = (wish: Parameters<typeof companyMessage>[0]) =>
      fromBinary(CompanyToAgentSchema, companyMessage(wish)).message
    expect(sent({ kind: 'point', at: { x: -3, y: 4, laser: true } })).toMatchObject({
      case: 'pointAt',
      value: { x: -3, y: 4, laser: true, gone: false },
    })
    expect(sent({ kind: 'point', at: null })).toMatchObject({ value: { gone: true } })
    expect(sent({ kind: 'ask_to_drive' }).case).toBe('askToDrive')
    expect(sent({ kind: 'hand_over', person: 2 })).toMatchObject({ value: { person: 2 } })
    expect(sent({ kind: 'refuse_drive', person: 2 })).toMatchObject({ value: { person: 2 } })
    const { value } = sent({ kind: 'say', text: 'é'.repeat(SAID_MAX) })
    expect(value).toMatchObject({ text: 'é'.repeat(SAID_MAX / 2) })
  })
})
