/** Enrollment tokens. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const enrollment: Messages['enrollment'] = {
  title: 'Cadastro',
  intro:
    'Um token de cadastro permite que agentes peçam um lugar entre suas máquinas. Ele não concede mais nada, e as máquinas cadastradas continuam funcionando quando ele termina.',
  create: 'Criar token',
  columns: {
    name: 'Token',
    state: 'Estado',
    uses: 'Usos',
    expires: 'Expira',
    created: 'Criado',
  },
  state: { active: 'Ativo', expired: 'Expirado', usedUp: 'Esgotado', revoked: 'Revogado' },
  uses: (p) => `${p.uses} de ${p.max}`,
  usesUnlimited: (p) => `${p.uses}, sem limite`,
  by: (p) => `por ${p.name}`,
  revoke: 'Revogar',
  revokeLabel: (p) => `Revogar ${p.name}`,
  revokeTitle: (p) => `Revogar ${p.name}?`,
  revokeBody:
    'Nenhuma outra máquina poderá se cadastrar com ele. As que já se cadastraram continuam como estão.',
  revoked: (p) => `${p.name} foi revogado`,
  empty: {
    title: 'Nenhum token de cadastro',
    body: 'Crie um para adicionar sua primeira máquina. O comando a executar nela vem junto.',
  },
  form: {
    title: 'Criar um token de cadastro',
    name: 'Nome',
    nameHint: 'Para a lista e a auditoria; por exemplo, onde ficam as máquinas.',
    expires: 'Válido por',
    maxUses: 'Máquinas que pode cadastrar',
    unlimited: 'Sem limite',
    hours: (p) => plural(p.count, { one: '# hora', other: '# horas' }),
    days: (p) => plural(p.count, { one: '# dia', other: '# dias' }),
    submit: 'Criar token',
  },
  done: {
    title: 'O token está pronto',
    once: 'Ele só é mostrado desta vez. O Farol não guarda cópia que possa ser lida.',
    token: 'Token',
    copyToken: 'Copiar o token',
    command: 'Execute isto na máquina',
    copyCommand: 'Copiar o comando',
    then: 'Depois inicie o agente com farol-agent run. A máquina aparece na lista em segundos.',
    close: 'Concluir',
  },
}
