/**
 * Searching machines: by the server, in the language of `docs/search.md`. Keys begin with `machines`, so that everything here is
 * asked for again when a machine changes.
 */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'

import { api, call } from './client'
import { ApiProblem, asProblem } from './problem'
import type { Machine, MachineSearch, SearchMistake } from './types'

/** Which of the machines found are listed. */
export type Show = 'all' | 'online' | 'offline' | 'blocked'

/** The server counts no further. */
export const COUNT_MAX = 50_000

/** The most the server gives in one page. */
const PAGE = 200

/** One page of what was found. The first one has the counts, so that they and the rows change together. */
export interface FoundPage {
  /** What was searched for: on the way to another search this one stays in sight. */
  q: string
  show: Show
  items: Machine[]
  next_cursor: string | null
  counts: Record<Show, number> | null
  /** With one there is nothing else. */
  mistake: SearchMistake | null
}

const nothing = { items: [], next_cursor: null, counts: null, mistake: null }

/** The search that finds only those to be listed. Whatever `OR` is in `q`, the rest counts for all of it. */
const narrowed = (q: string, show: Show): string => {
  if (show === 'all') return q
  return q ? `(${q}) is:${show}` : `is:${show}`
}

/** Nobody writes there, so the server need not look for values that could follow. */
const NOWHERE = 0

const told = (q: string, caret: number, signal: AbortSignal): Promise<MachineSearch> =>
  call(api.GET('/api/machines/search', { params: { query: { q, caret } }, signal }))

async function listed(
  q: string,
  show: Show,
  { cursor, signal }: { cursor?: string; signal: AbortSignal },
): Promise<FoundPage> {
  const query = { q: narrowed(q, show) || undefined, cursor, limit: PAGE }
  const page = await call(api.GET('/api/machines', { params: { query }, signal }))
  // The description marks fields that may be null as optional as well; the server always sends them.
  const items = page.items as Machine[]
  return { ...nothing, q, show, items, next_cursor: page.next_cursor ?? null }
}

/** A refusal that is about the search is given back: what is wrong with it is told elsewhere. */
async function listedOrRefused(
  q: string,
  show: Show,
  signal: AbortSignal,
): Promise<FoundPage | ApiProblem> {
  try {
    return await listed(q, show, { signal })
  } catch (thrown) {
    const problem = asProblem(thrown)
    if (problem.field('q')) return problem
    throw problem
  }
}

async function firstPage(q: string, show: Show, signal: AbortSignal): Promise<FoundPage> {
  const [all, online, blocked, page] = await Promise.all([
    told(q, NOWHERE, signal),
    told(narrowed(q, 'online'), NOWHERE, signal),
    told(narrowed(q, 'blocked'), NOWHERE, signal),
    listedOrRefused(q, show, signal),
  ])
  // That of what somebody wrote, whose places are those in the box.
  if (all.mistake) return { ...nothing, q, show, mistake: all.mistake }
  if (page instanceof ApiProblem) throw page
  const [found, here] = [all.count ?? 0, online.count ?? 0]
  const counts = {
    all: found,
    online: here,
    offline: Math.max(found - here, 0),
    blocked: blocked.count ?? 0,
  }
  return { ...page, counts }
}

/** The machines that a search finds, page by page; what was found before stays until the answer is there. */
export const foundMachinesQuery = (q: string, show: Show) =>
  infiniteQueryOptions({
    queryKey: ['machines', 'found', q, show],
    queryFn: ({ pageParam, signal }) =>
      pageParam === undefined
        ? firstPage(q, show, signal)
        : listed(q, show, { cursor: pageParam, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  })

/** What could stand where somebody writes, who stands before the character `caret`. */
export const machineSearchQuery = (q: string, caret: number) =>
  queryOptions({
    queryKey: ['machines', 'search', q, caret],
    queryFn: ({ signal }) => told(q, caret, signal),
    // Nobody comes back to most of them.
    gcTime: 10_000,
  })
