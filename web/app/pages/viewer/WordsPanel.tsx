/** The words of the machine's key, to be compared with those that its agent shows. */
import { useFormat, useMessages } from '~/i18n'
import type { SessionView } from '~/session'
import { Notice } from '~/ui/lib/Notice'

interface WordsProps {
  words: string
  tone?: 'plain' | 'warn'
}

/** The words one by one: they are read aloud, not typed. */
export function Words({ words, tone = 'plain' }: WordsProps) {
  return (
    <p className="flex flex-wrap gap-1.5 font-mono text-base" lang="zxx" translate="no">
      {words.split('-').map((word, index) => (
        <span
          key={index}
          className={
            tone === 'warn'
              ? 'rounded-sm bg-warn-soft px-1.5 py-0.5 text-warn-text'
              : 'rounded-sm bg-sunken px-1.5 py-0.5'
          }
        >
          {word}
        </span>
      ))}
    </p>
  )
}

export function WordsPanel({ view }: { view: SessionView }) {
  const t = useMessages().viewer.words
  const format = useFormat()
  const { key } = view
  return (
    <div className="space-y-3">
      <h2 className="font-semibold">{t.title}</h2>
      {key === null ? (
        <p className="text-ink-2">{t.unknown}</p>
      ) : (
        <>
          <Words words={key.words} />
          <p className="text-ink-2">{t.body}</p>
          <p className="text-ink-2">
            {/* Of a guest's visit this browser keeps nothing. */}
            {!view.guest &&
              `${key.first ? t.first : t.since({ time: format.dateTime(key.since) })} `}
            {t.encrypted}
          </p>
          {!view.guest && !key.lasting && <Notice tone="warn">{t.notLasting}</Notice>}
        </>
      )}
    </div>
  )
}
