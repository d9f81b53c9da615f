/** What went wrong at an identity provider: the server leads back with its code and the request’s id in the fragment. */
import { useMemo } from 'react'

import { ApiProblem } from '~/api/problem'
import { forgetSecret, useSecret } from '~/fragment'

/** The problem that the address brought, if it brought one. */
export function useLandedProblem(): ApiProblem | null {
  const code = useSecret('problem')
  const requestId = useSecret('request')
  return useMemo(
    () =>
      code ? new ApiProblem({ status: 403, code, title: code, detail: '' }, { requestId }) : null,
    [code, requestId],
  )
}

/** It is over: something else was begun. */
export function forgetLandedProblem(): void {
  forgetSecret('problem')
  forgetSecret('request')
}
