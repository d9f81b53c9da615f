/**
 * Where others point: named arrows and fading laser trails over the picture, as elements of the page. They move up to sixty
 * times a second, so nothing of React is asked. Coordinates are desktop pixels; the layer has the size of the whole desktop
 * and the browser scales. Only looks; who points where is told by `remote-session.ts`.
 */
import type { Size } from '~/desktop/geometry'
import type { PersonId, PointAt } from '~/wire/company'

const SVG = 'http://www.w3.org/2000/svg'

/** How long a trail of the laser glows, milliseconds. */
const TRAIL_MS = 1000

/** Pieces of trails that glow at once: fifteen people at sixty a second. More only if time stands still. */
const TRAIL_MAX = 900

/** A pointer's name and color. */
export interface PointerLook {
  /** May be empty. */
  readonly name: string
  /** Was invited: the name says so. */
  readonly guest: boolean
  /** A value for the CSS `color` property. */
  readonly color: string
}

export class PointerLayer {
  readonly element = document.createElement('div')
  readonly #trails = document.createElementNS(SVG, 'svg')
  readonly #arrows = new Map<PersonId, Arrow>()
  readonly #last = new Map<PersonId, PointAt>()
  #desktop: Size = { width: 1, height: 1 }
  #guestWord = ''

  constructor() {
    // What people hear of each other is who is there and what is said; a place on a picture says nothing.
    this.element.setAttribute('aria-hidden', 'true')
    Object.assign(this.element.style, { position: 'absolute', pointerEvents: 'none' })
    Object.assign(this.#trails.style, {
      position: 'absolute',
      inset: '0',
      width: '100%',
      height: '100%',
    })
    this.#trails.setAttribute('preserveAspectRatio', 'none')
    this.element.append(this.#trails)
  }

  /** The desktop has another size. */
  resize(desktop: Size): void {
    this.#desktop = desktop
    this.#trails.setAttribute('viewBox', `0 0 ${desktop.width} ${desktop.height}`)
    this.#trails.replaceChildren()
    for (const [person, arrow] of this.#arrows) {
      const at = this.#last.get(person)
      if (at !== undefined) this.#place(arrow, at)
    }
  }

  /** What stands behind the name of a guest, in the reader's language. */
  setGuestWord(word: string): void {
    this.#guestWord = word
  }

  /** Moves somebody's pointer; `null` takes it away. */
  show(person: PersonId, at: PointAt | null, look: PointerLook): void {
    this.trail(person, at, look.color)
    if (at === null) {
      this.#arrows.get(person)?.element.remove()
      this.#arrows.delete(person)
      return
    }
    const arrow = this.#arrows.get(person) ?? this.#arrow(person)
    arrow.look(look, at.laser, this.#guestWord)
    this.#place(arrow, at)
  }

  /** Draws the laser's way from where somebody pointed before, without an arrow. */
  trail(person: PersonId, at: PointAt | null, color: string): void {
    const before = this.#last.get(person)
    if (at === null) {
      this.#last.delete(person)
      return
    }
    this.#last.set(person, at)
    if (!at.laser || before?.laser !== true || movesLess()) return
    const piece = document.createElementNS(SVG, 'line')
    for (const [name, value] of Object.entries({
      x1: before.x,
      y1: before.y,
      x2: at.x,
      y2: at.y,
      'stroke-width': 4,
      'stroke-linecap': 'round',
      'vector-effect': 'non-scaling-stroke',
    }))
      piece.setAttribute(name, String(value))
    piece.style.stroke = color
    piece.style.filter = 'drop-shadow(0 0 3px white)'
    if (this.#trails.childElementCount >= TRAIL_MAX) this.#trails.firstElementChild?.remove()
    this.#trails.append(piece)
    fade(piece)
  }

  /** Takes away who is not among `people` any more. */
  keep(people: ReadonlySet<PersonId>): void {
    for (const person of this.#arrows.keys())
      if (!people.has(person)) this.show(person, null, { name: '', guest: false, color: '' })
  }

  /** Nobody points. */
  clear(): void {
    for (const arrow of this.#arrows.values()) arrow.element.remove()
    this.#arrows.clear()
    this.#last.clear()
    this.#trails.replaceChildren()
  }

  #arrow(person: PersonId): Arrow {
    const arrow = new Arrow()
    arrow.element.dataset['pointer'] = String(person)
    this.element.append(arrow.element)
    this.#arrows.set(person, arrow)
    return arrow
  }

  #place({ element }: Arrow, at: PointAt): void {
    element.style.left = `${(at.x / this.#desktop.width) * 100}%`
    element.style.top = `${(at.y / this.#desktop.height) * 100}%`
  }
}

/** One pointer: an arrow or the dot of a laser, and a name. */
class Arrow {
  readonly element = document.createElement('div')
  readonly #arrow = shape(ARROW, 0)
  readonly #dot = shape(DOT, -9)
  readonly #name = nameTag()

  constructor() {
    Object.assign(this.element.style, { position: 'absolute', width: '0', height: '0' })
    this.element.append(this.#arrow, this.#dot, this.#name)
  }

  look({ name, guest, color }: PointerLook, laser: boolean, guestWord: string): void {
    const shown = guest && guestWord !== '' ? [name, guestWord].filter(Boolean).join(' · ') : name
    this.element.style.setProperty('--person', color)
    this.element.dataset['laser'] = String(laser)
    this.#arrow.style.display = laser ? 'none' : ''
    this.#dot.style.display = laser ? '' : 'none'
    if (this.#name.textContent !== shown) this.#name.textContent = shown
    this.#name.hidden = shown === ''
  }
}

/** The tip is at the upper left corner; the dot is around its middle. */
const ARROW = 'M1 1 L1 16 L5.2 12.2 L8 18.2 L10.8 17 L8 11 L13.6 11 Z'
const DOT = 'M9 2 A7 7 0 1 0 9 16 A7 7 0 1 0 9 2 Z'

function shape(path: string, offset: number): SVGElement {
  const picture = document.createElementNS(SVG, 'svg')
  picture.setAttribute('viewBox', '0 0 18 20')
  picture.setAttribute('width', '18')
  picture.setAttribute('height', '20')
  const place = `${offset}px`
  Object.assign(picture.style, { position: 'absolute', left: place, top: place })
  const drawn = document.createElementNS(SVG, 'path')
  drawn.setAttribute('d', path)
  drawn.setAttribute('stroke', 'white')
  drawn.setAttribute('stroke-width', '1.5')
  drawn.setAttribute('stroke-linejoin', 'round')
  drawn.style.fill = 'var(--person)'
  picture.append(drawn)
  return picture
}

function nameTag(): HTMLElement {
  const tag = document.createElement('span')
  Object.assign(tag.style, {
    position: 'absolute',
    left: '12px',
    top: '16px',
    maxWidth: '160px',
    padding: '0 6px',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    borderRadius: '4px',
    border: '1px solid white',
    font: '600 12px/18px var(--font-sans, sans-serif)',
    color: 'white',
    background: 'var(--person)',
  })
  return tag
}

function movesLess(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}

function fade(piece: SVGElement): void {
  const animation = piece.animate([{ opacity: 0.9 }, { opacity: 0 }], { duration: TRAIL_MS })
  animation.onfinish = () => piece.remove()
}
