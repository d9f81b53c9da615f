/** Changing the language while signed in: here at once, and in the account for the next browser. */
import { useMutation } from '@tanstack/react-query'

import { updateMe } from '~/api/actions'
import { useProblemToast } from '~/components/ProblemNotice'
import { localeOf, useI18n } from '~/i18n'

export function useLanguageChoice(): (tag: string) => void {
  const { setLocale } = useI18n()
  const onError = useProblemToast()
  const save = useMutation({ mutationFn: updateMe, onError })
  return (tag) => {
    const locale = localeOf(tag)
    if (!locale) return
    setLocale(locale)
    save.mutate({ locale })
  }
}
