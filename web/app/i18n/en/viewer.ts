/** The viewer page and the remote session. */
import { pluralOf } from '../plural'
import { causes } from './viewer-causes'

const plural = pluralOf('en')

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
  interruption: {
    title: 'The session is interrupted',
    waitsFor: {
      network: 'Waiting for the network of this computer',
      server: 'Waiting for the server',
      machine: 'Waiting for the machine',
    },
    stale: 'The picture is the last one received.',
    keeps: 'What you type is kept and sent once, when the machine is back.',
    held: (p: { count: number }) =>
      plural(p.count, { one: '# action waits to be sent.', other: '# actions wait to be sent.' }),
  },

  waiting: {
    title: 'Waiting for a yes',
    asking: (p: { person: string; machine: string }) => `Asking ${p.person} at ${p.machine} …`,
    askingSomebody: (p: { machine: string }) => `Asking the person at ${p.machine} …`,
    wants: 'You asked for:',
    hint: 'They see your name and what you asked for. Nothing is shown to you before they agree.',
    cancel: 'Cancel the request',
  },

  keyChanged: {
    title: 'This machine’s key changed',
    body: (p: { machine: string }) =>
      `${p.machine} came with another key than the one that this browser knows. Nothing was sent to it.`,
    before: (p: { time: string }) => `Known since ${p.time}`,
    now: 'Now',
    why: 'Usually the agent or the whole machine was installed anew. It may also be that somebody stands between you and the machine and would see everything.',
    how: 'Have somebody at the machine read you the words that its agent shows. Only if they are those under “Now”, trust the new key.',
    compared: 'I compared the words with somebody at the machine: they are the same',
    trust: 'Trust the new key and connect',
    leave: 'Leave',
  },

  words: {
    open: 'Words of this machine',
    title: 'Verified by words',
    body: 'Have the person at the machine read you the words that its agent shows. If they are these, nobody stands in between.',
    since: (p: { time: string }) => `This browser knows the machine by this key since ${p.time}.`,
    first: 'This browser met the machine for the first time now.',
    notLasting:
      'This browser keeps nothing for this site: in another tab it will not know the machine again.',
    encrypted:
      'Everything between you and the machine is sealed with it; the server cannot read it.',
    unknown: 'They are here as soon as the machine is reached.',
  },

  rights: {
    open: (p: { rights: string }) => `What you may do: ${p.rights}`,
    title: 'What you may do',
    nothing: 'nothing yet',
    may: 'Allowed',
    waiting: 'Waiting for an answer',
    not: 'Not allowed',
    notInRoles: 'Not in your roles',
    ask: {
      view: 'Ask to see the screen',
      control: 'Ask for control',
      clipboard: 'Ask for the clipboard',
      files: 'Ask for files',
      terminal: 'Ask for a terminal',
    },
    hint: 'The person at the machine may be asked, and can take every right back at any time.',
    change: {
      granted: (p: { rights: string }) => `You now have: ${p.rights}.`,
      refused: (p: { rights: string }) => `Not agreed to at the machine: ${p.rights}.`,
      taken_back: (p: { rights: string }) =>
        `Taken back at the machine: ${p.rights}. The session goes on without it.`,
    },
    dismiss: 'Close this notice',
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
    nextMonitor: 'Next monitor',
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

  monitors: {
    all: 'All monitors',
    shown: (p: { name: string }) => `Monitor ${p.name}`,
    gone: (p: { name: string }) =>
      `The monitor ${p.name} is not there any more. You see all monitors until it is back.`,
    tooLarge: (p: { name: string }) =>
      `All monitors together are more than one picture can hold. You see ${p.name}.`,
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

  pointer: {
    capture: 'Capture the pointer, for games and 3-D programs',
    captured: 'The pointer belongs to the machine. Press Escape to get it back.',
    refused:
      'This browser does not let the pointer be captured now. Click the picture and try again.',
  },
  clipboard: {
    title: 'Clipboard',
    automatic:
      'Text, formatted text and pictures go both ways by themselves while the picture has the focus.',
    needsPermission:
      'This browser asks before it lets a page read the clipboard. Without it, paste with Ctrl + V in the picture.',
    denied:
      'Reading the clipboard is blocked for this site. Allow it in the browser’s site settings, or paste with Ctrl + V in the picture.',
    unsupported:
      'In this browser, paste with Ctrl + V in the picture to bring over what you copied.',
    closed: 'This session has no clipboard.',
    allow: 'Allow reading',
    offered: 'Copied on the machine',
    take: 'Copy to this computer',
    taken: 'Copied',
    /** What was copied when there is no plain text to show. */
    formatted: 'Formatted text',
    picture: (p: { width: number; height: number; size: string }) =>
      `A picture, ${p.width} × ${p.height}, ${p.size}`,
    withPicture: (p: { width: number; height: number; size: string }) =>
      `And a picture, ${p.width} × ${p.height}, ${p.size}`,
    coming: (p: { percent: number }) => `On its way: ${p.percent} %`,
    give: 'Text for the machine',
    send: 'Put on the machine’s clipboard',
    sent: 'Sent',
    problem: {
      too_big:
        'What was copied is too big. Text goes through the clipboard up to 1 MB, pictures up to 8 MB.',
      other_kind: 'What was copied on the machine is neither text nor a picture, and stays there.',
      malformed: 'What was copied as a picture cannot be read as one, and stays where it is.',
    },
  },

  people: {
    title: 'Who is connected',
    you: 'you',
    since: (p: { duration: string }) => `for ${p.duration}`,
    waiting: 'connecting',
  },

  company: {
    somebody: 'Somebody',
    atMachine: 'At the machine',
    guest: 'Guest',
    guestWord: 'guest',
    guestNamed: (p: { name: string }) => `${p.name} (guest)`,
    drives: 'Drives',
    watches: 'Watches',
    away: 'Interrupted',
    ask: 'Ask to drive',
    waits: 'You asked to drive and wait for an answer.',
    watching: (p: { name: string }) => `${p.name} drives, you watch.`,
    pointHint: 'Hold L to point something out.',
    nobodyDrives: 'Nobody drives.',
    wantsToDrive: (p: { name: string }) => `${p.name} would like to drive`,
    handOver: 'Hand over',
    handOverTo: (p: { name: string }) => `Hand over to ${p.name}`,
    notNow: 'Not now',
    refused: (p: { name: string }) => `${p.name} says: not now`,
    youDrive: 'You drive now',
    drivesNow: (p: { name: string }) => `${p.name} drives now`,
    laser: 'Laser pointer (hold L)',
    chat: {
      title: 'Chat',
      openUnread: (p: { count: number }) =>
        plural(p.count, { one: 'Chat, # new line', other: 'Chat, # new lines' }),
      unread: (p: { count: number }) => plural(p.count, { one: '# new', other: '# new' }),
      lines: 'What was said',
      endUser: (p: { name: string }) => `${p.name} (at the machine)`,
      nothing:
        'Nobody said anything yet. Whoever sits at the machine reads it, too; it is kept with the session.',
      field: 'Say something to everybody here',
      send: 'Send',
      later: 'Can be sent when the session is back',
      close: 'Close the chat',
    },
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
      queue: 'Agent’s queue',
      network: 'Network and relay',
      decode: 'Decode',
      draw: 'Draw',
    },
    total: 'Sum',
    roundTrip: 'Round trip',
    frames: 'Frames per second',
    video: 'Of these with video',
    bandwidth: 'Bandwidth',
    perSecond: (p: { amount: string }) => `${p.amount}/s`,
    total_received: 'Received',
    total_sent: 'Sent',
    frameSize: 'Last frame',
    picture: 'Picture',
    exact: 'exact',
    lossy: 'being refined',
    desktop: 'Desktop',
    monitor: 'Shown',
    shrunk: 'Made smaller, to',
    recent: 'Time per frame, newest on the right',
    save: 'Save for later',
    saveHint: 'The last ten minutes, picture by picture: times and sizes, nothing of what was seen',
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
    asking:
      'The person at the machine is being asked something; your input waits until they have answered.',
    chatting:
      'The chat window at the machine has the keyboard, and nobody else types there. Click elsewhere to type.',
    not_driving: 'Somebody else drives: what you do does not reach the machine.',
    hands_busy:
      'Keys of who drove before are still held down at the machine. Try again in a moment.',
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
    gaveUp: 'It was tried again until its time was up.',
    viewInstead: 'Connect to look only',
  },

  causes,
  otherCause: (p: { code: string }) => `The connection failed (${p.code})`,
}
