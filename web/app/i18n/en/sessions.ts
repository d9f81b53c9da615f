/** Session history, on its own page and on the page of a machine. */
export const sessions = {
  title: 'Sessions',
  columns: {
    machine: 'Machine',
    technician: 'Technician',
    rights: 'Rights',
    started: 'Started',
    duration: 'Duration',
    data: 'Data',
    end: 'State',
  },
  dataHint: 'Received by the viewer',
  end: 'End',
  endLabel: (p: { machine: string; technician: string }) =>
    `End the session of ${p.technician} with ${p.machine}`,
  endTitle: 'End this session?',
  endBody: (p: { machine: string; technician: string }) =>
    `${p.technician} loses the connection to ${p.machine} at once.`,
  ended: 'The session was ended',
  by: (p: { reason: string; name: string }) => `${p.reason}: ${p.name}`,
  empty: {
    title: 'No sessions yet',
    body: 'Every session that anybody opens is kept here: who, which machine, how long, and why it ended.',
    action: 'Go to Machines',
  },
  searchLabel: 'Filter the sessions that are loaded',
  searchPlaceholder: 'Machine, technician, reason',
  notConnected: 'not connected',
}
