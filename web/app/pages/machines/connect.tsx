/** The ways into a session: a button for rows and pages, and the same as a function for keys. */
import { Link, useNavigate } from '@tanstack/react-router'
import { Eye, MonitorPlay } from 'lucide-react'
import { useState } from 'react'

import { waysToConnect } from '~/api/can'
import type { Access, Machine } from '~/api/types'
import { useMessages } from '~/i18n'
import { useActiveSessions } from '~/session-slot'
import { Button } from '~/ui/lib/Button'
import { useToast } from '~/ui/lib/Toast'
import { Tooltip } from '~/ui/lib/Tooltip'

import { useAccessText } from './AccessLine'

/** Whether this tab holds a session with the machine already. */
export function useHasSession(machineId: string): boolean {
  return useActiveSessions().some(
    (session) => session.machineId === machineId && session.phase !== 'ended',
  )
}

interface ConnectButtonProps {
  machine: Machine
  /** The most that the person may, when left out. */
  rights?: Access
  look?: 'primary' | 'secondary' | 'quiet'
  size?: 'sm' | 'md'
}

/**
 * Leads to the session; who is asked before that is said on hover and focus. While the machine cannot be reached it stays
 * visible, inert and says why.
 */
export function ConnectButton({
  machine,
  rights: chosen,
  look = 'secondary',
  size = 'md',
}: ConnectButtonProps) {
  const t = useMessages()
  const resume = useHasSession(machine.id)
  const { verdict, ways } = waysToConnect(machine)
  const rights = chosen ?? ways[0] ?? 'view'
  // Lists have many of these: only the one that somebody is about to use asks the server.
  const [near, setNear] = useState(false)
  const access = useAccessText(machine.id, rights, near && !resume)
  const Icon = rights === 'view' ? Eye : MonitorPlay
  const text = resume
    ? t.machines.resume
    : rights === 'control'
      ? t.machines.connect
      : ways.includes('control')
        ? t.machines.viewOnly
        : t.machines.watch
  const label = `${text}: ${machine.name}`
  if (verdict !== 'yes' && !resume) {
    return (
      <Button
        look={look}
        size={size}
        aria-disabled
        aria-label={label}
        title={t.machines.cannot[verdict]}
      >
        <Icon aria-hidden size={15} />
        {text}
      </Button>
    )
  }
  const link = (
    <Button look={look} size={size} asChild>
      <Link
        to="/machines/$id/session"
        params={{ id: machine.id }}
        search={{ rights }}
        preload={false}
        aria-label={label}
        onPointerEnter={() => setNear(true)}
        onFocus={() => setNear(true)}
      >
        <Icon aria-hidden size={15} />
        {text}
      </Link>
    </Button>
  )
  return <Tooltip text={resume ? text : (access ?? t.access.line.loading)}>{link}</Tooltip>
}

/** Connects, or says why not. */
export function useConnect(): (machine: Machine) => void {
  const t = useMessages()
  const toast = useToast()
  const navigate = useNavigate()
  return (machine) => {
    const { verdict, ways } = waysToConnect(machine)
    if (verdict === 'yes') {
      const params = { id: machine.id }
      const search = { rights: ways[0] ?? 'view' }
      void navigate({ to: '/machines/$id/session', params, search })
    } else {
      toast({ tone: 'danger', title: machine.name, body: t.machines.cannot[verdict] })
    }
  }
}
