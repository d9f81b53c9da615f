/** The command that enrolls a machine. The token travels in the environment: arguments are visible to every process. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** For a POSIX shell. `server` is the address under which agents reach this server. */
export const enrollCommand = (server: string, token: string): string =>
  `FAROL_TOKEN=${quoted(token)} farol-agent enroll --server ${quoted(server)}`
