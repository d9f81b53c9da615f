/** A code that was just made: big enough to be read aloud, with a link and a text for whoever is to get it in writing. */
import { useId, useState } from 'react'

import { CommandLine } from '~/components/CommandLine'
import { locales, messagesOf, useI18n, type Locale } from '~/i18n'
import { formatOf } from '~/i18n/format'
import { Button } from '~/ui/lib/Button'
import { CopyButton } from '~/ui/lib/CopyButton'
import { Dialog } from '~/ui/lib/Dialog'
import { Segmented } from '~/ui/lib/Segmented'

interface Created {
  code: string
  join_url: string
  expires_at: string
}

/** The text in the language of whoever gets it, which may be another than the technician's. */
function ChatText({ created }: { created: Created }) {
  const { messages, locale } = useI18n()
  const t = messages.support.done
  const id = useId()
  const [language, setLanguage] = useState<Locale>(locale)
  const text = messagesOf(language).support.chat({
    code: created.code,
    link: created.join_url,
    time: formatOf(language).dateTime(created.expires_at),
  })
  return (
    <section>
      <div className="mb-1 flex flex-wrap items-center justify-between gap-2">
        <h3 id={id} className="text-sm font-semibold">
          {t.chat}
        </h3>
        <Segmented
          label={t.chatLanguage}
          value={language}
          onChange={setLanguage}
          options={(Object.keys(locales) as Locale[]).map((value) => ({
            value,
            label: locales[value],
          }))}
        />
      </div>
      <div className="rounded-md border border-line bg-sunken p-3">
        <p
          aria-labelledby={id}
          lang={language}
          className="text-sm break-words whitespace-pre-line select-all"
        >
          {text}
        </p>
        <div className="mt-2">
          <CopyButton text={text} label={t.copyChat} labelled />
        </div>
      </div>
    </section>
  )
}

export function CreatedCode({ created, onClose }: { created: Created; onClose: () => void }) {
  const { messages, format } = useI18n()
  const t = messages.support.done
  const footer = (
    <Button look="primary" onClick={onClose}>
      {t.close}
    </Button>
  )
  return (
    <Dialog open onClose={onClose} title={t.title} description={t.once} footer={footer} wide>
      <div className="flex flex-col gap-5">
        <div className="flex flex-col items-center gap-2 rounded-lg border border-line bg-sunken px-4 py-5">
          <p className="sr-only">{t.code}</p>
          <p className="font-mono text-4xl font-bold tracking-[0.12em] select-all max-sm:text-2xl">
            {created.code}
          </p>
          <p className="text-sm text-ink-3">
            {t.expires({ time: format.dateTime(created.expires_at) })}
          </p>
          <CopyButton text={created.code} label={t.copyCode} labelled />
        </div>
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t.link}</h3>
          <CommandLine text={created.join_url} copyLabel={t.copyLink} />
        </section>
        <ChatText created={created} />
      </div>
    </Dialog>
  )
}
