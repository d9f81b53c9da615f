import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { joined, LIVE_SECONDS, type LiveMetrics } from '~/api/metrics'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

const page = (index: number, search = '') =>
  `/machines/0197c2a1-4c10-7b3e-9f21-${String(index).padStart(12, '0')}?tab=metrics${search}`
const DESIGN = 7
const FRONT_DESK = 8
const OSCILLOSCOPE = 11
const METER = 13

describe('the metrics of a machine', () => {
  it('are graphs that are read by key', async () => {
    const { user } = await renderConsole(page(DESIGN))
    const cpu = await screen.findByRole('slider', { name: 'CPU' })
    expect(screen.getAllByRole('slider')).toHaveLength(7)
    const newest = cpu.getAttribute('aria-valuetext')
    expect(newest).toMatch(/: CPU \d+%$/)
    cpu.focus()
    await user.keyboard('{Home}')
    expect(cpu).toHaveAttribute('aria-valuenow', '0')
    await user.keyboard('{ArrowRight}{ArrowRight}')
    expect(cpu).toHaveAttribute('aria-valuenow', '2')
    await user.keyboard('{End}')
    expect(cpu).toHaveAttribute('aria-valuetext', newest)
    await expectAccessible()
  })

  it('are a table as well', async () => {
    const { user } = await renderConsole(page(DESIGN))
    await user.click(await screen.findByText('Show the numbers as a table'))
    const table = within(await screen.findByRole('table', { name: 'Metrics: Hour' }))
    expect(table.getByRole('columnheader', { name: 'Memory used' })).toBeInTheDocument()
    expect(table.getAllByRole('row').length).toBeGreaterThan(50)
    await expectAccessible()
  })

  it('are shown over other times, in the address', async () => {
    const { user, address } = await renderConsole(page(DESIGN))
    await screen.findByRole('slider', { name: 'CPU' })
    await user.click(screen.getByRole('radio', { name: 'Year' }))
    await waitFor(() => expect(address()).toContain('range=year'))
    const cpu = await screen.findByRole('slider', { name: 'CPU' })
    expect(Number(cpu.getAttribute('aria-valuemax'))).toBeGreaterThan(300)
  })

  it('come live', async () => {
    await renderConsole(page(DESIGN, '&range=live'))
    const cpu = await screen.findByRole('slider', { name: 'CPU' })
    const before = Number(cpu.getAttribute('aria-valuemax'))
    await waitFor(() => expect(Number(cpu.getAttribute('aria-valuemax'))).toBeGreaterThan(before), {
      timeout: 4000,
    })
  })

  it('are missing where the agent does not measure', async () => {
    await renderConsole(page(FRONT_DESK))
    expect(await screen.findByRole('heading', { name: 'No metrics' })).toBeInTheDocument()
    expect(screen.getByText(/Update the agent/)).toBeInTheDocument()
    await expectAccessible()
  })

  it('are not live when the machine is offline', async () => {
    await renderConsole(page(OSCILLOSCOPE, '&range=live'))
    expect(await screen.findByText(/Earlier metrics/)).toBeInTheDocument()
  })

  it('are not live when too many machines are looked at', async () => {
    await renderConsole(page(METER, '&range=live'))
    expect(await screen.findByText(/Too many machines/)).toBeInTheDocument()
  })

  it('are asked for again after a failure', async () => {
    const { db, user } = await renderConsole(page(DESIGN), 'usual', (prepared) => {
      prepared.scenario = 'failing'
    })
    const notices = await screen.findAllByRole('alert')
    db.scenario = 'usual'
    for (const notice of notices) {
      await user.click(within(notice).getByRole('button', { name: 'Try again' }))
    }
    expect(await screen.findByRole('slider', { name: 'CPU' })).toBeInTheDocument()
  })

  it('are read under the pointer', async () => {
    await renderConsole(page(DESIGN))
    const cpu = await screen.findByRole('slider', { name: 'CPU' })
    cpu.getBoundingClientRect = () => new DOMRect(0, 0, 600, 120)
    fireEvent.pointerMove(cpu, { clientX: 0 })
    await waitFor(() => expect(cpu).toHaveAttribute('aria-valuenow', '0'))
    fireEvent.pointerLeave(cpu)
    await waitFor(() => expect(cpu).not.toHaveAttribute('aria-valuenow', '0'))
  })
})

describe('the list of machines', () => {
  it('has a line for each machine that is measured', async () => {
    await renderConsole('/machines')
    const lines = await screen.findAllByRole('img', { name: /^CPU \d+%, peak / })
    expect(lines.length).toBeGreaterThan(0)
    await expectAccessible()
  })
})

describe('what is seen live', () => {
  const second = (at: number, cpu: number): LiveMetrics => ({
    machine_id: 'm',
    live: true,
    now: new Date(at * 1000).toISOString(),
    times: [new Date(at * 1000).toISOString()],
    series: [{ name: 'cpu', unit: 'percent', values: [cpu] }],
  })

  it('is put behind what was seen before, two minutes of it', () => {
    let all: LiveMetrics | undefined
    for (let at = 0; at < LIVE_SECONDS + 30; at += 1) all = joined(all, second(at, at))
    expect(all?.times).toHaveLength(LIVE_SECONDS)
    expect(all?.series[0]?.values.at(0)).toBe(30)
    expect(all?.series[0]?.values.at(-1)).toBe(LIVE_SECONDS + 29)
  })

  it('keeps its places when something is not measured any more', () => {
    const none = { ...second(1, 0), series: [] }
    const all = joined(joined(joined(undefined, second(0, 5)), none), second(2, 7))
    expect(all.series[0]?.values).toEqual([5, null, 7])
  })
})
