/** Where the console starts. With `--mode mock` the API is answered inside the browser. */
import '~/styles/index.css'

import { createRoot } from 'react-dom/client'

import { App } from '~/App'
import { createConsole } from '~/console'
import { takeSecrets } from '~/fragment'

async function start() {
  takeSecrets()
  if (import.meta.env.MODE === 'mock') {
    const { startMockApi } = await import('@mock/browser')
    await startMockApi()
  }
  const element = document.getElementById('root')
  if (!element) throw new Error('index.html has no #root')
  createRoot(element).render(<App {...createConsole()} />)
}

void start()
