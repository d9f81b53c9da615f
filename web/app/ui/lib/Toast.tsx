/**
 * Transient confirmations and failures at the edge of the window.
 * `const toast = useToast(); toast({ tone: 'ok', title: … })`. Failures stay until dismissed.
 */
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { Toast as Radix } from 'radix-ui'
import { createContext, use, useCallback, useState, type ReactNode } from 'react'

import { useMessages } from '~/i18n'

export interface ToastMessage {
  tone: 'ok' | 'danger'
  title: string
  body?: ReactNode
}

const ToastContext = createContext<(message: ToastMessage) => void>(() => undefined)

export const useToast = () => use(ToastContext)

/** More would cover the page; the oldest goes first. */
const MOST_AT_ONCE = 4

export function ToastProvider({ children }: { children: ReactNode }) {
  const t = useMessages()
  const [shown, setShown] = useState<(ToastMessage & { key: number })[]>([])
  const show = useCallback((message: ToastMessage) => {
    setShown((before) => {
      const key = (before.at(-1)?.key ?? 0) + 1
      return [...before, { ...message, key }].slice(-MOST_AT_ONCE)
    })
  }, [])
  const hide = (key: number) => setShown((before) => before.filter((toast) => toast.key !== key))

  return (
    <ToastContext value={show}>
      <Radix.Provider label={t.common.notice}>
        {children}
        {shown.map(({ key, tone, title, body }) => (
          <Radix.Root
            key={key}
            duration={tone === 'danger' ? Infinity : 4000}
            onOpenChange={(open) => !open && hide(key)}
            className="flex animate-appear gap-2.5 rounded-lg border border-line bg-raised p-3 text-sm text-ink shadow-float"
          >
            {tone === 'ok' ? (
              <CircleCheck aria-hidden size={16} className="mt-0.5 shrink-0 text-ok" />
            ) : (
              <CircleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-danger-text" />
            )}
            <div className="min-w-0 flex-1">
              <Radix.Title className="font-semibold">{title}</Radix.Title>
              {body && (
                <Radix.Description asChild>
                  <div className="text-ink-2">{body}</div>
                </Radix.Description>
              )}
            </div>
            <Radix.Close
              aria-label={t.common.dismiss}
              className="flex size-6 shrink-0 items-center justify-center rounded-sm text-ink-3 hover:bg-hover"
            >
              <X aria-hidden size={14} />
            </Radix.Close>
          </Radix.Root>
        ))}
        <Radix.Viewport
          label={t.common.notices}
          className="fixed right-4 bottom-4 z-50 flex w-[min(360px,calc(100vw-32px))] flex-col gap-2"
        />
      </Radix.Provider>
    </ToastContext>
  )
}
