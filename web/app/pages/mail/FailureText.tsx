/** Why an e-mail did not go out: our words for the step, and the server's sentence, which is English and more precise. */
import type { MailFailure } from '~/api/types'
import { useI18n } from '~/i18n'
import { byCode } from '~/i18n/by-code'

/** The part of a sentence that says it; a newer server may know steps that we do not. */
export function useFailureWords(): (failure: MailFailure) => string {
  const { messages } = useI18n()
  return ({ code, detail }) => byCode(messages.mail.failures, code) ?? detail
}

export function FailureText({ failure }: { failure: MailFailure }) {
  const { locale } = useI18n()
  return (
    <p lang={locale === 'en' ? undefined : 'en'} className="break-words">
      {failure.detail}
    </p>
  )
}
