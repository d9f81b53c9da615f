/** What stands in the form of the mail server, and what is sent of it. */
import type { MailSecurity, MailSettings, NewMailSettings } from '~/api/types'

export interface MailForm {
  host: string
  port: string
  security: MailSecurity
  user: string
  password: string
  fromAddress: string
  fromName: string
  ca: string
}

/** What servers usually listen at. */
const PORTS: Record<MailSecurity, string> = { starttls: '587', tls: '465', none: '25' }

export const formOf = (settings: MailSettings | null): MailForm => ({
  host: settings?.host ?? '',
  port: String(settings?.port ?? PORTS.starttls),
  security: settings?.security ?? 'starttls',
  user: settings?.user ?? '',
  password: '',
  fromAddress: settings?.from_address ?? '',
  fromName: settings?.from_name ?? 'Farol',
  ca: settings?.ca_pem ?? '',
})

/** Another protection comes with its usual port, unless somebody chose one. */
export const withSecurity = (form: MailForm, security: MailSecurity): MailForm => ({
  ...form,
  security,
  port: form.port === PORTS[form.security] ? PORTS[security] : form.port,
})

/** The port as a number that the server can judge; 0 for what is none. */
const portOf = (text: string): number => {
  const port = Number(text.trim())
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : 0
}

export const settingsOf = (form: MailForm): NewMailSettings => ({
  host: form.host.trim(),
  port: portOf(form.port),
  security: form.security,
  user: form.user || null,
  password: form.password || null,
  from_address: form.fromAddress.trim(),
  from_name: form.fromName.trim(),
  ca_pem: form.ca.trim() || null,
})
