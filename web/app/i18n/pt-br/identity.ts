/** Who a machine is: identity, blocking, merging, duplicates, and the keys and the certificate of the server. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const identity: Messages['identity'] = {
  tabs: { label: 'Sobre esta máquina', overview: 'Visão geral', identity: 'Identidade' },
  uid: 'Uid da máquina',
  uidHint: 'Uma impressão digital das evidências. Ajuda a reconhecer a máquina e não prova nada.',
  evidence: 'Evidências',
  evidenceHint: 'O que identifica hardware e sistema, como o agente informou por último.',
  noEvidence: 'O agente não informa nada que a identifique.',
  keys: 'Chaves da máquina',
  keysHint:
    'A metade privada nunca sai da máquina; é por esta impressão digital que se reconhece uma chave.',
  keyColumns: { fingerprint: 'Impressão digital', state: 'Estado', since: 'Desde', until: 'Até' },
  keyState: { current: 'Atual', former: 'Anterior', removed: 'Removida' },
  noKeys: 'O agente dela não tem chave própria.',
  newKey: 'Chave nova',
  newKeyTitle: (p) => `Chave nova para ${p.name}?`,
  newKeySays: [
    'O agente cria uma chave nova e prova as duas; depois a antiga não vale nada.',
    'O link e as sessões em andamento não são perturbados.',
  ],
  newKeyOffline: 'Ela está offline: o pedido chega na próxima conexão.',
  newKeyAsked: 'O agente foi solicitado a criar uma chave nova',
  keyPending: (p) =>
    `Uma chave nova foi pedida em ${p.time}. Ela aparece aqui assim que o agente a criar.`,
  installation: 'Instalação',
  installId: 'Id da instalação',
  counter: 'Conexões contadas',
  installHint: 'Distingue da própria máquina uma cópia ou um instantâneo restaurado.',
  trusts: 'Chave do servidor em que confia',
  trustsUnknown: 'Desconhecida até ela se conectar',
  copyFingerprint: 'Copiar a impressão digital',
  merged: 'Registros unidos',
  mergedHint:
    'Registros desta mesma máquina. Suas sessões e seus registros de auditoria aparecem sob ela.',
  noMerged: 'Nenhum registro foi unido a esta máquina.',
  mergedAt: (p) => `unido em ${p.time}`,
  mergedIntoAt: (p) => `unido a ${p.into} em ${p.time}`,
  undoUntil: (p) => `pode ser desfeito até ${p.time}`,
  final: 'permanece: passaram-se 30 dias',
  undo: 'Desfazer',
  undoLabel: (p) => `Desfazer a união de ${p.name}`,
  undoTitle: (p) => `Tornar ${p.name} de novo uma máquina própria?`,
  undoSays: 'Ela recupera linha, nome e histórico próprios. A união não apagou nada.',
  undoTakes: (p) => `O que foi unido a esse registro sai com ele: ${p.names}.`,
  undone: (p) => `${p.name} é de novo uma máquina própria`,
  helpdesk: {
    title: 'Agente do helpdesk',
    hint: 'O que o agente de desktop de um helpdesk diz desta máquina. Nada disto é provado.',
    account: 'Conta vinculada',
    noAccount: 'Nenhuma informada',
    profile: 'Perfil de acesso',
    profiles: { collaborator: 'Colaborador', manager: 'Gestor' },
    noProfile: 'Nenhum informado',
    heartbeat: 'Último sinal de vida',
    noHeartbeat: 'Nenhum até agora',
    tokens: 'Tokens',
    tokenColumns: { made: 'Criado', expires: 'Expira', state: 'Estado' },
    tokenState: { active: 'Vale', expired: 'Expirado', revoked: 'Revogado' },
    because: { registered_again: 'o agente se registrou de novo', withdrawn: 'foi retirado' },
    noTokens: 'O agente não tem token.',
    inventory: 'Inventário',
    noInventory: 'Ele não enviou inventário.',
    entries: (p) => plural(p.count, { one: '# item', other: '# itens' }),
    withdraw: 'Retirar tokens',
    withdrawTitle: (p) => `Retirar os tokens de ${p.name}?`,
    withdrawSays: [
      'O agente é recusado na hora, e quem entrou por ele precisa entrar de novo.',
      'Ele pode se registrar de novo com o segredo de provisionamento. Bloqueie a máquina se isso não deve acontecer.',
    ],
    withdrawn: (p) => `Os tokens de ${p.name} foram retirados`,
  },
  block: {
    action: 'Bloquear',
    unblock: 'Desbloquear',
    badge: 'Bloqueada',
    title: (p) => `Bloquear ${p.name}?`,
    says: [
      'As sessões em andamento terminam na hora, e o agente é informado do bloqueio e se cala.',
      'Nem ela nem uma reinstalação dela entra até ser desbloqueada.',
    ],
    reason: 'Motivo',
    reasonHint: 'Mostrado a todos que abrem a máquina.',
    done: (p) => `${p.name} está bloqueada`,
    undone: (p) => `${p.name} está desbloqueada. O agente volta sozinho em até cinco minutos.`,
    notice: (p) => `Bloqueada por ${p.name} em ${p.time}`,
    noReason: 'Nenhum motivo foi dado.',
  },
  merge: {
    action: 'Unir',
    menu: 'Unir com outra máquina…',
    chooseTitle: (p) => `Que registro também é ${p.name}?`,
    search: 'Buscar máquinas',
    searchPlaceholder: 'Nome, usuário, sistema, endereço',
    nothing: 'Nenhuma máquina corresponde.',
    more: (p) =>
      plural(p.count, {
        one: 'Mais #; busque para encontrá-la.',
        other: 'Mais #; busque para encontrá-las.',
      }),
    title: 'Unir dois registros de uma máquina',
    stays: 'Qual permanece?',
    older: (p) => `cadastrada em ${p.time}, a mais antiga`,
    newer: (p) => `cadastrada em ${p.time}`,
    named: (p) => `${p.name} (cadastrada em ${p.time})`,
    says: (p) =>
      `As sessões e os registros de auditoria das duas aparecem sob ${p.stays}. ${p.goes} deixa de ter linha própria. Isto pode ser desfeito por 30 dias, na página da máquina em Identidade.`,
    done: (p) => `${p.goes} agora faz parte de ${p.stays}`,
    cannot: {
      same: 'É o mesmo registro.',
      bothOnline:
        'As duas estão conectadas no mesmo momento, portanto são duas máquinas. Uma máquina não fica online duas vezes. Se uma é uma cópia esquecida, bloqueie-a ou desligue-a antes.',
      inSession: 'A que sairia tem sessões abertas. Encerre-as antes.',
    },
  },
  duplicates: {
    title: 'Duplicatas',
    intro: 'Pares de registros que podem ser uma só máquina, os mais prováveis primeiro.',
    count: (p) => plural(p.count, { one: '# par', other: '# pares' }),
    pair: (p) => `${p.first} e ${p.second}`,
    strong: 'Muito provavelmente uma só máquina',
    weak: 'Talvez uma só máquina',
    because: (p) => `Igual: ${p.kinds}.`,
    against: (p) => `Diferente: ${p.kinds}.`,
    noneAgainst: 'Nada indica o contrário.',
    kinds: {
      smbios_uuid: 'UUID do hardware',
      board_serial: 'número de série da placa',
      system_serial: 'número de série do sistema',
      disk_serial: 'um disco',
      os_install_id: 'instalação do sistema',
    },
    rows: {
      presence: 'Presença',
      lastSeen: 'Vista por último',
      enrolled: 'Cadastrada',
      sessions: 'Sessões abertas',
      address: 'Endereço',
    },
    two: 'São duas máquinas',
    twoTitle: 'São mesmo duas máquinas?',
    twoSays: (p) =>
      `${p.first} e ${p.second} deixam de ser listadas como par, por mais parecidas que sejam.`,
    dismissed: 'O par não é mais listado',
    empty: {
      title: 'Nenhuma duplicata',
      body: 'Não há dois registros com evidências em comum que fariam deles uma só máquina.',
    },
  },
  removal: {
    goes: 'O que se perde',
    stays: 'O que fica',
    records: (p) =>
      plural(p.count, { one: 'o registro dela', other: '# registros: o dela e os unidos a ela' }),
    keys: (p) =>
      plural(p.count, {
        one: 'a chave da máquina: o agente passa a ser recusado',
        other: '# chaves da máquina: o agente passa a ser recusado',
      }),
    noKeys: 'o direito dela de se conectar',
    online: 'a conexão dela: o agente é instruído a parar',
    sessions: (p) =>
      plural(p.count, {
        one: '# sessão em andamento termina',
        other: '# sessões em andamento terminam',
      }),
    reports: (p) =>
      plural(p.count, {
        one: '# relatório do agente do helpdesk',
        other: '# relatórios do agente do helpdesk',
      }),
    sections: (p) =>
      plural(p.count, { one: '# seção do inventário', other: '# seções do inventário' }),
    logins: (p) =>
      plural(p.count, {
        one: '# acesso de usuário final, que é encerrado',
        other: '# acessos de usuários finais, que são encerrados',
      }),
    keptSessions: (p) => plural(p.count, { one: '# sessão passada', other: '# sessões passadas' }),
    mergesFinal: (p) =>
      plural(p.count, {
        one: 'a união de # registro, que não pode mais ser desfeita',
        other: 'as uniões de # registros, que não podem mais ser desfeitas',
      }),
    recognition: 'o que se sabe do hardware e das instalações dela, pelo que seria reconhecida',
    helpdesk: 'os tokens do agente do helpdesk, que precisa se registrar de novo',
    keptAudit: 'todos os registros de auditoria',
  },
  signInRules: {
    title: 'Regras de entrada',
    intro:
      'O que o servidor exige de quem entra. Uma regra vale na hora. De tokens de API e contas de serviço nada é exigido.',
    secondFactor: 'Segundo fator',
    rule: {
      optional: 'Opcional',
      technicians: 'Obrigatório para técnicos',
      everybody: 'Obrigatório para todos',
    },
    says: {
      optional: 'Cada pessoa decide por si.',
      technicians: 'Para quem pode mais do que olhar: trabalhar em máquinas ou administrar.',
      everybody: 'Para toda pessoa que entra.',
    },
    without: (p) =>
      plural(p.count, {
        one: '# pessoa ainda não tem nenhum.',
        other: '# pessoas ainda não têm nenhum.',
      }),
    trust: 'Confiar em provedores de identidade',
    trustHint:
      'De quem entra pelo login único não se exige um segundo fator aqui: o provedor exige à sua maneira.',
    grace: 'Dias para adicionar um',
    graceHint: (p) =>
      `De 0 a ${p.most}, contados do início da regra ou da criação da conta. Até lá, as pessoas são avisadas e não são barradas.`,
    graceWrong: (p) => `Um número de 0 a ${p.most}.`,
    atOnce: (p) =>
      plural(p.count, {
        one: '# pessoa terá de adicionar um segundo fator para continuar. O que ela tem aberto é cortado.',
        other:
          '# pessoas terão de adicionar um segundo fator para continuar. O que elas têm aberto é cortado.',
      }),
    later: (p) =>
      plural(p.count, {
        one: '# pessoa será avisada para adicionar um segundo fator.',
        other: '# pessoas serão avisadas para adicionar um segundo fator.',
      }),
    who: 'Quem?',
    saved: 'As regras de entrada foram salvas',
    ownTitle: 'Você mesmo não tem um segundo fator',
    ownBody:
      'Você ficaria trancado para fora. Primeiro adicione uma chave de acesso ou um aplicativo autenticador à sua conta.',
    toAccount: 'Ir para a minha conta',
    conflict: 'Outra pessoa alterou enquanto isso',
    conflictBody: (p) => `Agora a regra é “${p.rule}”. Salve de novo para trocá-la.`,
  },
  server: {
    title: 'Configurações',
    heading: 'Identidade do servidor',
    intro:
      'A chave pela qual os agentes reconhecem este servidor, qualquer que seja o endereço ou o certificado. Os tokens de cadastro levam a impressão digital dela.',
    columns: { fingerprint: 'Impressão digital', state: 'Estado', trustedBy: 'Confiam nela' },
    present: 'Atual',
    older: 'Anterior',
    machines: (p) => plural(p.count, { one: '# máquina', other: '# máquinas' }),
    trustNote:
      'Como cada máquina informou por último. Quem está offline desde uma troca confia em uma chave anterior.',
    rotate: 'Criar uma chave nova',
    rotateTitle: 'Criar uma chave de identidade nova?',
    rotateSays: [
      'Os agentes conectados ficam sabendo na hora, os outros na próxima conexão. A chave em que confiam assina a nova, então ninguém fica para trás.',
      'A chave anterior continua servindo até você aposentá-la. Tokens criados antes funcionam até lá.',
    ],
    rotated: 'O servidor tem uma chave de identidade nova',
    retire: 'Aposentar chaves anteriores',
    retireTitle: 'Aposentar as chaves anteriores?',
    retireNone: 'Não se conhece máquina que confie em uma chave anterior.',
    retireStrands: (p) =>
      plural(p.count, {
        one: '# máquina ainda confia em uma chave anterior. Ela não se conectará mais e terá de ser cadastrada de novo.',
        other:
          '# máquinas ainda confiam em uma chave anterior. Elas não se conectarão mais e terão de ser cadastradas de novo.',
      }),
    retireTokens: 'Tokens de cadastro que levam uma chave anterior deixam de funcionar.',
    retireFinal: 'Isto não pode ser desfeito.',
    retireConfirm: (p) =>
      plural(p.count, {
        one: 'Vou cadastrar # máquina de novo',
        other: 'Vou cadastrar # máquinas de novo',
      }),
    retired: 'As chaves anteriores foram aposentadas',
    onlyOne: 'Não há chave anterior.',
    ownersOnly:
      'Nenhum dos seus papéis permite ver e trocar as chaves do servidor. Fale com um dono do servidor.',
  },
  certificate: {
    heading: 'Certificado',
    intro:
      'O que os navegadores veem ao chegar aqui. Os agentes se orientam pela chave de identidade acima, então nenhuma troca de certificado os deixa para trás.',
    fact: {
      source: 'Vem de',
      until: 'Válido até',
      renewal: 'Renovação',
      names: 'Nomes',
      sha256: 'SHA-256',
    },
    source: {
      none: 'De lugar nenhum',
      proxy: 'Um proxy reverso',
      files: 'Arquivos que você mantém válidos',
      acme: 'Uma autoridade certificadora, por ACME',
      own: 'A autoridade certificadora deste servidor.',
    },
    howToTrust: 'Como confiar nela',
    state: {
      valid: 'Válido',
      due: 'Termina em breve',
      ended: 'Terminou',
      placeholder: 'Ainda não chegou',
    },
    renewal: {
      none: () => 'Nenhuma',
      proxy: () => 'Pelo proxy',
      files: (p) =>
        `Por você. Ponha um certificado novo e a chave dele nos arquivos até ${p.time}; o servidor os assume sem reiniciar.`,
      acme: (p) => `Pelo próprio servidor, a partir de ${p.time}.`,
      own: (p) => `Pelo próprio servidor, a partir de ${p.time}.`,
    },
    warning: {
      due: (p) => `Ele termina ${p.time}, e o próximo não chegou`,
      ended: (p) => `Ele terminou ${p.time}: os navegadores se recusam a vir aqui`,
      placeholder: () =>
        'O servidor ainda não tem certificado. Ele mostra um em que nenhum navegador confia.',
    },
    advice: {
      files: 'Ponha um certificado novo e a chave dele nos arquivos.',
      acme: 'O servidor tenta de novo sozinho. Se isso falhar, o motivo está abaixo.',
      own: 'O servidor cria um novo dentro de uma hora.',
    },
    trouble: {
      certificate_files: 'Os arquivos de certificado novos não servem',
      acme: 'A autoridade certificadora não dá certificado',
      own_authority: 'O certificado não cita todos os endereços deste servidor',
    },
    troubleUnknown: 'Há algo errado com o certificado',
    since: (p) => `Desde ${p.time}.`,
    nextAttempt: (p) => `Próxima tentativa em ${p.time}.`,
    copy: 'Copiar o SHA-256 do certificado',
    elsewhere: {
      none: 'Este servidor não mostra certificado: ele fala HTTP simples e responde só à máquina em que roda.',
      proxy:
        'O proxy reverso diante deste servidor mostra o certificado dele. Quando esse termina e quem o renova se sabe lá.',
    },
  },
}
