/** The commands that enroll a machine. Never the token among the arguments: those are visible to every process. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** For a POSIX shell, complete. `server` is the address under which agents reach this server. */
export const enrollCommand = (server: string, token: string): string =>
  `FAROL_TOKEN=${quoted(token)} farol-agent enroll --server ${quoted(server)}`

/** The same without the token, which is asked for: nothing of it stays in the history of the shell. */
export const askingCommand = (server: string): string =>
  `farol-agent enroll --server ${quoted(server)} --token-file -`
