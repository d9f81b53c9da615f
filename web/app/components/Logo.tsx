/** The lighthouse. Colors come from the navigation tokens, so it stands on navy in both themes. */
export const Logo = ({ size = 24 }: { size?: number }) => (
  <svg aria-hidden width={size} height={size} viewBox="2 2 30 28" className="shrink-0">
    <path d="M18 9.4 32 5v10l-14-3.6z" className="fill-beam" />
    <path d="M12 9.6 3.4 7.6v5.8L12 11.4z" className="fill-beam opacity-45" />
    <path d="m15 2.8 4.2 4.4h-8.4z" className="fill-nav-ink" />
    <path d="M12 8h6v5h-6z" className="fill-beam" />
    <path
      d="M10.4 13.6h9.2v1.8h-9.2zM11.8 16.2h6.4l.5 3.9h-7.4zM11 21.4h8l1.1 8.2H9.9z"
      className="fill-nav-ink"
    />
  </svg>
)
