/** What ends or interrupts a session and what can be done, by the code of an end, a problem or a connection. */
export const causes = {
  technician_ended: { title: 'Ended by the technician', detail: '' },
  end_user_ended: {
    title: 'Ended at the machine',
    detail: 'The person there ended it. Ask before you connect again.',
  },
  viewer_lost: {
    title: 'This browser’s connection was lost',
    detail: 'Check the network here, then connect again.',
  },
  agent_lost: {
    title: 'The agent’s connection was lost',
    detail: 'The machine may have restarted or lost its network.',
  },
  machine_offline: {
    title: 'The machine is offline',
    detail: 'Its agent has no connection to the server. It may be switched off or without network.',
  },
  no_answer: {
    title: 'The agent did not answer',
    detail: 'It is online, but did not come to the relay in time. Try again.',
  },
  agent_refused: { title: 'The agent refused', detail: 'It says why below, if it does.' },
  login_ended: { title: 'Your login ended', detail: 'Sign in again to connect.' },
  server_stopped: { title: 'The server was stopped', detail: 'Connect again once it runs.' },
  server_restarted: { title: 'The server was restarted', detail: 'Connect again.' },
  protocol_violation: {
    title: 'Unacceptable data was sent',
    detail:
      'Agent and console may be of different versions. Reload the page, then update the agent.',
  },
  machine_removed: {
    title: 'The machine was removed',
    detail: 'It is no longer managed here. Enroll it again to connect.',
  },
  machine_blocked: {
    title: 'The machine was blocked',
    detail: 'Somebody blocked this machine. It can be reached again when it is unblocked.',
  },
  machine_changed: {
    title: 'This may be another computer now',
    detail:
      'Another installation took the machine’s place, or its records were merged or separated. Look at the machine, then connect again.',
  },
  server_going_away: { title: 'The server restarts', detail: 'It is back in a moment.' },
  network_lost: {
    title: 'The server cannot be reached',
    detail: 'Check the network here, and whether the server runs.',
  },
  network: {
    title: 'The server cannot be reached',
    detail: 'Check the network here, and whether the server runs.',
  },
  peer_lost: {
    title: 'The agent’s connection was lost',
    detail: 'The machine may have restarted or lost its network.',
  },
  timed_out: {
    title: 'The agent did not come',
    detail: 'It is online, but did not reach the relay in time. Try again.',
  },
  bad_grant: {
    title: 'The relay did not accept this session',
    detail: 'Its permission is used up or too old. Connect again.',
  },
  session_gone: { title: 'The session is over', detail: 'It ended before this browser came.' },
  session_ended: { title: 'The session has ended', detail: '' },
  already_connected: {
    title: 'This session is open in another place',
    detail: 'A session has one viewer. Close the other one, or start a session of your own.',
  },
  origin_refused: {
    title: 'The server does not know this address',
    detail: 'Open the console at its own address, or set the server’s public address.',
  },
  malformed: {
    title: 'The relay could not read what this page sent',
    detail: 'Console and server may be of different versions. Reload the page.',
  },
  too_big: {
    title: 'A message was larger than the relay passes on',
    detail: 'Agent and server may be of different versions. Update the agent.',
  },
  too_fast: {
    title: 'More was sent than the relay passes on',
    detail: 'Wait a moment, then connect again.',
  },
  silent: {
    title: 'Nothing is heard from the agent',
    detail: 'The machine may be asleep or without network.',
  },
  pipe_done: { title: 'The agent ended the connection', detail: 'Connect again.' },
  pipe_shutting_down: { title: 'The agent is stopping', detail: 'It is back after its restart.' },
  pipe_timed_out: { title: 'The agent gave up waiting', detail: 'Try again.' },
  pipe_internal: { title: 'The agent has failed', detail: 'Its log on the machine says why.' },
  pipe_end_user: {
    title: 'The person at the machine ended it',
    detail: 'Ask before you connect again.',
  },
  pipe_version_not_supported: {
    title: 'Agent and console speak different versions',
    detail: 'Reload the page. If that does not help, update the agent.',
  },
  pipe_protocol_violation: {
    title: 'Agent and console do not understand each other',
    detail: 'Reload the page. If that does not help, update the agent.',
  },
  decoder_failed: {
    title: 'This browser cannot decode the picture',
    detail:
      'It does not run WebAssembly or cannot load it. Use a current browser, or reload the page.',
  },
  capability_missing: {
    title: 'The machine has no screen to show',
    detail: 'Its agent does not offer one.',
  },
  too_many_sessions: {
    title: 'Too many sessions are open',
    detail: 'End one of them and try again.',
  },
  not_found: {
    title: 'This machine is not known',
    detail: 'It was removed, or it never existed.',
  },
  not_signed_in: { title: 'You are signed out', detail: 'Sign in again to connect.' },
  consent_refused: {
    title: 'Refused at the machine',
    detail: 'The person there said no. Talk to them before you ask again.',
  },
  consent_timed_out: {
    title: 'Nobody answered at the machine',
    detail: 'Somebody is signed in there but did not answer in time. Call them, then ask again.',
  },
  nobody_to_ask: {
    title: 'Nobody is there who could agree',
    detail:
      'This machine is only reached with the consent of the person at it, and nobody is signed in. Try again when somebody is, or ask somebody who manages the access rules to change them.',
  },
  superseded: {
    title: 'This session goes on in another tab',
    detail: 'It was opened there and taken over. Connect again to have one of your own here.',
  },
  expired: {
    title: 'The session is too old',
    detail:
      'It was interrupted for ten minutes, its page was closed for one, or it was open for a day. Connect again.',
  },
  agent_restarted: {
    title: 'The agent was restarted',
    detail: 'It came back without this session, as after a restart of the machine. Connect again.',
  },
  handshake_failed: {
    title: 'Both ends could not agree on a secure connection',
    detail:
      'Something on the way changed what was sent, or the machine has another key than the server says. If it happens again, compare the words with the person at the machine.',
  },
  host_left: {
    title: 'Whoever invited you has left',
    detail: 'Their session is over, and with it yours.',
  },
  invitation_revoked: {
    title: 'Your invitation was revoked',
    detail: 'Ask whoever invited you if you should come back.',
  },
  access_changed: {
    title: 'What you may do was changed',
    detail:
      'Your role or an access rule changed meanwhile. Connect again with what is allowed now.',
  },
  access_never: {
    title: 'An access rule forbids this',
    detail: 'Ask somebody who manages the access rules to change it, or ask for less.',
  },
  session_over: { title: 'The session is over', detail: 'It ended before this browser came.' },
  attempt_hung: {
    title: 'No answer yet',
    detail: 'The server is there, but nothing came through in time. It is tried again.',
  },
}
