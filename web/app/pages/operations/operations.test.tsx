import { act, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { someJobs, worked } from '@mock/job-data'
import { become } from '@mock/rights-data'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

import { failuresFirst, isFailing } from './order'

const rowOf = async (job: string) => {
  const header = await screen.findByRole('rowheader', { name: new RegExp(`^${job}`) })
  return header.closest('tr')!
}

describe('the jobs of the server', () => {
  it('show how each is and why the failing ones fail, these first', async () => {
    await renderConsole('/operations')
    const table = await screen.findByRole('table', { name: 'Background jobs' })
    expect(screen.getByText('1 job fails')).toBeInTheDocument()
    const [first] = within(table).getAllByRole('rowheader')
    expect(first).toHaveTextContent('E-mail')
    const row = await rowOf('E-mail')
    expect(row).toHaveTextContent('Fails')
    expect(row).toHaveTextContent('nobody answers at this address and port')
    expect(row).toHaveTextContent('Nobody answers at smtp.atlantico.example:587')
    expect(row).toHaveTextContent('unreachable')
    expect(row).toHaveTextContent(/3 failures in a row · since 1 hr. ago · worked last 2 hr. ago/)
    expect(row).toHaveTextContent(/What to do: Look at the settings of the mail server/)
    expect(within(row).getByRole('link', { name: 'Go to E-mail' })).toHaveAttribute('href', '/mail')
    expect(row).toHaveTextContent('every 20 s')
    expect(await rowOf('Support codes')).toHaveTextContent('Not run yet')
    await expectAccessible()
  })

  it('remember the last failure of what works again', async () => {
    const { user } = await renderConsole('/operations')
    const row = await rowOf('Audit')
    expect(row).toHaveTextContent('Works')
    await user.click(within(row).getByText(/^Last failure/))
    expect(within(row).getByText('The database is busy.')).toBeVisible()
    expect(row).not.toHaveTextContent('What to do')
  })

  it('are run now, and shown as they go', async () => {
    const { db, user } = await renderConsole('/operations')
    await user.click(await screen.findByRole('button', { name: 'Run now: E-mail' }))
    expect(await screen.findByText('“E-mail” runs now')).toBeInTheDocument()
    await waitFor(async () => expect(await rowOf('E-mail')).toHaveTextContent('Running'))
    expect(within(await rowOf('Connections')).queryByRole('button')).toBeNull()
    db.serverJobs = db.serverJobs.map((job) =>
      job.name === 'mail' ? worked(job, Date.now()) : job,
    )
    db.publish('server-jobs')
    expect(await screen.findByText('All jobs work')).toBeInTheDocument()
    expect(await rowOf('E-mail')).toHaveTextContent('Works')
  })

  it('say when one cannot be run any more', async () => {
    const { db, user } = await renderConsole('/operations')
    const button = await screen.findByRole('button', { name: 'Run now: E-mail' })
    const mail = db.serverJobs.find(({ name }) => name === 'mail')!
    Object.assign(mail, { state: 'stopped', can_run: false })
    await user.click(button)
    expect(await screen.findByText('It is at work all the time.')).toBeInTheDocument()
    db.publish('server-jobs')
    await waitFor(async () => expect(await rowOf('E-mail')).toHaveTextContent('Stopped'))
    expect(await rowOf('E-mail')).toHaveTextContent(/Start the server again/)
  })

  it('are told in the reader’s language, with the server’s own sentence', async () => {
    await renderConsole('/operations')
    const sentence = await screen.findByText(/^Nobody answers at smtp/)
    act(() => {
      localStorage.setItem('farol.locale', 'pt-BR')
      globalThis.dispatchEvent(new Event('storage'))
    })
    expect(await screen.findByRole('heading', { name: 'Operação' })).toBeInTheDocument()
    expect(screen.getByText(/^ninguém responde/i)).toBeInTheDocument()
    expect(sentence).toHaveAttribute('lang', 'en')
  })

  it('fill a page that says so when there are none', async () => {
    await renderConsole('/operations', 'empty')
    expect(await screen.findByText('No job has begun')).toBeInTheDocument()
    await expectAccessible()
  })

  it('recover from a failure of the list', async () => {
    const { db, user } = await renderConsole('/operations', 'failing')
    const alert = await screen.findByRole('alert')
    db.scenario = 'usual'
    await user.click(within(alert).getByRole('button', { name: 'Try again' }))
    expect(await rowOf('E-mail')).toHaveTextContent('Fails')
  })

  it('are for owners of the server', async () => {
    await renderConsole('/operations', 'usual', (db) => become(db.me!, 'administrator'))
    expect(await screen.findByText(/Only owners of the whole server/)).toBeInTheDocument()
    expect(screen.queryByRole('link', { name: /^Operations/ })).toBeNull()
  })
})

describe('the navigation', () => {
  it('counts what fails', async () => {
    const { db, user, address } = await renderConsole('/machines')
    const link = await screen.findByRole('link', { name: 'Operations, 1 failing' })
    db.serverJobs = db.serverJobs.map((job) => worked(job, Date.now()))
    db.publish('server-jobs')
    await waitFor(() => expect(link).toHaveAccessibleName('Operations'))
    await user.click(link)
    expect(await screen.findByText('All jobs work')).toBeInTheDocument()
    expect(address()).toBe('/operations')
  })
})

describe('the order', () => {
  it('begins with what stopped, then what fails, and keeps the rest', () => {
    const jobs = someJobs(0).map((job) =>
      job.name === 'logins' ? { ...job, state: 'stopped' as const } : job,
    )
    const names = failuresFirst(jobs).map(({ name }) => name)
    expect(names.slice(0, 4)).toEqual(['logins', 'mail', 'listener', 'old_mail'])
    expect(jobs.filter(isFailing)).toHaveLength(2)
  })
})
