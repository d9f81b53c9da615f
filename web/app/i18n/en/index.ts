/** English: the dictionary that defines which messages exist. */
import { access } from './access'
import { account } from './account'
import { audit } from './audit'
import { codes } from './codes'
import { common } from './common'
import { enrollment } from './enrollment'
import { guest, invitations } from './guest'
import { identity } from './identity'
import { machines } from './machines'
import { quarantine } from './quarantine'
import { sessions } from './sessions'
import { shell } from './shell'
import { join, support } from './support'
import { viewer } from './viewer'

export const en = {
  access,
  account,
  audit,
  codes,
  common,
  enrollment,
  guest,
  identity,
  invitations,
  join,
  machines,
  quarantine,
  sessions,
  shell,
  support,
  viewer,
}

export type Messages = typeof en
