/** Quarantine: why somebody waits, what is known of them, and what can be decided. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const quarantine: Messages['quarantine'] = {
  title: 'Quarentena',
  intro:
    'Instalações que o Farol não toma por uma máquina por conta própria. Até que alguém decida, não recebem nada: nenhum comando, nenhuma sessão.',
  waitingCount: (p) => `${p.count} em espera`,
  show: 'Mostrar',
  tabs: { waiting: 'Em espera', decided: 'Decididas' },
  columns: {
    who: 'Nome do host',
    why: 'Por que espera',
    system: 'Sistema',
    address: 'Endereço',
    seen: 'Último pedido',
    attempts: 'Tentativas',
    token: 'Token',
    outcome: 'Decisão',
    by: 'Por',
    when: 'Quando',
    machine: 'Máquina',
  },
  empty: {
    title: 'Ninguém espera',
    body: 'Recém-chegadas que precisam de aprovação, cópias de máquinas e casos duvidosos aparecem aqui assim que pedem.',
  },
  emptyDecided: {
    title: 'Nada foi decidido ainda',
    body: 'Cada decisão fica aqui: quem decidiu, quando e no que deu.',
  },
  select: (p) => `Selecionar ${p.name}`,
  selectAll: 'Selecionar todas as listadas',
  selected: (p) => plural(p.count, { one: '# selecionada', other: '# selecionadas' }),
  clearSelection: 'Limpar a seleção',
  state: {
    waiting: 'Em espera',
    approved_new: 'Máquina nova',
    approved_same: 'Máquina conhecida',
    refused: 'Recusada',
  },
  yetToCome: 'Ainda não se cadastrou',
  sentAway: 'Dispensada',
  said: (p) => `“${p.reason}”`,
  mayOnlyLook:
    'Nenhum dos seus papéis permite decidir. Fale com quem gerencia as máquinas na sua organização.',
  back: 'Quarentena',
  whyHeading: 'Por que espera',
  cause: 'Causa usual',
  advice: 'O que fazer',
  facts: 'Quem pede',
  fact: {
    hostname: 'Nome do host',
    system: 'Sistema',
    address: 'Endereço',
    agent: 'Versão do agente',
    first: 'Primeiro pedido',
    last: 'Último pedido',
    attempts: 'Tentativas',
    token: 'Token',
    key: 'Chave dela',
    uid: 'Uid da máquina',
    door: 'Pede por',
  },
  door: { agent: 'Agente do Farol', helpdesk: 'Agente do helpdesk' },
  noToken: 'nenhum: possui a chave de uma máquina',
  noTokenHelpdesk: 'nenhum: o segredo de provisionamento deixou que pedisse',
  tokenGone: 'um token que não está mais na lista',
  claims: 'Tudo isto é o que a instalação diz de si mesma. Quem copia um disco pode dizer o mesmo.',
  compare: 'Comparada com máquinas conhecidas',
  nothingToCompare: 'Nenhuma máquina conhecida tem algo disto.',
  holdsKey: (p) => `Possui a chave de ${p.machine}`,
  sharesEvidence: (p) => `Tem evidências em comum com ${p.machine}`,
  isBlocked: (p) =>
    `${p.machine} está bloqueada. Quem se tornar ela fica de fora até o desbloqueio.`,
  evidence: {
    caption: (p) => `${p.left} ao lado de ${p.right}`,
    kind: 'Evidência',
    verdict: 'Resultado',
    thisOne: 'Esta instalação',
    agrees: 'igual',
    differs: 'diferente',
    unknown: 'não comparável',
    untold: 'não informado',
    kinds: {
      smbios_uuid: 'UUID do hardware',
      board_serial: 'Número de série da placa',
      system_serial: 'Número de série do sistema',
      disk_serial: 'Números de série dos discos',
      os_install_id: 'Instalação do sistema',
    },
  },
  decide: 'Decidir',
  decidedBy: (p) => `${p.name} decidiu em ${p.time}.`,
  asNew: {
    action: 'Máquina nova',
    says: 'Passa a ser uma máquina própria, com registro e nome próprios.',
    saysCopy:
      'Passa a ser uma máquina própria. Como possui a chave de outra máquina, o agente se cadastra de novo com uma chave própria na próxima tentativa, em até dois minutos.',
    confirmTitle: (p) => `Deixar ${p.name} entrar como máquina nova?`,
    mayBeKnown:
      'Pode ser uma máquina conhecida. Ela teria então dois registros: o antigo, com nome e histórico, e um novo, sem eles.',
    besideBlocked: (p) =>
      `Pode ser ${p.machine}, que está bloqueada. Como máquina nova, passaria pelo bloqueio.`,
    done: (p) => `${p.name} entra como máquina nova`,
    doneCopy: (p) => `${p.name} se cadastra de novo em até dois minutos`,
  },
  asMachine: {
    action: (p) => `Esta é ${p.machine}`,
    choose: 'Esta é outra máquina conhecida…',
    says: 'A máquina mantém nome e histórico e recebe a chave desta instalação. O que falava por ela antes perde o lugar.',
    saysHelpdesk:
      'A máquina mantém nome e histórico, e este agente de helpdesk fala por ela. Outro agente de helpdesk que o fazia antes perde o lugar; um agente do Farol mantém o seu.',
    otherKey: (p) =>
      `Possui a chave de ${p.machine}, por isso só pode se tornar essa máquina ou uma nova.`,
    title: 'Que máquina é?',
    confirmTitle: (p) => `${p.name} é ${p.machine}?`,
    online: (p) =>
      `${p.machine} está online agora. A conexão atual dela termina, e o que está conectado ali passa a esperar na quarentena.`,
    done: (p) => `${p.name} é ${p.machine} a partir de agora`,
  },
  refuse: {
    action: 'Recusar',
    says: 'O agente é informado de que não tem lugar aqui e para de pedir.',
    title: (p) => `Recusar ${p.name}?`,
    reason: 'Motivo',
    reasonHint: 'Para os registros de auditoria e quem vê a decisão; a máquina não fica sabendo.',
    done: (p) => `${p.name} foi recusada`,
  },
  bulk: {
    approve: 'Deixar entrar como máquinas novas',
    refuse: 'Recusar',
    approveTitle: (p) =>
      plural(p.count, {
        one: 'Deixar # instalação entrar como máquina nova?',
        other: 'Deixar # instalações entrarem como máquinas novas?',
      }),
    refuseTitle: (p) =>
      plural(p.count, { one: 'Recusar # instalação?', other: 'Recusar # instalações?' }),
    approveSays:
      'Cada uma passa a ser uma máquina própria. Cópias que possuem a chave de outra máquina se cadastram de novo na próxima tentativa, em até dois minutos.',
    refuseSays: 'Os agentes são informados de que não têm lugar aqui e param de pedir.',
    looksKnown: (p) =>
      plural(p.count, {
        one: '# delas pode ser uma máquina conhecida e viraria um segundo registro dela. Veja-a antes.',
        other:
          '# delas podem ser máquinas conhecidas e virariam segundos registros delas. Veja-as antes.',
      }),
    progress: (p) => `${p.done} de ${p.all}`,
    approved: (p) => plural(p.count, { one: '# entrou', other: '# entraram' }),
    refused: (p) => plural(p.count, { one: '# foi recusada', other: '# foram recusadas' }),
    left: (p) =>
      plural(p.count, {
        one: 'Você parou: # ainda espera.',
        other: 'Você parou: # ainda esperam.',
      }),
    failed: (p) =>
      plural(p.count, {
        one: 'Não foi possível decidir sobre #: ainda espera ou outra pessoa já decidiu.',
        other: 'Não foi possível decidir sobre #: ainda esperam ou outra pessoa já decidiu.',
      }),
    first: (p) => `A primeira: ${p.problem}`,
  },
  reasons: {
    approve_first: {
      why: 'O token dela exige aprovação de toda recém-chegada.',
      cause: 'O token foi criado assim. Nada pesa contra esta instalação.',
      advice: 'Se você a espera, deixe-a entrar como máquina nova; senão, recuse.',
    },
    sandbox: {
      why: 'Parece um ambiente de análise que executou o instalador.',
      cause:
        'Serviços antivírus executam cada instalador que encontram, e essa execução pede cadastro.',
      advice: 'Recuse, a menos que seja uma máquina sua com um nome infeliz.',
    },
    other_hardware: {
      why: 'Possui a chave de uma máquina conhecida, mas o hardware é outro.',
      cause:
        'Um disco foi copiado ou posto em outro computador, ou uma máquina virtual foi clonada de uma imagem em que o agente já estava cadastrado.',
      advice:
        'Se a máquina conhecida ainda existe, esta é uma cópia: deixe-a entrar como máquina nova. Se o disco mudou para cá de vez, é aquela máquina.',
    },
    hardware_doubtful: {
      why: 'Possui a chave de uma máquina conhecida, mas o hardware só coincide em parte.',
      cause: 'Peças foram trocadas, ou uma máquina virtual foi movida ou convertida.',
      advice:
        'Se é o mesmo computador depois de um conserto, é aquela máquina. Se as duas existem, deixe-a entrar como máquina nova.',
    },
    copy: {
      why: 'Duas cópias de uma instalação estão conectadas ao mesmo tempo.',
      cause: 'Um disco ou uma máquina virtual foi clonado depois do cadastro do agente.',
      advice:
        'Deixe a cópia entrar como máquina nova. Execute farol-agent prepare-image antes da próxima imagem, e nenhuma cópia terá de esperar.',
    },
    copy_alive: {
      why: 'Um instantâneo foi restaurado no lugar dela, mas ela continua viva.',
      cause: 'Um instantâneo foi iniciado ao lado da máquina da qual foi tirado.',
      advice: 'Deixe-a entrar como máquina nova, ou desligue uma das duas e recuse-a.',
    },
    former_key: {
      why: 'Usa uma chave que a de outra instalação substituiu.',
      cause:
        'A máquina foi reinstalada ou dada a outra instalação, e a antiga ainda roda ou voltou de um backup.',
      advice:
        'Se esta deve voltar a falar pela máquina, escolha essa máquina. Se é outro computador, deixe-a entrar como nova. Se é um resto, recuse.',
    },
    merged_both_alive: {
      why: 'O registro dela foi unido a uma máquina cujo agente também está vivo.',
      cause: 'Dois computadores diferentes foram unidos por engano.',
      advice: 'Desfaça a união na página da máquina, ou deixe esta entrar como máquina nova.',
    },
    uid_online: {
      why: 'O hardware é o de uma máquina que está online.',
      cause:
        'Uma máquina virtual foi clonada com os identificadores de hardware, ou alguém se passa por aquela máquina.',
      advice:
        'Se você conhece a cópia, deixe-a entrar como máquina nova; se ninguém a conhece, recuse.',
    },
    uid_blocked: {
      why: 'O hardware é o de uma máquina bloqueada.',
      cause: 'O agente foi instalado de novo em uma máquina que alguém bloqueou.',
      advice: 'Recuse. Ou primeiro desbloqueie a máquina e depois escolha essa máquina.',
    },
    reinstalled: {
      why: 'Muito provavelmente é uma máquina conhecida que foi reinstalada.',
      cause: 'O sistema ou o agente foi instalado de novo: mesmo hardware, chave nova.',
      advice: 'Escolha essa máquina: ela mantém o nome e o histórico.',
    },
    ambiguous: {
      why: 'O hardware serve a várias máquinas.',
      cause: 'A mesma máquina tem vários registros, ou o fabricante deu a muitas o mesmo número.',
      advice:
        'Compare com cada uma. Se duas delas são uma só máquina, una essas primeiro; se nenhuma serve, deixe-a entrar como nova.',
    },
    partial: {
      why: 'Só uma parte do hardware coincide com uma máquina conhecida.',
      cause: 'Um disco ou uma placa de uma máquina conhecida foi montado nesta.',
      advice: 'Em geral é uma máquina nova. Se é a conhecida depois de um conserto, escolha-a.',
    },
  },
  reasonsOfHelpdesk: {
    approve_first: {
      why: 'Uma pessoa precisa concordar antes que fale por uma máquina.',
      cause:
        'A máquina dela foi removida, o que ela não desfaz sozinha; ou este servidor pergunta sobre toda recém-chegada do helpdesk.',
      advice: 'Se você a espera, deixe-a entrar como máquina nova; senão, recuse.',
    },
    other_hardware: {
      why: 'Guarda o que o agente de helpdesk de uma máquina conhecida guarda, mas o hardware é outro.',
      cause: 'Um disco foi copiado mais de uma vez, ou posto em outro computador.',
      advice: 'Em geral é uma máquina nova. Se a conhecida mudou para cá de vez, escolha-a.',
    },
    hardware_doubtful: {
      why: 'Guarda o que o agente de helpdesk de uma máquina conhecida guarda, mas o hardware só coincide em parte.',
      cause: 'Peças foram trocadas, ou uma máquina virtual foi movida ou convertida.',
      advice:
        'Se é o mesmo computador depois de um conserto, escolha essa máquina. Se as duas existem, deixe-a entrar como máquina nova.',
    },
    former_key: {
      why: 'Outro agente de helpdesk tomou o lugar dela na máquina.',
      cause:
        'A máquina foi reinstalada ou dada a outra instalação, e a antiga ainda roda ou voltou de um backup.',
      advice:
        'Se esta deve voltar a falar pela máquina, escolha essa máquina. Se é outro computador, deixe-a entrar como nova. Se é um resto, recuse.',
    },
  },
}
