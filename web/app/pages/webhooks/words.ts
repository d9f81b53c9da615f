/** What events and failures are called, in the reader's language. */
import type { WebhookFailure } from '~/api/types'
import { useI18n, useMessages, type Messages } from '~/i18n'
import { byCode } from '~/i18n/by-code'

/** An event's title: the audit's, or our own; a newer server may know types that we do not. */
export const eventTitle = (t: Messages, type: string): string =>
  byCode(t.webhooks.types, type) ?? byCode(t.audit.actions, type) ?? type

export const subjectTitle = (t: Messages, subject: string): string =>
  byCode(t.audit.subjects, subject) ?? subject

/** The part of a sentence that says why something was not delivered. */
export function useFailureWords(): (failure: WebhookFailure) => string {
  const { webhooks: t } = useMessages()
  return ({ code, detail }) => byCode(t.failures, code) ?? detail
}

/** For texts of the server, which are English. */
export const useServersLanguage = (): { lang?: 'en' } =>
  useI18n().locale === 'en' ? {} : { lang: 'en' }
