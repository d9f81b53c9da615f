/** The details of an audit entry as one line. They are open-ended, so names and values are shown as they are. */
const shownValue = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

export const detailText = (detail: Readonly<Record<string, unknown>>): string =>
  Object.entries(detail)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name.replaceAll('_', ' ')}: ${shownValue(value)}`)
    .join(' · ')
