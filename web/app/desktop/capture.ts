/**
 * Catches what hands do on the canvas and its hidden text field and reports it as desktop actions. DOM only: the rules
 * are in `keyboard.ts`, `pointer.ts` and `geometry.ts`.
 *
 * The text field has the focus, not the canvas, because only a field that can be typed into composes dead keys and input
 * methods.
 */
import { type Point, toDesktop } from './geometry'
import {
  isPaste,
  Keyboard,
  type KeyInput,
  type KeyOutcome,
  keyboardSystem,
  modifiersOf,
} from './keyboard'
import { buttonName, MoveAccumulator, PointerButtons, WheelAccumulator } from './pointer'
import type { InputAction, Rect } from './types'

/** What the capture tells its owner, and asks it. */
export interface CaptureHost {
  /** What is shown now; `null` while there is no picture to point at. */
  view(): { surface: Rect; area: Rect } | null
  /** `at`: when the hand did it, milliseconds on the clock of `performance.now()`. */
  act(actions: readonly InputAction[], at: number): void
  /** A paste key is about to be sent. The answer holds it back until the clipboard is there; `null` sends it at once. */
  beforePaste(): Promise<void> | null
  /** The browser pasted into the text field; the data is good only during the call. */
  pasted(data: DataTransfer | null): void
  /** The chord that hands the keyboard back to the console. */
  escape(): void
  focused(focused: boolean): void
  /** The pointer is caught: it has no place any more, only ways. `refused`: the browser does not allow it now. */
  pointer(state: PointerState): void
}

export type PointerState = 'free' | 'captured' | 'refused'

/** Characters of one text action: a few hundred bytes, far below the cap of an input message. */
const TEXT_CHUNK = 256

/** Caught events of one canvas. Starts off; nothing leaves while it is off. */
export class InputCapture {
  readonly #canvas: HTMLCanvasElement
  readonly #field: HTMLTextAreaElement
  readonly #host: CaptureHost
  readonly #keyboard = new Keyboard(keyboardSystem(navigator.userAgent))
  readonly #buttons = new PointerButtons()
  readonly #wheel = new WheelAccumulator()
  readonly #way = new MoveAccumulator()
  readonly #stop = new AbortController()
  #enabled = false
  #last: Point | null = null
  /** The browser shows no pointer, and tells only how far it would have moved. */
  #captured = false
  /** The person was told that this could not be, and has done nothing since. */
  #refused = false
  #controlTimer: ReturnType<typeof setTimeout> | undefined
  /** Actions behind a paste key that waits for the clipboard. */
  #held: { actions: InputAction[]; at: number }[] | null = null

  constructor(canvas: HTMLCanvasElement, field: HTMLTextAreaElement, host: CaptureHost) {
    this.#canvas = canvas
    this.#field = field
    this.#host = host
    this.#listenPointer()
    this.#listenKeyboard()
    this.#listenLeaving()
  }

  /** View only turns this off: input stops at its source. What is down is let go. */
  setEnabled(enabled: boolean): void {
    if (this.#enabled && !enabled) {
      this.release()
      this.freePointer()
    }
    this.#enabled = enabled
  }

  /** Gives the keyboard to the machine. */
  focus(): void {
    this.#field.focus({ preventScroll: true })
  }

  /** Catches the pointer for programs that do so themselves; only from a click or a key. The person's Escape lets it go. */
  async capturePointer(): Promise<void> {
    if (!this.#enabled || this.#captured) return
    try {
      // Movement as the mouse makes it: what this computer adds to it is not what the program on the machine expects.
      await this.#canvas.requestPointerLock({ unadjustedMovement: true })
    } catch {
      try {
        await this.#canvas.requestPointerLock()
      } catch {
        this.#refused = true
        this.#host.pointer('refused')
      }
    }
  }

  freePointer(): void {
    if (this.#captured) document.exitPointerLock()
  }

  /** Lets go of everything that is down. */
  release(): void {
    clearTimeout(this.#controlTimer)
    this.#held = null
    this.#buttons.clear()
    const actions = this.#keyboard.release()
    if (this.#enabled) this.#host.act(actions, performance.now())
  }

  /** Stops listening. */
  dispose(): void {
    clearTimeout(this.#controlTimer)
    this.freePointer()
    this.#stop.abort()
  }

  #emit(actions: readonly InputAction[], at: number): void {
    if (!this.#enabled || actions.length === 0) return
    if (this.#held === null) this.#host.act(actions, at)
    else this.#held.push({ actions: [...actions], at })
  }

  #listenPointer(): void {
    const canvas = this.#canvas
    // Raw updates arrive as they happen, moves only once per drawn frame.
    const moveEvent = 'onpointerrawupdate' in window ? 'pointerrawupdate' : 'pointermove'
    this.#on(canvas, moveEvent, (event) => {
      if (this.#captured) this.#pointerPushed(event as PointerEvent)
      this.#pointerMoved(event as PointerEvent)
    })
    if (moveEvent !== 'pointermove')
      this.#on(canvas, 'pointermove', (event) => this.#pointerMoved(event as PointerEvent))
    this.#on(document, 'pointerlockchange', () => this.#captureChanged())
    this.#on(canvas, 'pointerdown', (event) => this.#pointerPressed(event as PointerEvent))
    this.#on(canvas, 'pointerup', (event) => this.#pointerReleased(event as PointerEvent))
    this.#on(canvas, 'pointercancel', () => this.#captureLost())
    this.#on(canvas, 'lostpointercapture', () => this.#captureLost())
    this.#on(canvas, 'wheel', (event) => this.#wheeled(event as WheelEvent), { passive: false })
    // Each of these would do something of the browser's own: select, open a menu, scroll, go back.
    for (const type of [
      'contextmenu',
      'mousedown',
      'mouseup',
      'auxclick',
      'dragstart',
      'selectstart',
    ])
      this.#on(canvas, type, (event) => event.preventDefault())
  }

  #pointerMoved(event: PointerEvent): void {
    const point = this.#point(event)
    if (point === null) return
    const { x, y } = point
    // A second button pressed or let go while another is down is a move to the browser.
    const changed = this.#buttons.any ? this.#buttons.reconcile(event.buttons, x, y) : []
    const moved = this.#last?.x !== x || this.#last.y !== y
    this.#last = point
    const actions: InputAction[] = moved ? [{ kind: 'move', x, y }, ...changed] : changed
    this.#emit(actions, event.timeStamp)
  }

  #pointerPushed(event: PointerEvent): void {
    const action = this.#way.add(event.movementX, event.movementY)
    if (action !== null) this.#emit([action], event.timeStamp)
  }

  #captureChanged(): void {
    const captured = document.pointerLockElement === this.#canvas
    if (captured === this.#captured) return
    this.#captured = captured
    this.#host.pointer(captured ? 'captured' : 'free')
    const { x, y } = this.#last ?? { x: 0, y: 0 }
    // Says which of the two the next button is: where the machine's pointer is, or at its own place.
    const first: InputAction = captured ? { kind: 'moveBy', dx: 0, dy: 0 } : { kind: 'move', x, y }
    this.#emit([first], performance.now())
  }

  #pointerPressed(event: PointerEvent): void {
    event.preventDefault()
    this.focus()
    if (this.#refused) this.#host.pointer('free')
    this.#refused = false
    const point = this.#point(event)
    const button = buttonName(event.button)
    if (point === null || button === null) return
    if (!this.#captured) this.#canvas.setPointerCapture(event.pointerId)
    this.#last = point
    this.#placeField(event)
    const action = this.#buttons.set(button, true, point.x, point.y)
    if (action !== null) this.#emit([action], event.timeStamp)
  }

  #pointerReleased(event: PointerEvent): void {
    event.preventDefault()
    const point = this.#point(event) ?? this.#last
    const button = buttonName(event.button)
    if (point === null || button === null) return
    const action = this.#buttons.set(button, false, point.x, point.y)
    if (action !== null) this.#emit([action], event.timeStamp)
  }

  /** Ends a drag whose end nobody will report. */
  #captureLost(): void {
    const point = this.#last
    if (point !== null) this.#emit(this.#buttons.reconcile(0, point.x, point.y), performance.now())
  }

  #wheeled(event: WheelEvent): void {
    event.preventDefault()
    const point = this.#point(event)
    if (point === null) return
    const action = this.#wheel.add(event, this.#canvas.clientHeight, point.x, point.y)
    if (action !== null) this.#emit([action], event.timeStamp)
  }

  #point(event: MouseEvent): Point | null {
    if (this.#captured) return this.#last ?? { x: 0, y: 0 }
    const view = this.#host.view()
    if (view === null) return null
    const canvas = this.#canvas.getBoundingClientRect()
    return toDesktop({ x: event.clientX, y: event.clientY }, canvas, view.surface, view.area)
  }

  /** Input methods open their window at the field, so it goes where the technician clicked. */
  #placeField(event: PointerEvent): void {
    const parent = this.#field.offsetParent?.getBoundingClientRect()
    if (parent === undefined) return
    this.#field.style.left = `${Math.max(0, Math.min(event.clientX - parent.left, parent.width - 2))}px`
    this.#field.style.top = `${Math.max(0, Math.min(event.clientY - parent.top, parent.height - 2))}px`
  }

  #listenKeyboard(): void {
    const field = this.#field
    this.#on(field, 'keydown', (event) => this.#keyDown(event as KeyboardEvent))
    this.#on(field, 'keyup', (event) =>
      this.#keyOutcome(event, this.#keyboard.keyUp(keyInput(event as KeyboardEvent))),
    )
    this.#on(field, 'compositionend', (event) => this.#composed((event as CompositionEvent).data))
    this.#on(field, 'input', (event) => this.#typed(event as globalThis.InputEvent))
    this.#on(field, 'paste', (event) => {
      event.preventDefault()
      this.#host.pasted((event as ClipboardEvent).clipboardData)
    })
    this.#on(field, 'focus', () => this.#host.focused(true))
  }

  #keyDown(event: KeyboardEvent): void {
    const input = keyInput(event)
    if (!this.#enabled) {
      if (this.#keyboard.keyDown(input).escape) this.#host.escape()
      return
    }
    const wait =
      this.#held === null && isPaste(input) && !input.repeat ? this.#host.beforePaste() : null
    if (wait === null) {
      this.#keyOutcome(event, this.#keyboard.keyDown(input))
      return
    }
    const held: { actions: InputAction[]; at: number }[] = []
    this.#held = held
    const { actions } = this.#keyboard.keyDown(input)
    held.push({ actions: [...actions], at: event.timeStamp })
    // Not prevented: where the clipboard may not be read, the browser's own paste into the field is what delivers it.
    void wait.then(() => this.#sendHeld(held))
  }

  #sendHeld(held: { actions: InputAction[]; at: number }[]): void {
    // Something else let go of everything meanwhile; keys from before must not come after that.
    if (this.#held !== held) return
    this.#held = null
    for (const { actions, at } of held) this.#emit(actions, at)
  }

  #keyOutcome(event: Event, outcome: KeyOutcome): void {
    if (outcome.prevent) event.preventDefault()
    this.#emit(outcome.actions, event.timeStamp)
    if (outcome.escape) {
      this.freePointer()
      this.#host.escape()
    }
    if (outcome.capture === true) {
      if (this.#captured) this.freePointer()
      else void this.capturePointer()
    }
    this.#watchHeldControl()
  }

  #watchHeldControl(): void {
    clearTimeout(this.#controlTimer)
    const due = this.#keyboard.deadline
    if (due === null) return
    const wait = Math.max(0, due - performance.now())
    this.#controlTimer = setTimeout(
      () => this.#emit(this.#keyboard.timeout(), performance.now()),
      wait,
    )
  }

  /** What a dead key or an input method made of the keys that were left to the browser. */
  #composed(text: string): void {
    this.#field.value = ''
    this.#emit(textActions(text), performance.now())
  }

  /** Text that came without keys: touch keyboards, emoji pickers, dictation. */
  #typed(event: globalThis.InputEvent): void {
    if (event.isComposing || event.inputType.includes('Composition')) return
    this.#field.value = ''
    if (event.inputType === 'insertLineBreak')
      this.#emit([{ kind: 'chord', codes: ['Enter'] }], event.timeStamp)
    else if (event.inputType === 'deleteContentBackward')
      this.#emit([{ kind: 'chord', codes: ['Backspace'] }], event.timeStamp)
    else if (event.data !== null) this.#emit(textActions(event.data), event.timeStamp)
  }

  #listenLeaving(): void {
    this.#on(this.#field, 'blur', () => {
      this.#field.value = ''
      this.release()
      this.#host.focused(false)
    })
    this.#on(window, 'blur', () => this.release())
    this.#on(document, 'visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.release()
    })
  }

  #on(
    target: EventTarget,
    type: string,
    listener: (event: Event) => void,
    options: AddEventListenerOptions = {},
  ): void {
    target.addEventListener(type, listener, { ...options, signal: this.#stop.signal })
  }
}

function keyInput(event: KeyboardEvent): KeyInput {
  return {
    code: event.code,
    key: event.key,
    // Deprecated, and the only thing by which some systems say that an input method has the key.
    keyCode: (event as { keyCode: number }).keyCode,
    isComposing: event.isComposing,
    repeat: event.repeat,
    timeStamp: event.timeStamp,
    modifiers: modifiersOf(event),
  }
}

/** Text in pieces that fit an input message, cut between characters. */
export function textActions(text: string): InputAction[] {
  const characters = Array.from(text)
  const actions: InputAction[] = []
  for (let at = 0; at < characters.length; at += TEXT_CHUNK)
    actions.push({ kind: 'text', text: characters.slice(at, at + TEXT_CHUNK).join('') })
  return actions
}
