/** Sizes, shares and moments of an inventory in the language of the reader. Pure but for the hook. */
import { useMemo } from 'react'

import { useI18n } from '~/i18n'

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export interface Units {
  /** Bytes as people buy memory and see disks: "15.6 GiB", three digits at most. */
  readonly size: (bytes: number) => string
  /** "4%"; `share` is 0 to 1. */
  readonly percent: (share: number) => string
  /** "34.5 °C" of thousandths of a degree. */
  readonly celsius: (thousandths: number) => string
  /** A number with what it counts: "2,400 MHz". */
  readonly with: (value: number, unit: string) => string
  /** Milliseconds since the epoch, as date and time. */
  readonly moment: (ms: number) => string
  /** The day alone: "3 Mar 2026". */
  readonly date: (ms: number) => string
  /** For headings: "Tuesday, 3 March 2026". */
  readonly day: (at: string) => string
  /** By the alphabet of the reader, numbers in texts by their size: `eth2` before `eth10`. */
  readonly compare: (a: string, b: string) => number
}

export function unitsOf(locale: string): Units {
  const short = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 })
  const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const whole = new Intl.NumberFormat(locale)
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'full' })
  const { compare } = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' })
  return {
    size: (bytes) => {
      let value = bytes
      let unit = 0
      while (value >= 1024 && unit < SIZES.length - 1) {
        value /= 1024
        unit += 1
      }
      // 1,023 with three digits would be 1,020.
      const text = value >= 1000 ? whole.format(Math.round(value)) : short.format(value)
      return `${text} ${SIZES[unit] ?? ''}`
    },
    percent: (share) => percent.format(share),
    celsius: (thousandths) => `${tenths.format(thousandths / 1000)} °C`,
    with: (value, unit) => `${tenths.format(value)} ${unit}`,
    moment: (ms) => moment.format(new Date(ms)),
    date: (ms) => date.format(new Date(ms)),
    day: (at) => day.format(new Date(at)),
    compare,
  }
}

export function useUnits(): Units {
  const { locale } = useI18n()
  return useMemo(() => unitsOf(locale), [locale])
}
