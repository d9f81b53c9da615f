/** English: the dictionary that defines which messages exist. */
import { account } from './account'
import { audit } from './audit'
import { codes } from './codes'
import { common } from './common'
import { enrollment } from './enrollment'
import { machines } from './machines'
import { sessions } from './sessions'
import { shell } from './shell'
import { viewer } from './viewer'

export const en = { account, audit, codes, common, enrollment, machines, sessions, shell, viewer }

export type Messages = typeof en
