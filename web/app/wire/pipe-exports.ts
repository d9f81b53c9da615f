/** The face of the pipe's module; what each function does is in `web/pipe/src/lib.rs`. */
export interface PipeExports {
  readonly memory: WebAssembly.Memory
  farol_room(length: number): number
  farol_out(): number
  farol_out_length(): number
  farol_key(): number
  farol_viewer(channels: number, now: number): number
  /** For tests of the console alone. */
  farol_agent(channels: number, now: number): number
  farol_set_channels(channels: number): void
  farol_connect(now: number): number
  farol_disconnected(): void
  farol_input(length: number, now: number): number
  farol_timeout(now: number): void
  farol_deadline(): number
  farol_transmit(): number
  farol_event(): number
  farol_event_number(place: number): number
  farol_send(channel: number, kind: number, length: number): number
  farol_waiting(channel: number): number
  farol_has(channel: number): number
  farol_is_open(): number
  farol_is_closed(): number
  farol_visible(now: number, visible: number): void
  farol_steady(steady: number): void
  farol_close(code: number, length: number): void
}

const FUNCTIONS = [
  'farol_room',
  'farol_out',
  'farol_out_length',
  'farol_key',
  'farol_viewer',
  'farol_agent',
  'farol_set_channels',
  'farol_connect',
  'farol_disconnected',
  'farol_input',
  'farol_timeout',
  'farol_deadline',
  'farol_transmit',
  'farol_event',
  'farol_event_number',
  'farol_send',
  'farol_waiting',
  'farol_has',
  'farol_is_open',
  'farol_is_closed',
  'farol_visible',
  'farol_steady',
  'farol_close',
] as const satisfies readonly (keyof PipeExports)[]

/** The functions of an instance. Throws when it is of another module. */
export function pipeExports({ exports }: WebAssembly.Instance): PipeExports {
  const { memory } = exports
  const whole = FUNCTIONS.every((name) => typeof exports[name] === 'function')
  if (!(memory instanceof WebAssembly.Memory) || !whole) throw new TypeError('not the pipe module')
  return exports as unknown as PipeExports
}
