/** What an installation in quarantine says of itself, and how it asks. All of it is shown as text. */
import type { ReactNode } from 'react'

import type { QuarantineEntry } from '~/api/types'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'

import { TokenName } from './TokenName'

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="grid grid-cols-[104px_minmax(0,1fr)] gap-3 border-t border-line px-4 py-2 first:border-t-0">
    <dt className="text-ink-3">{name}</dt>
    <dd className="min-w-0">{children}</dd>
  </div>
)

const Code = ({ children }: { children: string }) => (
  <code className="font-mono text-xs leading-5 break-all">{children}</code>
)

export function EntryFacts({ entry }: { entry: QuarantineEntry }) {
  const t = useMessages().quarantine
  const format = useFormat()
  const { fact } = t
  const { os } = entry
  return (
    <section aria-labelledby="facts">
      <h2 id="facts" className="mb-2 font-semibold">
        {t.facts}
      </h2>
      <dl className="rounded-lg border border-line bg-surface text-sm">
        <Fact name={fact.hostname}>{entry.hostname}</Fact>
        <Fact name={fact.system}>{[os.name, os.version, os.arch].filter(Boolean).join(' ')}</Fact>
        <Fact name={fact.address}>{entry.address}</Fact>
        <Fact name={fact.token}>
          <TokenName entry={entry} />
        </Fact>
        <Fact name={fact.first}>{format.dateTime(entry.first_seen_at)}</Fact>
        <Fact name={fact.last}>{format.dateTime(entry.last_seen_at)}</Fact>
        <Fact name={fact.attempts}>{format.number(entry.attempts)}</Fact>
        <Fact name={fact.door}>{byCode(t.door, entry.door) ?? entry.door}</Fact>
        <Fact name={fact.agent}>{entry.agent_version}</Fact>
        {entry.key_fingerprint && (
          <Fact name={fact.key}>
            <Code>{entry.key_fingerprint}</Code>
          </Fact>
        )}
        {entry.machine_uid && (
          <Fact name={fact.uid}>
            <Code>{entry.machine_uid}</Code>
          </Fact>
        )}
      </dl>
      <p className="mt-2 text-xs text-ink-3">{t.claims}</p>
    </section>
  )
}
