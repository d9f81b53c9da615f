/** Who drives, who would like to, and what became of it: said calmly, with the answer beside it. */
import { useEffect } from 'react'

import { useMessages } from '~/i18n'
import {
  type CompanyView,
  drives,
  mayAskToDrive,
  personOf,
  type RemoteSession,
  type SessionView,
} from '~/session'

import { NoticeBar, NoticeButton, NoticeClose } from './NoticeBar'
import { fullNameOf, PersonMark } from './PersonMark'

/** News that ask for nothing go by themselves. */
const NEWS_MS = 6000

interface DriveProps {
  session: RemoteSession
  view: SessionView
}

/** Whether there are news about driving. */
export function hasDriveNews({ askedBy, asking, driverChanged }: CompanyView): boolean {
  return askedBy.length > 0 || asking?.kind === 'refused' || driverChanged
}

export function DriveNotice({ session, view }: DriveProps) {
  const { askedBy } = view.company
  const [first] = askedBy
  return first === undefined ? (
    <DriveNews session={session} view={view} />
  ) : (
    <Wish session={session} view={view} person={first} />
  )
}

/** Somebody would like to drive instead of this technician. */
function Wish({ session, view, person: id }: DriveProps & { person: number }) {
  const t = useMessages()
  const person = personOf(view.company, id)
  const name = fullNameOf(t, person)
  return (
    <NoticeBar
      text={
        <>
          <PersonMark id={id} name={person?.name ?? ''} small />
          {t.viewer.company.wantsToDrive({ name })}
        </>
      }
    >
      <NoticeButton
        first
        onClick={() => {
          session.together.handOver(id)
          session.focus()
        }}
      >
        {t.viewer.company.handOver}
      </NoticeButton>
      <NoticeButton
        onClick={() => {
          session.together.refuse(id)
          session.focus()
        }}
      >
        {t.viewer.company.notNow}
      </NoticeButton>
    </NoticeBar>
  )
}

function DriveNews({ session, view }: DriveProps) {
  const t = useMessages()
  const { asking, roster } = view.company
  const refused = asking?.kind === 'refused'
  const driver = roster?.driver ?? null
  useEffect(() => {
    if (refused) return
    const timer = setTimeout(() => session.together.dismiss(), NEWS_MS)
    return () => clearTimeout(timer)
  }, [session, refused, driver])
  const { company } = t.viewer
  const person = driver === null ? undefined : personOf(view.company, driver)
  const name = fullNameOf(t, person)
  return (
    <NoticeBar
      text={
        <>
          {driver !== null && <PersonMark id={driver} name={person?.name ?? ''} small />}
          {refused
            ? company.refused({ name: asking.by || company.somebody })
            : drives(view.company)
              ? company.youDrive
              : company.drivesNow({ name })}
        </>
      }
    >
      <NoticeClose
        label={t.viewer.rights.dismiss}
        onClick={() => {
          session.together.dismiss()
          session.focus()
        }}
      />
    </NoticeBar>
  )
}

/** Why nothing that this technician does reaches the machine, and the way to change it. */
export function Watching({ session, view }: DriveProps) {
  const t = useMessages()
  const { company } = t.viewer
  const { roster, asking } = view.company
  const driver = roster?.driver ?? null
  const person = driver === null ? undefined : personOf(view.company, driver)
  const mayAsk = mayAskToDrive(view.company)
  const waits = asking?.kind === 'waiting'
  return (
    <NoticeBar
      text={
        <>
          {driver !== null && <PersonMark id={driver} name={person?.name ?? ''} small />}
          <span>
            {driver === null
              ? company.nobodyDrives
              : company.watching({ name: fullNameOf(t, person) })}
            {driver !== null && <span className="pointer-coarse:hidden"> {company.pointHint}</span>}
            {waits && ` ${company.waits}`}
            {!mayAsk && ` ${t.viewer.viewOnlyRights}.`}
          </span>
        </>
      }
    >
      {mayAsk && !waits && (
        <NoticeButton
          first
          onClick={() => {
            session.together.askToDrive()
            session.focus()
          }}
        >
          {company.ask}
        </NoticeButton>
      )}
    </NoticeBar>
  )
}
