/**
 * How the console is built and tested.
 *
 * `--mode mock` builds the same application in front of `mock-api/`, so that it runs without a server.
 * Everything else talks to a `farol` at FAROL_DEV_SERVER (default http://127.0.0.1:8480) through the dev proxy.
 */
import { fileURLToPath } from 'node:url'

import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const serverProxy = {
  '/api': { target: process.env['FAROL_DEV_SERVER'] ?? 'http://127.0.0.1:8480', ws: true },
}

export default defineConfig(({ mode }) => ({
  plugins: [react(), tailwindcss()],
  publicDir: mode === 'mock' ? here('./mock-api/public') : here('./public'),
  resolve: {
    alias: {
      '~': here('./app'),
      '@mock': here('./mock-api'),
      // The original writes a <style> element, which the console's content security policy refuses.
      'react-remove-scroll': here('./app/ui/lib/remove-scroll.tsx'),
    },
  },
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0, // data: URLs would need an exception in the content security policy
    sourcemap: false,
    chunkSizeWarningLimit: 700,
  },
  worker: { format: 'es' as const },
  server: {
    host: '127.0.0.1',
    proxy: mode === 'mock' ? undefined : serverProxy,
  },
  test: {
    environment: 'jsdom',
    // Nothing else runs meanwhile, so no core is kept free.
    maxWorkers: '100%',
    environmentOptions: { jsdom: { url: 'http://127.0.0.1/' } },
    setupFiles: ['./app/testing/setup.ts'],
    include: ['app/**/*.test.{ts,tsx}', 'mock-api/**/*.test.ts'],
    restoreMocks: true,
    testTimeout: 60_000,
  },
}))
