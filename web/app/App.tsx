/** The providers around every page, outermost first: data, language, tooltips, toasts, router. */
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'

import type { Console } from '~/console'
import { I18nProvider } from '~/i18n'
import { useAppliedTheme } from '~/theme'
import { ToastProvider } from '~/ui/lib/Toast'
import { TooltipProvider } from '~/ui/lib/Tooltip'

export function App({ queryClient, router }: Console) {
  useAppliedTheme()
  return (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <I18nProvider>
          <TooltipProvider>
            <ToastProvider>
              <RouterProvider router={router} />
            </ToastProvider>
          </TooltipProvider>
        </I18nProvider>
      </QueryClientProvider>
    </StrictMode>
  )
}
