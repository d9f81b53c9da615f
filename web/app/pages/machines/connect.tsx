/** The ways into a session: a button for rows and pages, and the same as a function for keys. */
import { Link, useNavigate } from '@tanstack/react-router'
import { Eye, MonitorPlay } from 'lucide-react'

import { canConnect } from '~/api/can'
import type { Access, Machine } from '~/api/types'
import { useMessages } from '~/i18n'
import { useActiveSessions } from '~/session-slot'
import { Button } from '~/ui/lib/Button'
import { useToast } from '~/ui/lib/Toast'

/** Whether this tab holds a session with the machine already. */
export function useHasSession(machineId: string): boolean {
  return useActiveSessions().some(
    (session) => session.machineId === machineId && session.phase !== 'ended',
  )
}

interface ConnectButtonProps {
  machine: Machine
  rights?: Access
  look?: 'primary' | 'secondary' | 'quiet'
  size?: 'sm' | 'md'
}

/** Leads to the session. While the machine cannot be reached it stays visible, inert and says why. */
export function ConnectButton({
  machine,
  rights = 'control',
  look = 'secondary',
  size = 'md',
}: ConnectButtonProps) {
  const t = useMessages()
  const resume = useHasSession(machine.id)
  const verdict = canConnect(machine)
  const Icon = rights === 'view' ? Eye : MonitorPlay
  const text = resume
    ? t.machines.resume
    : rights === 'view'
      ? t.machines.viewOnly
      : t.machines.connect
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
  return (
    <Button look={look} size={size} asChild>
      <Link
        to="/machines/$id/session"
        params={{ id: machine.id }}
        search={{ rights }}
        preload={false}
        aria-label={label}
      >
        <Icon aria-hidden size={15} />
        {text}
      </Link>
    </Button>
  )
}

/** Connects, or says why not. */
export function useConnect(): (machine: Machine) => void {
  const t = useMessages()
  const toast = useToast()
  const navigate = useNavigate()
  return (machine) => {
    const verdict = canConnect(machine)
    if (verdict === 'yes') {
      const params = { id: machine.id }
      void navigate({ to: '/machines/$id/session', params, search: { rights: 'control' } })
    } else {
      toast({ tone: 'danger', title: machine.name, body: t.machines.cannot[verdict] })
    }
  }
}
