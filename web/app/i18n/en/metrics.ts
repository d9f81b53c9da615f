/** Metrics of machines. */
import type { MetricName, MetricRange } from '~/api/metrics'

export const metrics = {
  tab: 'Metrics',
  range: 'Period',
  ranges: {
    live: 'Live',
    hour: 'Hour',
    day: 'Day',
    week: 'Week',
    year: 'Year',
  } satisfies Record<MetricRange, string>,
  graphs: {
    cpu: 'CPU',
    memory: 'Memory',
    load: 'Load average',
    disk: 'Disk I/O',
    network: 'Network',
    space: 'Root file system',
    temperature: 'Temperature',
  },
  names: {
    cpu: 'CPU',
    memory_used: 'Memory used',
    memory_total: 'Memory total',
    swap_used: 'Swap used',
    load: 'Load average (1 min)',
    disk_read: 'Disk read',
    disk_written: 'Disk write',
    net_received: 'Received',
    net_sent: 'Sent',
    root_used: 'Root used',
    root_total: 'Root size',
    temperature: 'Temperature',
  } satisfies Record<MetricName, string>,
  /** A size per second. */
  perSecond: (p: { size: string }) => `${p.size}/s`,
  nothingYet: 'No data yet',
  table: 'Show the numbers as a table',
  caption: (p: { range: string }) => `Metrics: ${p.range}`,
  time: 'Time',
  none: {
    title: 'No metrics',
    past: 'No metrics were recorded in this period.',
    soon: 'The agent sends metrics every minute. The first ones arrive within two minutes.',
    offline: 'The machine is offline. Earlier metrics are under the other periods.',
    cannot: 'The agent on this machine does not collect metrics. Update the agent to see them.',
    full: 'Too many machines are being watched live right now. The last hour is at most a minute behind.',
  },
  waiting: 'Waiting for the agent to send metrics every second…',
  column: 'CPU',
  /** Of a line in the list. */
  line: (p: { now: string; most: string }) => `CPU ${p.now}, peak ${p.most} in the last hour`,
}
