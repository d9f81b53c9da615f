/** Teams. Special values: a team that is called `full` is one too many, one that is renamed to `conflict` was changed by somebody else first. */
import { may } from '~/api/can'
import type { Me } from '~/api/types'

import { type MockDb, ownerMe } from '../db'
import { permissionsAt } from '../people-data'
import { MockProblem, notFound } from '../problem'
import { mayManageTeam, membersOf, type MockTeam, seesTeam, teamAsSeen } from '../team-data'
import type { Handlers } from '../types'
import { checkedName, nextVersion, requireSeen } from './checks'
import { page } from './pages'

type Names =
  | 'GET /api/teams'
  | 'POST /api/teams'
  | 'GET /api/teams/{id}'
  | 'PATCH /api/teams/{id}'
  | 'DELETE /api/teams/{id}'
  | 'PUT /api/teams/{id}/members/{account_id}'
  | 'DELETE /api/teams/{id}/members/{account_id}'

const forbidden = (detail: string) => new MockProblem(403, 'forbidden', detail)

/** What every read and write of them shares. */
function teamsOf(db: MockDb) {
  const me = (): Me => db.me ?? structuredClone(ownerMe)
  const find = (id: string): MockTeam => {
    const team = db.teams.find((one) => one.id === id && seesTeam(me(), one))
    if (!team) throw notFound('team')
    return team
  }
  const toManage = (id: string): MockTeam => {
    const team = find(id)
    if (!mayManageTeam(me(), team)) {
      throw forbidden('Nobody gives or takes away what they may not do themselves.')
    }
    return team
  }
  const namesBeside = (place: MockTeam['place'], id = ''): string[] =>
    db.teams
      .filter((one) => one.id !== id && JSON.stringify(one.place) === JSON.stringify(place))
      .map(({ name }) => name)
  const detail = (team: MockTeam) => ({
    team: teamAsSeen(me(), team),
    members: membersOf(db.people, team),
  })
  const changed = () => db.publish('teams', 'accounts', 'audit')
  return { me, find, toManage, namesBeside, detail, changed }
}

function memberHandlers(db: MockDb) {
  const { me, toManage, detail, changed } = teamsOf(db)
  return {
    'PUT /api/teams/{id}/members/{account_id}': ({ id, params }) => {
      const team = toManage(id)
      const account = params['account_id'] ?? ''
      if (!db.people.some((person) => person.id === account)) throw notFound('person')
      if (!team.members.some((member) => member.account_id === account)) {
        const added_at = new Date().toISOString()
        team.members.push({ account_id: account, added_at, added_by_name: me().account.name })
        changed()
      }
      return detail(team)
    },
    'DELETE /api/teams/{id}/members/{account_id}': ({ id, params }) => {
      const team = toManage(id)
      const kept = team.members.filter((member) => member.account_id !== params['account_id'])
      if (kept.length === team.members.length) throw notFound('team member')
      team.members = kept
      changed()
      return null
    },
  } satisfies Partial<Handlers<Names>>
}

export function teamHandlers(db: MockDb): Handlers<Names> {
  const { me, find, toManage, namesBeside, detail, changed } = teamsOf(db)
  const change = (team: MockTeam, to: Partial<MockTeam>) => {
    Object.assign(team, to, { etag: nextVersion(team) })
    changed()
  }
  return {
    ...memberHandlers(db),
    'GET /api/teams': ({ query }) => {
      if (!may(me(), 'account.see')) throw forbidden('None of your roles allows this here.')
      const seen = db.teams.filter((team) => seesTeam(me(), team))
      return page(
        db,
        seen.map((team) => teamAsSeen(me(), team)),
        query,
      )
    },
    'POST /api/teams': ({ body }) => {
      const { place } = body
      if (!permissionsAt(me(), place).includes('account.manage')) {
        throw forbidden('None of your roles allows this here (“account.manage”).')
      }
      const name = checkedName(body.name, namesBeside(place))
      if (name === 'full') {
        const full = 'A server has at most 500 teams. Delete some that are not needed.'
        throw new MockProblem(409, 'conflict', full)
      }
      const organization =
        place.kind === 'server'
          ? undefined
          : me().organizations.find(({ id }) => id === place.organization_id)
      const created: MockTeam = {
        id: db.nextId(),
        name,
        note: (body.note ?? '').trim(),
        place,
        organization_name: organization?.name ?? null,
        created_at: new Date().toISOString(),
        created_by_name: me().account.name,
        etag: '"1"',
        roles: [],
        members: [],
      }
      db.teams.push(created)
      changed()
      return teamAsSeen(me(), created)
    },
    'GET /api/teams/{id}': ({ id }) => detail(find(id)),
    'PATCH /api/teams/{id}': ({ id, body, headers }) => {
      const team = toManage(id)
      if (body.name === 'conflict' && team.etag === headers.get('If-Match'))
        change(team, { name: 'Somebody’s choice' })
      requireSeen(team, headers)
      change(team, {
        name: checkedName(body.name ?? team.name, namesBeside(team.place, id)),
        note: (body.note ?? team.note).trim(),
      })
      return teamAsSeen(me(), team)
    },
    'DELETE /api/teams/{id}': ({ id, headers }) => {
      const team = toManage(id)
      requireSeen(team, headers)
      db.teams.splice(db.teams.indexOf(team), 1)
      changed()
      return null
    },
  }
}
