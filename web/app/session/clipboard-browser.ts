/** The browser's clipboard. What it refuses or cannot do rejects; nothing here asks a person but `read` where the browser does. */
import { type Copied, NOTHING, normalized } from './copied'

/** The parts of the browser that are used; a test brings its own. */
export interface ClipboardAccess {
  read(): Promise<Copied>
  write(copied: Copied): Promise<void>
  permission(): Promise<ClipboardPermission>
  hasFocus(): boolean
}

/** Whether the page may read without asking each time. */
export type ClipboardPermission = 'granted' | 'prompt' | 'denied' | 'unsupported'

export const MIME = { text: 'text/plain', html: 'text/html', picture: 'image/png' } as const

export function browserClipboard(): ClipboardAccess {
  const clipboard = navigator.clipboard as Partial<Clipboard> | undefined
  return {
    read: () => read(clipboard),
    write: (copied) => write(clipboard, copied),
    permission: async () => {
      if (clipboard === undefined) return 'unsupported'
      try {
        const status = await navigator.permissions.query({
          name: 'clipboard-read' as PermissionName,
        })
        return status.state
      } catch {
        // Firefox and Safari know no such permission and ask at every read.
        return 'unsupported'
      }
    },
    hasFocus: () => document.hasFocus(),
  }
}

const refused = () => new Error('no clipboard')

async function read(clipboard: Partial<Clipboard> | undefined): Promise<Copied> {
  if (clipboard?.read === undefined) {
    if (clipboard?.readText === undefined) throw refused()
    return { ...NOTHING, text: normalized(await clipboard.readText()) }
  }
  const items = await clipboard.read()
  const blob = async (type: string) => {
    const item = items.find(({ types }) => types.includes(type))
    // One kind that cannot be had does not spoil the others.
    return item?.getType(type).catch(() => undefined)
  }
  const text = async (type: string) => {
    const content = await blob(type)
    return content === undefined ? null : normalized(await content.text())
  }
  const picture = await blob(MIME.picture)
  return {
    text: await text(MIME.text),
    html: await text(MIME.html),
    picture: picture === undefined ? null : new Uint8Array(await picture.arrayBuffer()),
  }
}

async function write(clipboard: Partial<Clipboard> | undefined, copied: Copied): Promise<void> {
  const { text, html, picture } = copied
  const plain = html === null && picture === null
  if (plain || clipboard?.write === undefined || typeof ClipboardItem === 'undefined') {
    if (text === null || clipboard?.writeText === undefined) throw refused()
    await clipboard.writeText(text)
    return
  }
  const blobs: Record<string, Blob> = {}
  for (const [kind, content] of [
    ['text', text],
    ['html', html],
    ['picture', picture],
  ] as const) {
    if (content !== null) blobs[MIME[kind]] = new Blob([content], { type: MIME[kind] })
  }
  await clipboard.write([new ClipboardItem(blobs)])
}

/** What a paste brings; its picture is read after the event. */
export async function pastedBy(data: PasteData): Promise<Copied> {
  const picture = data.picture === null ? null : await data.picture.arrayBuffer()
  return {
    text: data.text === '' ? null : normalized(data.text),
    html: data.html === '' ? null : normalized(data.html),
    picture: picture === null ? null : new Uint8Array(picture),
  }
}

/** What a paste event is asked for while it lasts. */
export interface PasteData {
  readonly text: string
  readonly html: string
  readonly picture: Blob | null
}

export function pasteData(data: DataTransfer | null): PasteData {
  const files = data === null ? [] : [...data.files]
  return {
    text: data?.getData(MIME.text) ?? '',
    html: data?.getData(MIME.html) ?? '',
    picture: files.find(({ type }) => type === MIME.picture) ?? null,
  }
}
