/** Brazilian Portuguese. */
import type { Messages } from '../en'
import { account } from './account'
import { audit } from './audit'
import { codes } from './codes'
import { common } from './common'
import { enrollment } from './enrollment'
import { machines } from './machines'
import { sessions } from './sessions'
import { shell } from './shell'
import { viewer } from './viewer'

export const ptBr: Messages = {
  account,
  audit,
  codes,
  common,
  enrollment,
  machines,
  sessions,
  shell,
  viewer,
}
