/** What stands in the form of an access rule, and what it asks of the server. Pure. */
import type {
  AccessMode,
  AccessRight,
  AccessRule,
  AccessRuleChange,
  AccessScope,
  NewAccessRule,
  OnSilence,
} from '~/api/types'

/** What the server takes at most. */
export const TAG_MAX = 40

export const SCOPES = ['organization', 'site', 'tag', 'machine'] as const
export const RIGHTS: readonly AccessRight[] = ['view', 'control', 'clipboard', 'files', 'terminal']
export const MODES: readonly AccessMode[] = ['ask', 'ask_if_logged_on', 'never', 'unattended']

/** What a rule says. */
export interface Saying {
  mode: AccessMode
  onSilence: OnSilence
}

/** Everything of a new rule. */
export interface RuleForm extends Saying {
  organizationId: string
  kind: AccessScope['kind']
  siteId: string
  tag: string
  machine: { id: string; name: string } | null
  /** Empty = every role. */
  role: string
  /** Empty = everything. */
  right: AccessRight | ''
}

/** Careful: somebody is asked. An empty site is the first one of the list. */
export const blankForm = (organizationId: string): RuleForm => ({
  organizationId,
  kind: 'organization',
  siteId: '',
  tag: '',
  machine: null,
  role: '',
  right: '',
  mode: 'ask',
  onSilence: 'refuse',
})

export const sayingOf = ({ mode, on_silence }: AccessRule): Saying => ({
  mode,
  onSilence: on_silence ?? 'refuse',
})

/** Silence means something only where somebody may be logged on. */
const said = ({ mode, onSilence }: Saying): { mode: AccessMode; on_silence?: OnSilence } =>
  mode === 'ask_if_logged_on' ? { mode, on_silence: onSilence } : { mode }

/** Which machines; null while that is not said. */
export function scopeOf(form: RuleForm): AccessScope | null {
  switch (form.kind) {
    case 'organization':
      return { kind: 'organization' }
    case 'site':
      return form.siteId ? { kind: 'site', site_id: form.siteId } : null
    case 'tag':
      return { kind: 'tag', tag: form.tag.trim() }
    case 'machine':
      return form.machine ? { kind: 'machine', machine_id: form.machine.id } : null
  }
}

export const wishesOf = (form: RuleForm, scope: AccessScope): NewAccessRule => ({
  organization_id: form.organizationId,
  scope,
  ...(form.role ? { role: form.role } : {}),
  ...(form.right ? { right: form.right } : {}),
  ...said(form),
})

export const changeOf = (saying: Saying): AccessRuleChange => said(saying)
