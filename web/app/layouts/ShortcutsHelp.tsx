/** The keyboard shortcuts, and the switch for those without a modifier. */
import { printed, useSingleKeys } from '~/components/shortcuts'
import { useMessages } from '~/i18n'
import { Dialog } from '~/ui/lib/Dialog'
import { Kbd } from '~/ui/lib/Kbd'
import { Switch } from '~/ui/lib/Switch'

interface Row {
  keys: string
  does: string
}

function Rows({ title, rows }: { title: string; rows: Row[] }) {
  return (
    <section className="min-w-0 flex-1">
      <h3 className="mb-1 text-xs font-semibold text-ink-3">{title}</h3>
      <dl>
        {rows.map(({ keys, does }) => (
          <div
            key={keys}
            className="flex h-8 items-center justify-between gap-4 border-b border-line text-sm"
          >
            <dt className="truncate">{does}</dt>
            <dd className="flex shrink-0 gap-1">
              {printed(keys).map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

export function ShortcutsHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { shell } = useMessages()
  const [singleKeys, setSingleKeys] = useSingleKeys()
  const { keys } = shell
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={shell.shortcuts}
      description={shell.shortcutsNote}
      wide
    >
      <div className="flex gap-8 max-sm:flex-col max-sm:gap-4">
        <Rows
          title={keys.anywhere}
          rows={[
            { keys: 'mod+k', does: keys.palette },
            { keys: '?', does: keys.help },
            { keys: 'g m', does: keys.goMachines },
            { keys: 'g s', does: keys.goSessions },
            { keys: 'g u', does: keys.goSupport },
            { keys: 'g e', does: keys.goEnrollment },
            { keys: 'g q', does: keys.goQuarantine },
            { keys: 'g d', does: keys.goDuplicates },
            { keys: 'g a', does: keys.goAudit },
          ]}
        />
        <Rows
          title={keys.list}
          rows={[
            { keys: '/', does: keys.search },
            { keys: '↓ ↑', does: keys.move },
            { keys: 'Enter', does: keys.open },
            { keys: 'c', does: keys.connect },
          ]}
        />
      </div>
      <div className="mt-4">
        <Switch label={shell.singleKeys} checked={singleKeys} onChange={setSingleKeys} />
      </div>
    </Dialog>
  )
}
