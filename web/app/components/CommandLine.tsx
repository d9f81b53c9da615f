/** A command to run elsewhere, with a button that copies it. */
import { CopyButton } from '~/ui/lib/CopyButton'

interface CommandLineProps {
  text: string
  /** What is copied, for the button. */
  copyLabel: string
}

export const CommandLine = ({ text, copyLabel }: CommandLineProps) => (
  <div className="flex items-start gap-1 rounded-md border border-line bg-sunken py-1 pr-1 pl-3">
    <code className="min-w-0 flex-1 py-1 font-mono text-xs leading-5 break-all select-all">
      {text}
    </code>
    <CopyButton text={text} label={copyLabel} />
  </div>
)
