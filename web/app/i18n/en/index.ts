/** English: the dictionary that defines which messages exist. */
import { access } from './access'
import { account } from './account'
import { apiTokens } from './api-tokens'
import { accessRequests } from './access-requests'
import { assignments } from './assignments'
import { audit } from './audit'
import { codes } from './codes'
import { common } from './common'
import { enrollment } from './enrollment'
import { guest, invitations } from './guest'
import { identity } from './identity'
import { inventory } from './inventory'
import { machineSearch } from './machine-search'
import { machines } from './machines'
import { mail } from './mail'
import { metrics } from './metrics'
import { operations } from './operations'
import { accountInvitation, people } from './people'
import { organizations } from './organizations'
import { permissionGroups, permissions } from './permissions'
import { quarantine } from './quarantine'
import { roles } from './roles'
import { factorAsked, ownAccount, proof } from './security'
import { sessions } from './sessions'
import { shell } from './shell'
import { signOn } from './sign-on'
import { join, support } from './support'
import { teams } from './teams'
import { viewer } from './viewer'
import { webhooks } from './webhooks'

export const en = {
  access,
  accessRequests,
  account,
  accountInvitation,
  apiTokens,
  assignments,
  audit,
  codes,
  common,
  enrollment,
  factorAsked,
  guest,
  identity,
  inventory,
  invitations,
  join,
  machineSearch,
  machines,
  mail,
  metrics,
  operations,
  people,
  organizations,
  ownAccount,
  permissionGroups,
  permissions,
  proof,
  quarantine,
  roles,
  sessions,
  shell,
  signOn,
  support,
  teams,
  viewer,
  webhooks,
}

export type Messages = typeof en
