/**
 * `test` and `expect` of every end-to-end test, with one thing more: whatever the console asks the server for has to stand in
 * `docs/openapi.json`, by path, method, parameters, kind of content and status. A test in which it does not fails at its end, so that nothing is
 * in the console that a program could not do by the description alone.
 *
 * Event streams and pages are requests like others; what passes over WebSockets is no part of the description.
 */
import { test as base, type BrowserContext, type Response } from '@playwright/test'

import { Description } from './description'

export { expect } from '@playwright/test'

const description = Description.read()

export const test = base.extend<{ described: undefined }>({
  described: [
    async ({ browser, context }, use) => {
      const objections = new Set<string>()
      const look = (response: Response) => {
        const objection = description.objection(response)
        if (objection) objections.add(objection)
      }
      const listen = (one: BrowserContext) => one.on('response', look)
      listen(context)
      browser.on('context', listen)
      await use(undefined)
      browser.off('context', listen)
      base.expect([...objections], 'calls that the API description does not have').toEqual([])
    },
    { auto: true },
  ],
})
