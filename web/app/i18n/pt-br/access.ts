/** Access rules, and what they mean for a machine. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const access: Messages['access'] = {
  title: 'Regras de acesso',
  intro:
    'A quem se pergunta antes que um técnico faça algo em uma máquina, e o que não é permitido. Vale a regra mais específica: máquina antes de etiqueta, etiqueta antes de local, local antes de organização. Uma máquina com várias etiquetas segue a mais rígida das regras delas.',
  ownersOnly:
    'Nenhum dos seus papéis permite ver e alterar regras de acesso. Peça um papel que permita a quem gerencia as pessoas na sua organização.',
  count: (p) => plural(p.count, { one: '# regra', other: '# regras' }),
  create: 'Criar regra',
  empty: {
    title: 'Nenhuma regra de acesso',
    body: 'Sem regra, nada se pergunta a quem está na máquina: os técnicos conectam na hora e podem fazer tudo o que o agente dela oferece. Crie uma regra para que se pergunte antes, ou para proibir algo.',
  },
  columns: {
    scope: 'Vale para',
    role: 'Papel',
    right: 'Direito',
    mode: 'A quem se pergunta',
    changed: 'Última alteração',
  },
  scopes: { organization: 'Organização', site: 'Local', tag: 'Etiqueta', machine: 'Máquina' },
  groups: {
    organization: 'Toda a organização',
    site: 'Locais',
    tag: 'Etiquetas',
    machine: 'Máquinas',
  },
  anyRole: 'Qualquer papel',
  roles: {
    requester: 'Solicitantes',
    viewer: 'Observadores',
    technician: 'Técnicos',
    administrator: 'Administradores',
    owner: 'Donos',
  },
  anyRight: 'Tudo',
  rights: {
    view: 'Ver',
    control: 'Controlar',
    clipboard: 'Área de transferência',
    files: 'Arquivos',
    terminal: 'Terminal',
  },
  modes: {
    unattended: { label: 'A ninguém', says: 'Os técnicos seguem sem pergunta.' },
    ask: {
      label: 'À pessoa na máquina',
      says: 'Sempre. Onde não há a quem perguntar, ou ninguém responde, a resposta é não.',
    },
    ask_if_logged_on: {
      label: 'A quem estiver logado',
      says: 'Nada se pergunta quando não há ninguém logado.',
    },
    never: { label: 'Não permitido', says: 'Ninguém pode fazer isto, mesmo que alguém concorde.' },
  },
  silence: 'Quando ninguém responde',
  silences: {
    refuse: { label: 'Recusar', says: 'Sem resposta é não.' },
    allow: { label: 'Permitir', says: 'O técnico segue quando acaba o tempo para responder.' },
  },
  silenceShort: { refuse: 'silêncio recusa', allow: 'silêncio permite' },
  by: (p) => `por ${p.name}`,
  byCommandLine: 'pela linha de comando do servidor',
  about: (p) => `${p.scope} · ${p.role} · ${p.right}`,
  actionsFor: (p) => `Ações para a regra ${p.rule}`,
  edit: 'Editar',
  remove: 'Excluir',
  removeTitle: 'Excluir esta regra de acesso?',
  removeBody: (p) =>
    `${p.rule}: a partir de agora valem regras mais amplas, ou nenhuma: então nada se pergunta. As sessões em andamento mantêm o que receberam, a não ser que uma regra mais ampla o proíba.`,
  removed: 'A regra de acesso foi excluída',
  created: 'A regra de acesso foi criada',
  changed: 'A regra de acesso foi alterada',
  form: {
    title: 'Criar regra de acesso',
    editTitle: 'Alterar a regra de acesso',
    editIntro: (p) => `${p.rule}. Para mudar de que ela trata, exclua-a e crie outra.`,
    scope: 'Vale para',
    organization: 'Organização',
    site: 'Local',
    sitesLoading: 'Carregando os locais…',
    tag: 'Etiqueta',
    tagHint: 'As máquinas que a têm, agora ou depois.',
    machine: 'Máquina',
    chooseMachine: 'Escolher máquina',
    changeMachine: 'Escolher outra máquina',
    chooseTitle: 'De que máquina trata a regra?',
    noMachine: 'Nenhuma máquina escolhida ainda.',
    role: 'Técnicos que são',
    right: 'Que querem',
    mode: 'A quem se pergunta',
    conflict: {
      title: 'Outra pessoa alterou esta regra antes',
      body: 'Por trás deste formulário está a regra como é agora. Salve de novo para substituir o que foi escolhido.',
    },
  },
  line: {
    label: 'Antes de conectar',
    loading: 'Perguntando o que é permitido…',
    part: (p) => `${p.rights}: ${p.says} (${p.source})`,
    says: {
      unattended: 'sem pergunta',
      ask: 'pergunta à pessoa',
      ask_if_logged_on: 'pergunta a quem estiver logado',
      never: 'não permitido',
    },
    allowedBySilence: 'pergunta a quem estiver logado, silêncio permite',
    source: {
      built_in: () => 'nenhuma regra',
      organization: () => 'regra da organização',
      site: (p) => `regra do local ${p.name}`,
      tag: (p) => `regra da etiqueta ${p.name}`,
      machine: () => 'regra desta máquina',
    },
    roles: 'seus papéis',
    rules: 'Regras de acesso',
  },
}
