/** The viewer page and the remote session. Sentences for causes are keyed by code; end reasons add what can be done. */
export const viewer = {
  title: (p: { machine: string }) => `Session with ${p.machine}`,
  screenLabel: (p: { machine: string }) => `Screen of ${p.machine}`,
  keyboardLabel: (p: { machine: string }) =>
    `Keyboard of ${p.machine}. Control, Alt, Shift and M together lead back to the toolbar.`,
  clickToType: 'Click the picture to type on the machine',
  viewOnlyRights: 'This session may only look',

  progress: {
    label: 'Connecting',
    asking: 'Asking the machine',
    relay: 'Waiting for the machine at the relay',
    handshake: 'Agreeing on the connection',
    picture: 'Waiting for the first picture',
    detail: {
      asking: 'The server passes the request on to the agent.',
      relay: 'The agent was told and dials the server.',
      handshake: 'Both ends are there.',
      picture: 'The agent captures the screen.',
    },
  },
  reconnecting: {
    title: 'The connection is being restored',
    attempt: (p: { count: number }) => `Attempt ${p.count}`,
    stale: 'The picture is the last one received.',
  },

  toolbar: {
    label: 'Session toolbar',
    show: 'Show the toolbar',
    pin: 'Keep the toolbar open',
    unpin: 'Hide the toolbar when not in use',
    view: 'View',
    scale: 'Size',
    fit: 'Fit to window',
    actual: 'Actual size (1:1)',
    fullScreen: 'Full screen',
    leaveFullScreen: 'Leave full screen',
    monitors: 'Monitors',
    allMonitors: 'All monitors',
    monitor: (p: { name: string; size: string }) => `${p.name} · ${p.size}`,
    quality: 'Picture',
    qualityAuto: 'Automatic',
    qualityLossless: 'Always exact',
    qualityLow: 'Low bandwidth',
    keys: 'Send keys',
    clipboard: 'Clipboard',
    viewOnly: 'View only',
    viewOnlyOn: 'View only is on: nothing you do reaches the machine',
    statistics: 'Statistics',
    people: 'Who is connected',
    end: 'End session',
  },

  keys: {
    ctrlAltDel: 'Ctrl + Alt + Del',
    ctrlAltBackspace: 'Ctrl + Alt + Backspace',
    ctrlEsc: 'Ctrl + Esc',
    ctrlShiftEsc: 'Ctrl + Shift + Esc',
    altTab: 'Alt + Tab',
    altShiftTab: 'Alt + Shift + Tab',
    altF4: 'Alt + F4',
    meta: 'Windows key',
    metaL: 'Windows + L',
    metaR: 'Windows + R',
    metaD: 'Windows + D',
    printScreen: 'Print Screen',
    altPrintScreen: 'Alt + Print Screen',
    ctrlAltF1: 'Ctrl + Alt + F1',
    ctrlAltF7: 'Ctrl + Alt + F7',
    hint: 'In full screen, Chromium browsers pass nearly all keys on by themselves.',
    back: 'Back to the toolbar',
  },

  clipboard: {
    title: 'Clipboard',
    automatic: 'Text goes both ways by itself while the picture has the focus.',
    needsPermission:
      'This browser asks before it lets a page read the clipboard. Without it, paste with Ctrl + V in the picture.',
    denied:
      'Reading the clipboard is blocked for this site. Allow it in the browser’s site settings, or paste with Ctrl + V in the picture.',
    unsupported: 'In this browser, paste with Ctrl + V in the picture to bring text over.',
    closed: 'This session has no clipboard.',
    allow: 'Allow reading',
    offered: 'Copied on the machine',
    take: 'Copy to this computer',
    taken: 'Copied',
    give: 'Text for the machine',
    send: 'Put on the machine’s clipboard',
    sent: 'Sent',
    problem: {
      too_big: 'More than 1 MB of text does not go through the clipboard.',
      not_text: 'What was copied on the machine is not text. Only text comes over.',
    },
  },

  people: {
    title: 'Who is connected',
    you: 'you',
    since: (p: { duration: string }) => `for ${p.duration}`,
    waiting: 'connecting',
  },

  statistics: {
    title: 'Statistics',
    waiting: 'Nothing has changed on the screen yet.',
    fromInput: 'From your hand to the picture',
    fromDamage: 'From the change on the screen to the picture',
    stages: {
      input: 'Input to the agent',
      react: 'Machine reacts',
      capture: 'Capture',
      encode: 'Encode',
      queue: 'Queue at the agent',
      network: 'Network',
      decode: 'Decode',
      draw: 'Draw',
    },
    total: 'Sum',
    roundTrip: 'Round trip',
    frames: 'Frames per second',
    bandwidth: 'Bandwidth',
    perSecond: (p: { amount: string }) => `${p.amount}/s`,
    total_received: 'Received',
    total_sent: 'Sent',
    frameSize: 'Last frame',
    picture: 'Picture',
    exact: 'exact',
    lossy: 'being refined',
    desktop: 'Desktop',
    recent: 'Time per frame, newest on the right',
  },

  screen: {
    ok: { title: 'There is a picture', detail: '' },
    no_display: {
      title: 'The machine has no display running',
      detail:
        'Nobody is signed in at a graphical session, or the agent was not told of it. The picture appears by itself once there is one.',
    },
    access_denied: {
      title: 'The display refuses the agent',
      detail:
        'The agent runs as a user who may not open it. Run the agent as root or as the person who is signed in.',
    },
    locked: {
      title: 'The screen is locked',
      detail: 'Sign in on the machine to go on.',
    },
    log_on: {
      title: 'Nobody is logged on',
      detail: 'The log-on screen is in front. Sign in on the machine to see a desktop.',
    },
    blank: {
      title: 'The screen is blank',
      detail: 'A screen saver or power saving turned it off. Move the mouse or press a key.',
    },
    lost: {
      title: 'The display went away',
      detail: 'Its server stopped or restarts. The agent looks for it again by itself.',
    },
    unsupported: {
      title: 'This display cannot be captured',
      detail: 'The agent does not know this kind of display or lacks an extension of it.',
    },
    unknown: {
      title: 'The machine reports a state this console does not know',
      detail: 'The agent may be newer than the server. Update the server.',
    },
    said: (p: { detail: string }) => `The agent says: ${p.detail}`,
  },

  refused: {
    view_only: 'This session may only look; the machine refuses input.',
    no_display: 'There is no display that could take input.',
    too_fast: 'Input came faster than the machine takes it; some moves were left out.',
    other: 'The machine refuses input just now.',
  },

  end: {
    title: 'The session has ended',
    failedTitle: 'There is no session',
    by: (p: { name: string }) => `By ${p.name}.`,
    byYou: 'You ended it.',
    lasted: (p: { duration: string }) => `It lasted ${p.duration}.`,
    reconnect: 'Connect again',
    back: 'Back to the machine',
    requestId: (p: { id: string }) => `Request ${p.id}`,
    said: (p: { detail: string }) => `In detail: ${p.detail}`,
    gaveUp: 'It could not be restored within two minutes.',
  },

  /** What happened and what can be done, by the code of an end, a problem or a connection. */
  causes: {
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
      detail:
        'Its agent has no connection to the server. It may be switched off or without network.',
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
    relay_not_trusted: {
      title: 'The agent did not trust the connection',
      detail:
        'Between the machine and this server somebody shows a certificate of their own, such as a company’s inspection of traffic. Exempt this server’s address from it, or give the agent that authority’s certificate with --ca-file.',
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
      title: 'Nothing was heard from the agent for 15 seconds',
      detail: 'The machine may be asleep or without network.',
    },
    pipe_done: { title: 'The agent ended the connection', detail: 'Connect again.' },
    pipe_shutting_down: { title: 'The agent is stopping', detail: 'It is back after its restart.' },
    pipe_timed_out: { title: 'The agent gave up waiting', detail: 'Try again.' },
    pipe_internal: { title: 'The agent has failed', detail: 'Its log on the machine says why.' },
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
  },
  otherCause: (p: { code: string }) => `The connection failed (${p.code})`,
}
