/** Looks up a code of the API in a table of messages: codes of a newer server have no sentence here yet. */
export const byCode = <Value>(
  table: Readonly<Record<string, Value>>,
  code: string,
): Value | undefined => (Object.hasOwn(table, code) ? table[code] : undefined)
