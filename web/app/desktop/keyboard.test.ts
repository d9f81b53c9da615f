// @vitest-environment node
/** Keyboard quirks as rows: what a browser reports on a system, and what the machine gets. */
import { describe, expect, it } from 'vitest'

import { chords } from './chords'
import {
  ALT_GRAPH_MS,
  isPaste,
  Keyboard,
  type KeyboardSystem,
  keyboardSystem,
  modifiersOf,
} from './keyboard'
import type { InputAction } from './types'

const none = {
  shift: false,
  control: false,
  alt: false,
  meta: false,
  altGraph: false,
  capsLock: false,
  numLock: false,
}

type Row = [down: 'down' | 'up', code: string, key: string, extra?: Extra]

interface Extra {
  at?: number
  repeat?: boolean
  keyCode?: number
  isComposing?: boolean
  modifiers?: Partial<typeof none>
}

function input(code: string, key: string, extra: Extra = {}) {
  return {
    code,
    key,
    keyCode: extra.keyCode ?? 0,
    isComposing: extra.isComposing ?? false,
    repeat: extra.repeat ?? false,
    timeStamp: extra.at ?? 0,
    modifiers: { ...none, ...extra.modifiers },
  }
}

/** Plays rows and writes what comes out in one line per action: "+KeyA a", "-KeyA a", "text é", "release". */
function play(system: KeyboardSystem, rows: Row[]): string[] {
  const keyboard = new Keyboard(system)
  const actions = rows.flatMap(([kind, code, key, extra]) => {
    const event = input(code, key, extra)
    return (kind === 'down' ? keyboard.keyDown(event) : keyboard.keyUp(event)).actions
  })
  return [...actions, ...keyboard.timeout()].map(written)
}

function written(action: InputAction): string {
  if (action.kind === 'key') {
    const sign = action.down ? (action.repeat ? '*' : '+') : '-'
    return `${sign}${action.code} ${action.key}`
  }
  return action.kind === 'text' ? `text ${action.text}` : action.kind
}

describe('keyboard', () => {
  const rows: [string, KeyboardSystem, Row[], string[]][] = [
    [
      'passes a letter on',
      'other',
      [
        ['down', 'KeyA', 'a'],
        ['up', 'KeyA', 'a'],
      ],
      ['+KeyA a', '-KeyA a'],
    ],
    [
      'passes repeats on as repeats',
      'other',
      [
        ['down', 'KeyA', 'a'],
        ['down', 'KeyA', 'a', { repeat: true }],
        ['up', 'KeyA', 'a'],
      ],
      ['+KeyA a', '*KeyA a', '-KeyA a'],
    ],
    [
      'lets a key go as what it was pressed as',
      'other',
      [
        ['down', 'ShiftLeft', 'Shift'],
        ['down', 'Digit1', '!'],
        ['up', 'ShiftLeft', 'Shift'],
        ['up', 'Digit1', '1'],
      ],
      ['+ShiftLeft Shift', '+Digit1 !', '-ShiftLeft Shift', '-Digit1 !'],
    ],
    [
      'keeps other layouts: ç',
      'other',
      [
        ['down', 'Semicolon', 'ç'],
        ['up', 'Semicolon', 'ç'],
      ],
      ['+Semicolon ç', '-Semicolon ç'],
    ],
    ['keeps letters beyond the basic plane', 'other', [['down', 'KeyA', '𐐷']], ['+KeyA 𐐷']],
    [
      'passes function keys on',
      'other',
      [
        ['down', 'F12', 'F12'],
        ['up', 'F12', 'F12'],
      ],
      ['+F12 F12', '-F12 F12'],
    ],
    [
      'leaves dead keys to the browser',
      'other',
      [
        ['down', 'Quote', 'Dead'],
        ['up', 'Quote', 'Dead'],
      ],
      [],
    ],
    [
      'leaves keys of an input method to the browser',
      'other',
      [
        ['down', 'KeyN', 'Process'],
        ['down', 'KeyI', 'i', { isComposing: true }],
        ['down', 'KeyN', 'n', { keyCode: 229 }],
        ['up', 'KeyN', 'n'],
      ],
      [],
    ],
    [
      'takes what a dead key of Windows made',
      'windows',
      [
        ['down', 'Quote', 'Dead'],
        ['down', 'KeyE', 'é'],
      ],
      ['+KeyE é'],
    ],
    [
      'sends an accent that did not combine as text',
      'windows',
      [['down', 'KeyX', '´x']],
      ['text ´x'],
    ],
    [
      'does not take names of keys for text',
      'other',
      [['down', 'ArrowUp', 'ArrowUp']],
      ['+ArrowUp ArrowUp'],
    ],
    [
      'takes ControlLeft and AltRight of one instant for AltGr on Windows',
      'windows',
      [
        ['down', 'ControlLeft', 'Control', { at: 100 }],
        ['down', 'AltRight', 'AltGraph', { at: 100, modifiers: { altGraph: true } }],
        ['down', 'KeyQ', '@', { at: 180, modifiers: { altGraph: true } }],
        ['up', 'KeyQ', '@', { at: 220 }],
        ['up', 'ControlLeft', 'Control', { at: 230 }],
        ['up', 'AltRight', 'AltGraph', { at: 230 }],
      ],
      ['+AltRight AltGraph', '+KeyQ @', '-KeyQ @', '-AltRight AltGraph'],
    ],
    [
      'tells Control and then Alt by hand from AltGr',
      'windows',
      [
        ['down', 'ControlLeft', 'Control', { at: 100 }],
        ['down', 'AltRight', 'Alt', { at: 100 + ALT_GRAPH_MS + 1 }],
      ],
      ['+ControlLeft Control', '+AltRight Alt'],
    ],
    [
      'keeps Control in front of the key it belongs to on Windows',
      'windows',
      [
        ['down', 'ControlLeft', 'Control', { at: 100 }],
        ['down', 'KeyC', 'c', { at: 120, modifiers: { control: true } }],
        ['up', 'KeyC', 'c'],
        ['up', 'ControlLeft', 'Control'],
      ],
      ['+ControlLeft Control', '+KeyC c', '-KeyC c', '-ControlLeft Control'],
    ],
    [
      'sends a Control that is pressed alone',
      'windows',
      [
        ['down', 'ControlLeft', 'Control'],
        ['up', 'ControlLeft', 'Control'],
      ],
      ['+ControlLeft Control', '-ControlLeft Control'],
    ],
    [
      'does not wait with Control elsewhere',
      'other',
      [['down', 'ControlLeft', 'Control']],
      ['+ControlLeft Control'],
    ],
    [
      'lets go at once what macOS will not report released under Command',
      'mac',
      [
        ['down', 'MetaLeft', 'Meta', { modifiers: { meta: true } }],
        ['down', 'KeyC', 'c', { modifiers: { meta: true } }],
        ['up', 'MetaLeft', 'Meta'],
      ],
      ['+MetaLeft Meta', '+KeyC c', '-KeyC c', '-MetaLeft Meta'],
    ],
    [
      'lets keys go with Command that were down before it',
      'mac',
      [
        ['down', 'KeyA', 'a'],
        ['down', 'MetaLeft', 'Meta', { modifiers: { meta: true } }],
        ['up', 'MetaLeft', 'Meta'],
      ],
      ['+KeyA a', '+MetaLeft Meta', '-MetaLeft Meta', '-KeyA a'],
    ],
    [
      'makes both halves of Caps Lock on macOS a stroke',
      'mac',
      [
        ['down', 'CapsLock', 'CapsLock'],
        ['up', 'CapsLock', 'CapsLock'],
      ],
      ['+CapsLock CapsLock', '-CapsLock CapsLock', '+CapsLock CapsLock', '-CapsLock CapsLock'],
    ],
    [
      'releases both Shift keys of Windows with the last',
      'windows',
      [
        ['down', 'ShiftLeft', 'Shift'],
        ['down', 'ShiftRight', 'Shift'],
        ['up', 'ShiftRight', 'Shift'],
      ],
      ['+ShiftLeft Shift', '+ShiftRight Shift', '-ShiftRight Shift', '-ShiftLeft Shift'],
    ],
    [
      'makes a stroke of the lone release of PrintScreen',
      'windows',
      [['up', 'PrintScreen', 'PrintScreen']],
      ['+PrintScreen PrintScreen', '-PrintScreen PrintScreen'],
    ],
    ['ignores releases of what was never pressed', 'other', [['up', 'KeyA', 'a']], []],
    [
      'lets go at once what Windows never releases',
      'windows',
      [['down', 'Backquote', 'Zenkaku']],
      ['+Backquote Zenkaku', '-Backquote Zenkaku'],
    ],
    ['types characters of keys without a code', 'other', [['down', '', 'ã']], ['text ã']],
    [
      'knows editing keys without a code',
      'other',
      [
        ['down', '', 'Backspace'],
        ['up', '', 'Backspace'],
      ],
      ['+Backspace Backspace', '-Backspace Backspace'],
    ],
    [
      'keeps shortcuts of keys without a code to itself',
      'other',
      [['down', '', 'a', { modifiers: { control: true } }]],
      [],
    ],
    [
      'takes control characters out of the meaning',
      'mac',
      [['down', 'KeyP', '\u0010']],
      ['+KeyP '],
    ],
    [
      'refuses codes that are none',
      'other',
      [
        ['down', 'x'.repeat(33), 'ArrowLeft'],
        ['down', 'a b', 'b'],
      ],
      ['text b'],
    ],
  ]
  it.each(rows)('%s (%s)', (_, system, events, expected) => {
    expect(play(system, events)).toEqual(expected)
  })

  it('hands the keyboard back on its chord and lets everything go', () => {
    const keyboard = new Keyboard('other')
    keyboard.keyDown(input('ControlLeft', 'Control'))
    const modifiers = { control: true, alt: true, shift: true }
    const outcome = keyboard.keyDown(input('KeyM', 'M', { modifiers }))
    expect(outcome).toEqual({ actions: [{ kind: 'release' }], prevent: true, escape: true })
    expect(keyboard.keyUp(input('ControlLeft', 'Control')).actions).toEqual([])
  })

  it('tells the chord that captures the pointer once, and not the machine', () => {
    const keyboard = new Keyboard('other')
    const modifiers = { control: true, alt: true, shift: true }
    const chord = { actions: [{ kind: 'release' }], prevent: true, escape: false }
    expect(keyboard.keyDown(input('KeyP', 'P', { modifiers }))).toEqual({ ...chord, capture: true })
    const held = keyboard.keyDown({ ...input('KeyP', 'P', { modifiers }), repeat: true })
    expect(held.capture).toBe(false)
  })

  it('sends a waiting Control when its time is up', () => {
    const keyboard = new Keyboard('windows')
    expect(keyboard.keyDown(input('ControlLeft', 'Control', { at: 100 })).actions).toEqual([])
    expect(keyboard.deadline).toBe(100 + ALT_GRAPH_MS)
    expect(keyboard.timeout().map(written)).toEqual(['+ControlLeft Control'])
    expect(keyboard.deadline).toBeNull()
  })

  it('keeps the browser from acting on every key but composing ones', () => {
    const keyboard = new Keyboard('other')
    for (const [code, key] of [
      ['Tab', 'Tab'],
      ['F5', 'F5'],
      ['KeyW', 'w'],
      ['Escape', 'Escape'],
    ] as const)
      expect(keyboard.keyDown(input(code, key)).prevent).toBe(true)
    expect(keyboard.keyDown(input('Quote', 'Dead')).prevent).toBe(false)
  })

  it('hides the Control and Alt that AltGr is made of', () => {
    const held = new Set(['AltGraph', 'Control', 'Alt', 'NumLock'])
    const modifiers = modifiersOf({ getModifierState: (name) => held.has(name) })
    expect(modifiers).toEqual({ ...none, altGraph: true, numLock: true })
  })

  it('knows the paste keys', () => {
    const paste: [string, string, Partial<typeof none>, boolean][] = [
      ['KeyV', 'v', { control: true }, true],
      ['KeyV', 'v', { meta: true }, true],
      ['KeyV', 'V', { control: true, shift: true }, true],
      ['Insert', 'Insert', { shift: true }, true],
      ['KeyV', 'v', {}, false],
      ['KeyV', 'v', { control: true, alt: true }, false],
      ['Insert', 'Insert', {}, false],
    ]
    for (const [code, key, modifiers, expected] of paste)
      expect(isPaste(input(code, key, { modifiers }))).toBe(expected)
  })

  it('tells systems apart', () => {
    expect(keyboardSystem('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)')).toBe('mac')
    expect(keyboardSystem('Mozilla/5.0 (Windows NT 10.0; Win64; x64)')).toBe('windows')
    expect(keyboardSystem('Mozilla/5.0 (X11; Linux x86_64)')).toBe('other')
  })

  it('has chords that a machine accepts', () => {
    for (const { codes } of chords) {
      expect(codes.length).toBeGreaterThan(0)
      expect(codes.length).toBeLessThanOrEqual(6)
    }
  })
})
