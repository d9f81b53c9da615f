/** A small turning ring; the text beside it says what is happening. */
import { LoaderCircle } from 'lucide-react'

export const Spinner = ({ size = 14 }: { size?: number }) => (
  <LoaderCircle
    aria-hidden
    size={size}
    className="shrink-0 animate-spin motion-reduce:animate-none"
  />
)
