/** Requests for access for a while: nobody has made one, and no page of the console makes any. */
import { notFound } from '../problem'
import type { Handlers } from '../types'

type Names =
  | 'GET /api/access-requests'
  | 'POST /api/access-requests'
  | 'GET /api/access-requests/{id}'
  | 'POST /api/access-requests/{id}/approve'
  | 'POST /api/access-requests/{id}/refuse'
  | 'POST /api/access-requests/{id}/withdraw'

export function accessRequestHandlers(): Handlers<Names> {
  const none = (): never => {
    throw notFound('access request')
  }
  return {
    'GET /api/access-requests': () => ({ items: [], next_cursor: null }),
    'POST /api/access-requests': none,
    'GET /api/access-requests/{id}': none,
    'POST /api/access-requests/{id}/approve': none,
    'POST /api/access-requests/{id}/refuse': none,
    'POST /api/access-requests/{id}/withdraw': none,
  }
}
