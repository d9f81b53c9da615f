/**
 * The elements of a session's picture: canvas, keyboard field and the pointers over it, in one box that a page puts where
 * it likes. Only looks; what hands do on them is in `desktop/capture.ts`.
 */
import type { Placement } from '~/desktop/geometry'
import { Painter } from '~/desktop/painter'
import type { Rect } from '~/desktop/types'
import { PointerLayer } from './pointers'

/** A pointer drawn over the picture, CSS pixels from its upper left corner. */
export interface OverlayPointer {
  readonly picture: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export class SessionStage {
  readonly element = document.createElement('div')
  readonly canvas = document.createElement('canvas')
  readonly field = document.createElement('textarea')
  readonly painter = new Painter(this.canvas)
  /** Where other people point. */
  readonly pointers = new PointerLayer()
  readonly #pointer = document.createElement('img')

  constructor() {
    Object.assign(this.element.style, { position: 'relative', overflow: 'hidden' })
    Object.assign(this.canvas.style, { position: 'absolute', touchAction: 'none', outline: 'none' })
    Object.assign(this.field.style, {
      position: 'absolute',
      left: '0',
      top: '0',
      width: '1px',
      height: '1.2em',
      padding: '0',
      border: '0',
      outline: 'none',
      opacity: '0',
      resize: 'none',
      overflow: 'hidden',
      pointerEvents: 'none',
    })
    for (const [name, value] of Object.entries(FIELD_ATTRIBUTES))
      this.field.setAttribute(name, value)
    Object.assign(this.#pointer.style, {
      position: 'absolute',
      pointerEvents: 'none',
      opacity: '0.75',
    })
    this.#pointer.alt = ''
    this.#pointer.hidden = true
    this.canvas.setAttribute('role', 'img')
    this.element.append(this.canvas, this.field, this.#pointer, this.pointers.element)
  }

  /** Puts the canvas into the visible part as `geometry.ts` computed it. */
  layOut({ left, top, width, height, canvas, desktop }: Placement): void {
    Object.assign(this.element.style, {
      marginLeft: `${left}px`,
      marginTop: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
    })
    Object.assign(this.canvas.style, styleOf(canvas))
    // Others point at what is not shown here, too.
    Object.assign(this.pointers.element.style, styleOf(desktop))
  }

  /** A value for the CSS `cursor` property. Browsers that do not know image-set get the plain pointer. */
  setCursor(css: string): void {
    this.canvas.style.cursor = css
    if (this.canvas.style.cursor === '') this.canvas.style.cursor = 'default'
  }

  setLabels(screen: string, keyboard: string): void {
    this.canvas.setAttribute('aria-label', screen)
    this.field.setAttribute('aria-label', keyboard)
  }

  /** Shows where the machine's pointer is, or nothing. */
  showPointer(pointer: OverlayPointer | null): void {
    this.#pointer.hidden = pointer === null
    if (pointer === null) return
    if (this.#pointer.src !== pointer.picture) this.#pointer.src = pointer.picture
    Object.assign(this.#pointer.style, {
      left: `${pointer.x}px`,
      top: `${pointer.y}px`,
      width: `${pointer.width}px`,
      height: `${pointer.height}px`,
    })
  }
}

const styleOf = ({ x, y, width, height }: Rect) => ({
  left: `${x}px`,
  top: `${y}px`,
  width: `${width}px`,
  height: `${height}px`,
})

/** Nothing may correct, complete or store what is typed on a machine. */
const FIELD_ATTRIBUTES = {
  autocomplete: 'off',
  autocorrect: 'off',
  autocapitalize: 'off',
  spellcheck: 'false',
  'data-keyboard-of-machine': '',
}
