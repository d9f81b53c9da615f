/** What somebody with a right code sees: who helps, a warning, what happens next, and the program. */
import { Download, Smartphone } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'

import type { Joining, OneTimeAgent } from '~/api/types'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { grouped } from '~/support-code'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'

import { agentFor, type Computer } from './platform'

/** A form and not a link: the code travels in its body, where no log sees it. */
function DownloadForm({
  code,
  agent,
  onStart,
  children,
}: {
  code: string
  agent: OneTimeAgent
  onStart: () => void
  children: ReactNode
}) {
  return (
    <form method="post" action="/api/join/download" onSubmit={onStart}>
      <input type="hidden" name="code" value={code} />
      <input type="hidden" name="system" value={agent.system} />
      <input type="hidden" name="arch" value={agent.arch} />
      {children}
    </form>
  )
}

function Others({
  code,
  agents,
  onStart,
}: {
  code: string
  agents: readonly OneTimeAgent[]
  onStart: () => void
}) {
  const { join: t } = useMessages()
  const format = useFormat()
  if (agents.length === 0) return null
  return (
    <details className="mt-4 text-sm">
      <summary className="cursor-pointer text-ink-2">{t.download.others}</summary>
      <ul className="mt-2 flex flex-col gap-2">
        {agents.map((agent) => {
          const system = byCode(t.download.systems, agent.system) ?? agent.system
          const arch = byCode(t.download.archs, agent.arch) ?? agent.arch
          const named = t.download.named({ system, arch })
          return (
            <li key={named}>
              <DownloadForm code={code} agent={agent} onStart={onStart}>
                <Button type="submit">
                  <Download aria-hidden size={15} />
                  {t.download.button({ system: named, size: format.bytes(agent.size) })}
                </Button>
              </DownloadForm>
            </li>
          )
        })}
      </ul>
    </details>
  )
}

function Downloads({
  code,
  computer,
  downloads,
}: {
  code: string
  computer: Computer
  downloads: readonly OneTimeAgent[]
}) {
  const { join: t } = useMessages()
  const format = useFormat()
  const [started, setStarted] = useState(false)
  const start = () => setStarted(true)
  if (downloads.length === 0) {
    return (
      <Notice tone="warn" title={t.download.none.title}>
        {t.download.none.body}
      </Notice>
    )
  }
  const agent = agentFor(computer, downloads)
  const others = downloads.filter((other) => other !== agent)
  return (
    <div>
      {agent ? (
        <DownloadForm code={code} agent={agent} onStart={start}>
          <Button type="submit" look="primary" size="lg" className="w-full">
            <Download aria-hidden size={17} />
            {t.download.button({
              system: byCode(t.download.systems, agent.system) ?? agent.system,
              size: format.bytes(agent.size),
            })}
          </Button>
        </DownloadForm>
      ) : (
        <Notice tone="warn" title={t.download.notForThis.title}>
          {t.download.notForThis.body}
        </Notice>
      )}
      <p role="status" className="mt-2 text-sm font-medium empty:hidden">
        {started && t.download.started}
      </p>
      {(agent?.system === 'linux' || !agent) && (
        <p className="mt-2 text-sm text-ink-2">{t.next.linux}</p>
      )}
      <p className="mt-2 text-sm text-ink-3">{t.next.rename}</p>
      <Others code={code} agents={others} onStart={start} />
    </div>
  )
}

/** Where to go instead: a phone can show address and code while somebody types them on the computer. */
function OnPhone({ code }: { code: string }) {
  const { join: t } = useMessages()
  return (
    <section className="rounded-lg border border-line bg-surface p-4">
      <h2 className="flex items-center gap-2 font-semibold">
        <Smartphone aria-hidden size={17} className="shrink-0 text-ink-3" />
        {t.phone.title}
      </h2>
      <p className="mt-1 text-sm text-ink-2">{t.phone.body}</p>
      <dl className="mt-3 flex flex-col gap-3">
        <div>
          <dt className="text-sm text-ink-3">{t.phone.address}</dt>
          <dd className="text-xl font-semibold break-all select-all">{`${location.host}/join`}</dd>
        </div>
        <div>
          <dt className="text-sm text-ink-3">{t.phone.code}</dt>
          <dd className="font-mono text-3xl font-semibold tracking-[0.12em] select-all">
            {grouped(code)}
          </dd>
        </div>
      </dl>
    </section>
  )
}

interface ReadyProps {
  code: string
  joining: Joining
  computer: Computer
  onOther: () => void
}

export function Ready({ code, joining, computer, onOther }: ReadyProps) {
  const { join: t } = useMessages()
  const format = useFormat()
  const heading = useRef<HTMLHeadingElement>(null)
  const { organization, technician } = joining
  // The form has gone: the keyboard and screen readers go on here.
  useEffect(() => heading.current?.focus(), [])
  return (
    <div className="flex flex-col gap-5">
      <header>
        <h1 ref={heading} tabIndex={-1} className="text-2xl font-bold tracking-tight outline-none">
          {t.ready.title({ organization })}
        </h1>
        <p className="mt-1 text-ink-2">
          {technician && `${t.ready.technician({ name: technician })} `}
          {t.ready.until({ time: format.dateTime(joining.expires_at) })}
        </p>
      </header>
      <Notice tone="warn" title={t.warning.title}>
        {t.warning.body({ organization })}
      </Notice>
      {computer.kind === 'phone' ? (
        <OnPhone code={code} />
      ) : (
        <>
          <section>
            <h2 className="font-semibold">{t.next.title}</h2>
            <ol className="mt-1 list-decimal space-y-1 pl-5 text-ink-2">
              {t.next.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          </section>
          <Downloads code={code} computer={computer} downloads={joining.downloads} />
        </>
      )}
      <Button look="quiet" className="self-start" onClick={onOther}>
        {t.ready.otherCode}
      </Button>
    </div>
  )
}
