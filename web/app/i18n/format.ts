/**
 * Dates, durations and sizes in the language of the reader. Pure: `now` is an argument.
 * Times arrive as RFC 3339 UTC and are shown in the zone of the browser.
 */
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export interface Format {
  readonly number: (value: number) => string
  /** Date and time, for example "3 Mar 2026, 14:05". */
  readonly dateTime: (at: string) => string
  /** The time of day alone, for what happens today. */
  readonly time: (at: string) => string
  /** For dense lists: with seconds, and with the year only when it is not that of `now`. */
  readonly moment: (at: string, now: number) => string
  /** With seconds and zone, for tooltips and audit entries. */
  readonly exact: (at: string) => string
  /** "3 min. ago", "yesterday"; `now` in milliseconds since the epoch. */
  readonly relative: (at: string, now: number) => string
  /** Seconds as "45 s", "12 min", "3 h 05 min". */
  readonly duration: (seconds: number) => string
  /** Microseconds as "0.4 ms", "21 ms", "1.5 s". */
  readonly span: (micros: number) => string
  /** Bytes with decimal prefixes, three significant digits at most. */
  readonly bytes: (count: number) => string
}

export function formatOf(locale: string): Format {
  const numbers = new Intl.NumberFormat(locale)
  const short = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 })
  const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
  const moment = {
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit',
  } as const
  const sameYear = new Intl.DateTimeFormat(locale, moment)
  const otherYear = new Intl.DateTimeFormat(locale, { ...moment, year: 'numeric' })
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })

  return {
    number: (value) => numbers.format(value),
    dateTime: (at) => dateTime.format(new Date(at)),
    time: (at) => time.format(new Date(at)),
    moment: (at, now) => {
      const date = new Date(at)
      const same = date.getFullYear() === new Date(now).getFullYear()
      return (same ? sameYear : otherYear).format(date)
    },
    exact: (at) => exact.format(new Date(at)),
    relative: (at, now) => {
      const seconds = Math.round((new Date(at).getTime() - now) / 1000)
      const size = Math.abs(seconds)
      // The clocks of the server and of this computer differ a little, and "now" is renewed every few seconds only: what
      // just happened would be "in 6 s".
      if (size < 5 || (seconds > 0 && size < 15)) return relative.format(0, 'second')
      if (size < MINUTE) return relative.format(seconds, 'second')
      if (size < HOUR) return relative.format(Math.round(seconds / MINUTE), 'minute')
      if (size < DAY) return relative.format(Math.round(seconds / HOUR), 'hour')
      return relative.format(Math.round(seconds / DAY), 'day')
    },
    duration: (seconds) => {
      const whole = Math.max(0, Math.round(seconds))
      if (whole < MINUTE) return `${whole} s`
      const minutes = Math.floor(whole / MINUTE)
      if (whole < HOUR) return `${minutes} min`
      return `${numbers.format(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`
    },
    span: (micros) => {
      const millis = micros / 1000
      if (millis < 999.5) return `${millis < 9.95 ? tenths.format(millis) : Math.round(millis)} ms`
      return `${tenths.format(millis / 1000)} s`
    },
    bytes: (count) => {
      const units = ['B', 'kB', 'MB', 'GB', 'TB']
      let value = count
      let unit = 0
      while (value >= 1000 && unit < units.length - 1) {
        value /= 1000
        unit += 1
      }
      return `${short.format(value)} ${units[unit] ?? ''}`
    },
  }
}
