/** The list of machines and the page of one machine. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const machines: Messages['machines'] = {
  title: 'Máquinas',
  count: (p) => plural(p.count, { one: '# máquina', other: '# máquinas' }),
  searchLabel: 'Buscar máquinas',
  searchPlaceholder: 'Palavras, ou tag:lab os:debian seen:<2d',
  show: 'Mostrar',
  filters: { all: 'Todas', online: 'Online', offline: 'Offline', blocked: 'Bloqueadas' },
  add: 'Adicionar máquina',
  online: 'Online',
  offline: 'Offline',
  columns: {
    name: 'Máquina',
    system: 'Sistema',
    user: 'Usuário',
    sessions: 'Em sessão',
    agent: 'Agente',
    status: 'Estado',
  },
  nobody: 'ninguém',
  offlineSince: 'Offline ·',
  never: 'nunca',
  moreUsers: (p) => `${p.first} +${p.count}`,
  connect: 'Conectar',
  connectTo: (p) => `Conectar a ${p.machine}`,
  resume: 'Voltar à sessão',
  watch: 'Assistir',
  viewOnly: 'Só visualizar',
  empty: {
    title: 'Nenhuma máquina ainda',
    body: 'Uma máquina aparece aqui assim que o agente dela é cadastrado. São dois passos:',
    byOwners:
      'Nenhum dos seus papéis permite adicionar máquinas. Quem gerencia o cadastro na sua organização as adiciona; elas aparecem aqui na hora.',
    steps: ['Crie um token de cadastro.', 'Execute na máquina o comando que ele mostra.'],
    action: 'Ir para Cadastro',
  },
  noneOnline: 'Nenhuma máquina está online.',
  noneOffline: 'Nenhuma máquina está offline.',
  noneBlocked: 'Nenhuma máquina está bloqueada.',
  cannot: {
    notAllowed:
      'Nenhum dos seus papéis permite ver a tela desta máquina. Fale com quem gerencia pessoas.',
    blocked: 'A máquina está bloqueada. Desbloqueie-a para conectar.',
    offline: 'A máquina está offline. Você poderá conectar assim que ela voltar.',
    noScreen: 'O agente desta máquina não oferece tela.',
  },
  facts: 'Dados',
  fact: {
    system: 'Sistema',
    architecture: 'Arquitetura',
    hostname: 'Nome do host',
    users: 'Usuários',
    agent: 'Versão do agente',
    address: 'Endereço',
    screen: 'Tela',
    site: 'Local',
    capabilities: 'Recursos',
    doors: 'Alcançada por',
    enrolled: 'Cadastrada',
    lastSeen: 'Vista por último',
    id: 'Id da máquina',
  },
  since: (p) => `desde ${p.time}`,
  copyId: 'Copiar o id da máquina',
  screenUnknown: 'Desconhecida enquanto a máquina está offline',
  history: 'Sessões',
  noHistory: 'Ninguém se conectou a esta máquina ainda.',
  rename: 'Renomear',
  renameTitle: 'Renomear a máquina',
  name: 'Nome',
  nameHint: (p) => `O nome do host continua ${p.hostname}.`,
  renamed: (p) => `A máquina agora se chama ${p.name}`,
  conflict: {
    title: 'Outra pessoa a renomeou antes',
    body: (p) => `Agora ela se chama “${p.name}”. Salve de novo para substituir esse nome.`,
  },
  move: {
    menu: 'Mover para outro local',
    title: (p) => `Mover ${p.name} para outro local`,
    intro: 'A partir daí valem para ela as regras de acesso desse local.',
    site: 'Local',
    action: 'Mover',
    onlyOne: 'A organização dela ainda não tem outro local.',
    moved: (p) => `${p.name} agora fica em ${p.site}`,
    conflict: {
      title: 'Outra pessoa alterou enquanto isso',
      body: (p) => `Agora fica em “${p.site}”. Mova de novo para que fique em outro.`,
    },
  },
  remove: 'Remover máquina',
  removeTitle: (p) => `Remover ${p.name}?`,
  removeBack: 'Para trazê-la de volta, cadastre-a de novo com um novo token.',
  removed: (p) => `${p.name} foi removida`,
  thisMachine: {
    title: 'Esta máquina',
    working: 'Um momento…',
    unheard:
      'Sua equipe de suporte não a vê no momento, porque não chega nada do agente dela. O agente está em execução e há rede?',
    only: 'O agente dela fez você entrar. Aqui você vê só esta máquina e nada mais, e ter entrado não mostra a sua tela a ninguém.',
    leave: 'Sair',
    left: {
      title: 'Você saiu',
      body: 'Para voltar, abra esta página pelo agente na máquina.',
    },
    refused: {
      link_invalid: {
        title: 'Este link não funciona mais',
        detail:
          'Ele funciona uma vez e por dois minutos. Abra esta página de novo pelo agente na máquina.',
      },
      machine_login_missing: {
        title: 'Você não entrou aqui',
        detail: 'Abra esta página pelo agente na máquina: só o endereço não basta.',
      },
      machine_blocked: {
        title: 'Sua equipe de suporte bloqueou esta máquina',
        detail: 'Pergunte o motivo. Depois do desbloqueio, abra esta página de novo pelo agente.',
      },
    },
  },
}
