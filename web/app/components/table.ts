/** The look of the console's tables, in one place. */
export const tableFrame = 'overflow-x-auto rounded-lg border border-line bg-surface'
export const table = 'w-full border-collapse text-left text-sm'
export const headCell =
  'h-8 px-3 text-xs font-semibold whitespace-nowrap text-ink-3 first:pl-4 last:pr-4'
export const bodyRow = 'border-t border-line hover:bg-hover focus-within:bg-hover'
export const cell = 'h-9 px-3 py-1 align-middle first:pl-4 last:pr-4'
/** Columns that only larger windows have room for. */
export const fromMd = 'max-md:hidden'
export const fromLg = 'max-lg:hidden'
export const fromXl = 'max-xl:hidden'
/** A link whose target is its whole row; the row needs `relative`. Other controls of the row stand above it. */
export const rowLink =
  'font-semibold outline-none after:absolute after:inset-0 after:rounded-sm focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus'
export const aboveRowLink = 'relative z-1'
