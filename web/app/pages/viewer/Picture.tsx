/** The canvas of a session in its place: scaled, cropped to a monitor, with the remote cursor. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'

import { cursorCanvas, cursorCss } from '~/desktop/cursor'
import { place, type Placement, shownArea, type Size } from '~/desktop/geometry'
import { useMessages } from '~/i18n'
import { drives, mayInput, type RemoteSession, type SessionView, watches } from '~/session'
import { classes } from '~/ui/lib/classes'

import { useLaserKey } from './laser-key'
import { useMonitorKey } from './monitor-key'

interface PictureProps {
  session: RemoteSession
  view: SessionView
  onEscape: () => void
}

export function Picture({ session, view, onEscape }: PictureProps) {
  const t = useMessages()
  const area = useRef<HTMLDivElement>(null)
  const { size, ratio } = useViewport(area)
  const { layout, monitor, scale, cursor } = view
  const placement = useMemo(
    () => (layout === null ? null : place(layout, shownArea(layout, monitor), size, scale, ratio)),
    [layout, monitor, size, scale, ratio],
  )
  useEffect(() => {
    session.setRoom({
      width: Math.floor(size.width * ratio),
      height: Math.floor(size.height * ratio),
    })
  }, [session, size, ratio])
  const escape = useRef(onEscape)
  useEffect(() => {
    escape.current = onEscape
  })
  useLayoutEffect(() => {
    const container = area.current
    if (container === null) return
    return session.attach(container, () => escape.current())
  }, [session])
  const { hasPicture } = view
  useEffect(() => {
    // The keyboard goes to the machine with its picture, unless the technician is doing something else meanwhile.
    if (hasPicture && isIdle(document.activeElement)) session.focus()
  }, [session, hasPicture])
  useLayoutEffect(() => {
    if (placement !== null) session.stage.layOut(placement)
  }, [session, placement])
  const shownScale = placement?.scale ?? 1
  const css = useMemo(
    () => (cursor === null ? 'default' : cursorCss(cursor, shownScale, ratio)),
    [cursor, shownScale, ratio],
  )
  const offersInput = mayInput(view)
  const pointsOut = view.company.laser && watches(view.company)
  useEffect(() => {
    session.stage.setCursor(offersInput ? css : pointsOut ? 'crosshair' : 'default')
  }, [session, css, offersInput, pointsOut])
  useLaserKey(session, view.phase === 'live' && watches(view.company))
  useMonitorKey(session, view.phase === 'live' && (layout?.monitors.length ?? 0) > 1)
  useEffect(() => {
    session.stage.setLabels(
      t.viewer.screenLabel({ machine: view.machineName }),
      t.viewer.keyboardLabel({ machine: view.machineName }),
    )
    session.stage.pointers.setGuestWord(t.viewer.company.guestWord)
  }, [session, t, view.machineName])

  return (
    <div
      ref={area}
      // Who only looks on keeps the keys: they are the page's.
      data-captures-keyboard={drives(view.company) ? '' : undefined}
      data-testid="picture"
      className={classes(
        'absolute inset-0',
        scale === 'actual' ? 'overflow-auto' : 'overflow-hidden',
        'transition-[opacity,filter] duration-200',
        isStale(view) && 'opacity-50 grayscale',
        !view.hasPicture && 'invisible',
      )}
    >
      {placement !== null && <ShadowCursor view={view} placement={placement} session={session} />}
    </div>
  )
}

/** Whether what is seen is not what the machine shows now. */
function isStale({ phase, screen }: SessionView): boolean {
  const condition = screen?.condition ?? 'ok'
  return phase !== 'live' || !['ok', 'locked', 'log_on', 'blank'].includes(condition)
}

/** Nothing that takes keys has the focus: the page itself, or its main part after a navigation. */
function isIdle(focused: Element | null): boolean {
  return focused === null || focused === document.body || focused.tagName === 'MAIN'
}

/** Where the pointer is while somebody else moves it, or while this technician only looks. */
function ShadowCursor({
  session,
  view,
  placement,
}: Omit<PictureProps, 'onEscape'> & { placement: Placement }) {
  const { shadow, cursor } = view
  const picture = useMemo(
    () => (cursor === null ? null : (cursorCanvas(cursor)?.toDataURL() ?? null)),
    [cursor],
  )
  useEffect(() => {
    if (shadow === null || cursor === null || picture === null) {
      session.stage.showPointer(null)
      return
    }
    const { scale, desktop } = placement
    session.stage.showPointer({
      picture,
      x: (shadow.x - cursor.hotX) * scale + desktop.x,
      y: (shadow.y - cursor.hotY) * scale + desktop.y,
      width: cursor.width * scale,
      height: cursor.height * scale,
    })
  }, [session, shadow, cursor, picture, placement])
  return null
}

/** Size of an element in CSS pixels, and device pixels per CSS pixel. */
function useViewport(element: React.RefObject<HTMLElement | null>): { size: Size; ratio: number } {
  const [viewport, setViewport] = useState({ size: { width: 0, height: 0 }, ratio: 1 })
  useLayoutEffect(() => {
    const watched = element.current
    if (watched === null) return
    const measure = () => {
      // Without scroll bars, so that their coming and going does not change what fits.
      const { offsetWidth: width, offsetHeight: height } = watched
      setViewport({ size: { width, height }, ratio: devicePixelRatio })
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(watched)
    return () => observer.disconnect()
  }, [element])
  return viewport
}
