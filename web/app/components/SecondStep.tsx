/** The second step of a sign-in, wherever the password was given: one of the account's second factors. */
import { ArrowLeft } from 'lucide-react'

import { showSecondFactor } from '~/api/factors'
import type { ApiProblem } from '~/api/problem'
import type { Me, SecondFactorAsked } from '~/api/types'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'

import { ProofForm } from './ProofForm'

interface SecondStepProps {
  asked: SecondFactorAsked
  onEntered: (me: Me) => void
  /** Back to the password; with the reason when the server asks for that. */
  onBack: (problem: ApiProblem | null) => void
}

export function SecondStep({ asked, onEntered, onBack }: SecondStepProps) {
  const { secondStep: t } = useMessages().proof
  return (
    <div className="flex flex-col gap-4">
      <p className="text-ink-2">{t.intro}</p>
      <ProofForm
        kinds={asked.kinds}
        passkey={asked.passkey_options}
        prove={(proof) => showSecondFactor(asked.token, proof)}
        onProved={onEntered}
        onFailed={(problem) => {
          if (problem.code === 'sign_in_over') onBack(problem)
        }}
      />
      <div className="border-t border-line pt-3">
        <Button look="quiet" size="sm" className="-ml-2" onClick={() => onBack(null)}>
          <ArrowLeft aria-hidden size={14} />
          {t.back}
        </Button>
      </div>
    </div>
  )
}
