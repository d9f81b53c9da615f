/** Enrollment tokens. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const enrollment: Messages['enrollment'] = {
  title: 'Cadastro',
  intro:
    'Um token de cadastro permite que agentes peçam um lugar entre suas máquinas. Ele não concede mais nada, e as máquinas cadastradas continuam funcionando quando ele termina.',
  ownersOnly:
    'Nenhum dos seus papéis permite ver e criar tokens de cadastro. Peça um papel que permita a quem gerencia as pessoas na sua organização.',
  create: 'Criar token',
  show: 'Mostrar',
  filters: { all: 'Todos', active: 'Ativos', ended: 'Encerrados' },
  noneShown: { active: 'Nenhum token funciona no momento.', ended: 'Nenhum token terminou.' },
  columns: {
    name: 'Token',
    state: 'Estado',
    uses: 'Usos',
    approval: 'Aprovação',
    site: 'Local',
    networks: 'Redes',
    expires: 'Expira',
    created: 'Criado',
  },
  state: { active: 'Ativo', expired: 'Expirado', used_up: 'Esgotado', revoked: 'Revogado' },
  waiting: (p) => plural(p.count, { one: '# em espera', other: '# em espera' }),
  usesOf: (p) => `${p.uses} de ${p.max}`,
  usesUnlimited: (p) => `${p.uses}, sem limite`,
  usesLabel: (p) => `${p.uses}: máquinas cadastradas com ${p.name}`,
  anywhere: 'qualquer lugar',
  by: (p) => `por ${p.name}`,
  byCommandLine: 'pela linha de comando do servidor',
  actionsFor: (p) => `Ações para ${p.name}`,
  showUses: 'Máquinas cadastradas',
  edit: 'Editar',
  changed: (p) => `${p.name} foi alterado`,
  revoke: 'Revogar',
  revokeTitle: (p) => `Revogar ${p.name}?`,
  revokeBody:
    'Nenhuma outra máquina poderá se cadastrar com ele. As que já se cadastraram continuam como estão.',
  revoked: (p) => `${p.name} foi revogado`,
  empty: {
    title: 'Nenhum token de cadastro',
    body: 'Crie um para adicionar sua primeira máquina. O comando a executar nela vem junto.',
  },
  approvals: {
    when_doubtful: {
      label: 'Em caso de dúvida',
      says: 'O que é claramente uma máquina nova entra sozinho. O que parece uma máquina conhecida, ou uma sandbox, espera a decisão de uma pessoa.',
      then: 'A máquina aparece na lista em segundos ou, em caso de dúvida, espera uma decisão.',
    },
    first: {
      label: 'Sempre',
      says: 'Toda máquina que chega espera até que uma pessoa concorde.',
      then: 'A máquina então espera até que uma pessoa concorde.',
    },
    automatic: {
      label: 'Nunca',
      says: 'Ninguém é consultado, a menos que não esteja claro qual máquina é. Para redes em que você confia em todos os computadores.',
      then: 'A máquina aparece na lista em segundos.',
    },
  },
  form: {
    title: 'Criar um token de cadastro',
    editTitle: (p) => `Editar ${p.name}`,
    editIntro:
      'Vale para máquinas que se cadastrarem a partir de agora. O texto do token não muda.',
    name: 'Nome',
    nameHint: 'Para a lista e a auditoria; por exemplo, onde ficam as máquinas.',
    expires: 'Válido por',
    keepExpiry: (p) => `Como está (${p.when})`,
    maxUses: 'Máquinas que pode cadastrar',
    maxUsesHint: 'Vazio: qualquer número.',
    unlimited: 'Sem limite',
    sitesLoading: 'Consultando os locais…',
    approval: 'Uma pessoa precisa concordar',
    site: 'Local',
    department: 'Departamento',
    deviceType: 'Tipo de dispositivo',
    deviceTypeExample: 'notebook, servidor, quiosque',
    tags: 'Etiquetas',
    tagsHint: 'Separadas por vírgulas. As máquinas recebem o local, estes dados e as etiquetas.',
    networks: 'Somente destas redes',
    networksHint: 'Uma por linha. Vazio: de qualquer lugar.',
    hours: (p) => plural(p.count, { one: '# hora', other: '# horas' }),
    days: (p) => plural(p.count, { one: '# dia', other: '# dias' }),
    submit: 'Criar token',
    conflict: {
      title: 'Outra pessoa alterou este token enquanto isso',
      body: 'Salve de novo para aplicar o que você mudou aqui; o que você não tocou fica como a outra pessoa deixou.',
    },
  },
  uses: {
    title: (p) => `Máquinas cadastradas com ${p.name}`,
    waiting: (p) =>
      plural(p.count, {
        one: '# instalação pediu cadastro com este token e espera uma decisão.',
        other: '# instalações pediram cadastro com este token e esperam uma decisão.',
      }),
    none: 'Nenhuma máquina foi cadastrada com ele ainda.',
    machine: 'Máquina',
    when: 'Cadastrada',
    address: 'De',
    removed: 'removida',
    mergedInto: 'unida a',
  },
  done: {
    title: 'O token está pronto',
    once: 'Ele só é mostrado desta vez. O Farol não guarda cópia que possa ser lida.',
    token: 'Token',
    copyToken: 'Copiar o token',
    command: 'Execute isto na máquina',
    copyCommand: 'Copiar o comando',
    asking: 'Ou execute isto e cole o token, para que ele não fique no histórico do shell',
    copyAsking: 'Copiar o comando que pede o token',
    then: 'Depois inicie o agente com farol-agent run.',
    close: 'Concluir',
  },
}
