/**
 * How the end-to-end tests run: one after the other (they own a whole machine's screen), in the system's Chromium.
 * The server, the agent and the display they talk to are real; `test/e2e/rig` starts them.
 */
import { defineConfig } from '@playwright/test'

const isRoot = process.getuid?.() === 0

export default defineConfig({
  testDir: './test/e2e',
  outputDir: './test-results/e2e',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    locale: 'en-US',
    trace: 'retain-on-failure',
    permissions: ['clipboard-read', 'clipboard-write'],
    launchOptions: {
      executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium',
      args: [
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        // The browser refuses to run as root with its sandbox on.
        ...(isRoot ? ['--no-sandbox'] : []),
      ],
    },
  },
})
