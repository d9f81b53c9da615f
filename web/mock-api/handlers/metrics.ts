/**
 * How busy machines are: waves that are the same at every call of one moment. Machines whose agent measures have them, and that which is
 * offline had them until it went. Special values: nothing was measured before the year 2020; a machine called "meter-gateway" is
 * looked at by too many.
 */
import {
  canMeasure,
  METRIC_NAMES,
  type CpuLines,
  type LiveMetrics,
  type MachineMetrics,
  type MetricName,
  type MetricUnit,
} from '~/api/metrics'
import type { Machine } from '~/api/types'

import type { MockDb } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'

type Names =
  | 'GET /api/machines/metrics'
  | 'GET /api/machines/{id}/metrics'
  | 'GET /api/machines/{id}/metrics/live'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const MIB = 1_048_576
/** As the server's. */
const STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 180, 360, 720, 1440, 2880].map((one) => one * MINUTE)
const POINTS_MAX = 400

/** Unit, middle, and how far it goes up and down. */
const WAVES: Record<MetricName, [MetricUnit, number, number]> = {
  cpu: ['percent', 32, 24],
  memory_used: ['bytes', 5200 * MIB, 900 * MIB],
  memory_total: ['bytes', 16_000 * MIB, 0],
  swap_used: ['bytes', 120 * MIB, 40 * MIB],
  load: ['programs', 1.2, 0.9],
  disk_read: ['bytes_per_second', 2_400_000, 2_100_000],
  disk_written: ['bytes_per_second', 900_000, 700_000],
  net_received: ['bytes_per_second', 350_000, 300_000],
  net_sent: ['bytes_per_second', 80_000, 60_000],
  root_used: ['bytes', 118_000 * MIB, 300 * MIB],
  root_total: ['bytes', 460_000 * MIB, 0],
  temperature: ['celsius', 51, 7],
}

const ms = (at: string) => new Date(at).getTime()
const iso = (at: number) => new Date(at).toISOString()
const hundredths = (value: number) => Math.round(value * 100) / 100

function valueAt(name: MetricName, at: number, seed: number): number {
  const [, middle, reach] = WAVES[name]
  const slow = Math.sin(at / (9 * MINUTE) + seed)
  const fast = Math.sin(at / (17 * SECOND) + seed * 3)
  return hundredths(middle + reach * (0.7 * slow + 0.3 * fast))
}

/** Of each machine its own waves. */
const seedOf = (machine: Machine) =>
  Array.from(machine.id).reduce((sum, letter) => sum + letter.charCodeAt(0), 0)

function pastOf(machine: Machine, from: number, to: number): MachineMetrics {
  const step = STEPS.find((one) => (to - from) / one + 2 <= POINTS_MAX) ?? 7 * 24 * HOUR
  const first = Math.floor(from / step) * step
  const gone = machine.presence.status === 'online' ? to : Math.min(to, ms(machine.presence.since))
  const measured = machine.capabilities.includes('metrics')
  const times: number[] = []
  for (let at = first; measured && at < gone; at += step) {
    if (at > Date.UTC(2020, 0)) times.push(at)
  }
  const seed = seedOf(machine)
  const series = METRIC_NAMES.map((name) => {
    const [unit, , reach] = WAVES[name]
    const average = times.map((at) => valueAt(name, at, seed))
    return {
      name,
      unit,
      average,
      minimum: average.map((value) => hundredths(Math.max(0, value - reach * 0.2))),
      maximum: average.map((value) => hundredths(value + reach * 0.25)),
    }
  })
  return {
    machine_id: machine.id,
    from: iso(first),
    to: iso(to),
    step_seconds: step / SECOND,
    times: times.map(iso),
    series: times.length > 0 ? series : [],
  }
}

function liveOf(machine: Machine, after: number): LiveMetrics {
  const now = Date.now()
  const live = canMeasure(machine) === 'yes' && machine.name !== 'meter-gateway'
  const times: number[] = []
  const start = Math.max(after + 1, now - 20 * SECOND)
  for (let at = Math.ceil(start / SECOND) * SECOND; live && at <= now; at += SECOND) times.push(at)
  const seed = seedOf(machine)
  const series = METRIC_NAMES.map((name) => ({
    ...{ name, unit: WAVES[name][0], values: times.map((at) => valueAt(name, at, seed)) },
  }))
  return {
    machine_id: machine.id,
    live,
    now: iso(now),
    times: times.map(iso),
    series: times.length > 0 ? series : [],
  }
}

export function metricsHandlers(db: MockDb): Handlers<Names> {
  const find = (id: string) => {
    const all = [...db.machines, ...db.queue.map((person) => person.machine)]
    const machine = all.find((candidate) => candidate.id === id)
    if (!machine) throw notFound('machine')
    return machine
  }
  const lines = (ids: readonly string[]): CpuLines => {
    const to = Math.floor(Date.now() / MINUTE) * MINUTE
    const from = to - 59 * MINUTE
    const machines = db.machines.filter(({ id }) => ids.includes(id))
    return {
      from: iso(from),
      step_seconds: 60,
      machines: machines.map((machine) => ({
        machine_id: machine.id,
        cpu: Array.from({ length: 60 }, (_, index) =>
          canMeasure(machine) === 'yes'
            ? valueAt('cpu', from + index * MINUTE, seedOf(machine))
            : null,
        ),
      })),
    }
  }
  return {
    'GET /api/machines/metrics': ({ query }) => lines((query.get('ids') ?? '').split(',')),
    'GET /api/machines/{id}/metrics': ({ id, query }) => {
      if (db.scenario === 'failing')
        throw new MockProblem(500, 'internal', 'The server has failed.')
      const to = query.has('to') ? ms(query.get('to') ?? '') : Date.now()
      const from = query.has('from') ? ms(query.get('from') ?? '') : to - HOUR
      return pastOf(find(id), from, to)
    },
    'GET /api/machines/{id}/metrics/live': ({ id, query }) =>
      liveOf(find(id), query.has('after') ? ms(query.get('after') ?? '') : 0),
  }
}
