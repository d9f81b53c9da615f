/**
 * What a session does with the company in it: takes the agent's news into the view and onto the picture, and says what this
 * technician wants of the others. The rules are in `company.ts`, the looks of pointers in `pointers.ts`.
 */
import { Pointing, type PointingHost } from '~/desktop/pointing'
import type { CompanyNews, CompanyWish, PersonId } from '~/wire/company'
import { SAID_MAX } from '~/wire/limits'
import {
  type CompanyView,
  drives,
  forgotten,
  heard,
  isLeftAlone,
  mayAskToDrive,
  personColor,
  personOf,
  watches,
} from './company'
import type { SessionStage } from './stage'
import type { SessionView } from './view'

/** Most letters of one line: whatever they are, they fit the bytes that the agent takes. */
export const LINE_MAX = Math.floor(SAID_MAX / 3)

export interface TogetherHost {
  readonly view: () => SessionView
  readonly set: (change: Partial<SessionView>) => void
  readonly post: (wish: CompanyWish) => void
  /** The part of the desktop that is shown. */
  readonly shown: PointingHost['view']
}

export class Together {
  readonly #host: TogetherHost
  readonly #stage: SessionStage
  readonly #pointing: Pointing

  constructor(stage: SessionStage, host: TogetherHost) {
    this.#stage = stage
    this.#host = host
    this.#pointing = new Pointing(stage.canvas, {
      view: host.shown,
      pointed: (point) => {
        const { laser, roster } = this.#view
        const at = point === null ? null : { ...point, laser }
        host.post({ kind: 'point', at })
        // The agent does not say it back; the hand that draws sees its line, too.
        if (roster !== null) stage.pointers.trail(roster.you, at, personColor(roster.you))
      },
    })
  }

  /** What the agent tells. */
  told(news: CompanyNews): void {
    if (news.kind === 'pointer') {
      const person = personOf(this.#view, news.person)
      this.#stage.pointers.show(news.person, news.at, {
        name: person?.name ?? '',
        guest: person?.kind === 'guest',
        color: personColor(news.person),
      })
      return
    }
    this.#set(heard(this.#view, news))
    if (news.kind !== 'roster') return
    this.#stage.pointers.keep(new Set(news.roster.people.map(({ id }) => id)))
    if (drives(this.#view)) this.#host.set({ refused: null })
  }

  /** The agent begins anew. */
  begun(): void {
    this.#stage.pointers.clear()
    this.#set(forgotten(this.#view))
  }

  /** Without a connection nobody points. */
  lost(): void {
    this.#stage.pointers.clear()
  }

  /** Something about the session changed: whether pointing is of use, and whether there is anybody to ask. */
  update(): void {
    const { phase, viewOnly, company } = this.#host.view()
    this.#pointing.setEnabled(phase === 'live' && watches(company))
    if (!viewOnly && company.asking === null && isLeftAlone(company)) this.askToDrive()
  }

  /** Whoever drives is asked; without one it is granted at once. */
  askToDrive(): void {
    if (!mayAskToDrive(this.#view) || this.#view.asking?.kind === 'waiting') return
    this.#change({ asking: { kind: 'waiting' } })
    this.#host.post({ kind: 'ask_to_drive' })
  }

  /** The news about who drives, or about a refusal, were read. */
  dismiss(): void {
    const { asking } = this.#view
    this.#change({ driverChanged: false, asking: asking?.kind === 'refused' ? null : asking })
  }

  handOver(person: PersonId): void {
    this.#answered(person)
    this.#host.post({ kind: 'hand_over', person })
  }

  refuse(person: PersonId): void {
    this.#answered(person)
    this.#host.post({ kind: 'refuse_drive', person })
  }

  /** Says a line to everybody. It is in the chat when the agent says it back: all see the same order. */
  say(text: string): void {
    const line = text.trim().slice(0, LINE_MAX)
    if (line !== '') this.#host.post({ kind: 'say', text: line })
  }

  setLaser(laser: boolean): void {
    if (this.#view.laser === laser) return
    this.#change({ laser })
    this.#pointing.again()
  }

  setChatOpen(chatOpen: boolean): void {
    this.#change(chatOpen ? { chatOpen, unread: 0 } : { chatOpen })
  }

  dispose(): void {
    this.#pointing.dispose()
  }

  get #view(): CompanyView {
    return this.#host.view().company
  }

  #answered(person: PersonId): void {
    this.#change({ askedBy: this.#view.askedBy.filter((asking) => asking !== person) })
  }

  #change(change: Partial<CompanyView>): void {
    this.#set({ ...this.#view, ...change })
  }

  #set(company: CompanyView): void {
    this.#host.set({ company })
  }
}
