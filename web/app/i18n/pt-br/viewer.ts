/** The viewer page and the remote session. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'
import { causes } from './viewer-causes'

const plural = pluralOf('pt-BR')

export const viewer: Messages['viewer'] = {
  title: (p) => `Sessão com ${p.machine}`,
  screenLabel: (p) => `Tela de ${p.machine}`,
  keyboardLabel: (p) =>
    `Teclado de ${p.machine}. Control, Alt, Shift e M juntas levam de volta à barra de ferramentas.`,
  clickToType: 'Clique na imagem para digitar na máquina',
  viewOnlyRights: 'Esta sessão só pode observar',

  progress: {
    label: 'Conectando',
    asking: 'Pedindo à máquina',
    relay: 'Esperando a máquina no retransmissor',
    handshake: 'Combinando a conexão',
    picture: 'Esperando a primeira imagem',
    detail: {
      asking: 'O servidor repassa o pedido ao agente.',
      relay: 'O agente foi avisado e está discando para o servidor.',
      handshake: 'As duas pontas estão presentes.',
      picture: 'O agente está capturando a tela.',
    },
  },
  interruption: {
    title: 'A sessão está interrompida',
    waitsFor: {
      network: 'Esperando a rede deste computador',
      server: 'Esperando o servidor',
      machine: 'Esperando a máquina',
    },
    stale: 'A imagem é a última recebida.',
    keeps: 'O que você digita é guardado e enviado uma vez, quando a máquina voltar.',
    held: (p) =>
      plural(p.count, { one: '# ação espera o envio.', other: '# ações esperam o envio.' }),
  },

  waiting: {
    title: 'Esperando um sim',
    asking: (p) => `Perguntando a ${p.person} em ${p.machine} …`,
    askingSomebody: (p) => `Perguntando à pessoa em ${p.machine} …`,
    wants: 'Você pediu:',
    hint: 'A pessoa vê o seu nome e o que você pediu. Nada é mostrado a você antes que ela concorde.',
    cancel: 'Cancelar o pedido',
  },

  keyChanged: {
    title: 'A chave desta máquina mudou',
    body: (p) =>
      `${p.machine} veio com outra chave que a conhecida por este navegador. Nada foi enviado a ela.`,
    before: (p) => `Conhecida desde ${p.time}`,
    now: 'Agora',
    why: 'Em geral o agente ou a máquina inteira foi reinstalado. Também pode ser que alguém esteja entre você e a máquina e veria tudo.',
    how: 'Peça a alguém na máquina que leia as palavras que o agente mostra lá. Só confie na chave nova se forem as que estão em “Agora”.',
    compared: 'Comparei as palavras com alguém na máquina: são as mesmas',
    trust: 'Confiar na chave nova e conectar',
    leave: 'Sair',
  },

  words: {
    open: 'Palavras desta máquina',
    title: 'Conferida por palavras',
    body: 'Peça à pessoa na máquina que leia as palavras que o agente mostra. Se forem estas, ninguém está no meio.',
    since: (p) => `Este navegador conhece a máquina por esta chave desde ${p.time}.`,
    first: 'Este navegador encontrou a máquina agora pela primeira vez.',
    notLasting:
      'Este navegador não guarda nada deste site: em outra aba ele não reconhecerá a máquina.',
    encrypted: 'Tudo entre você e a máquina é selado com ela; o servidor não consegue ler.',
    unknown: 'Aparecem assim que a máquina for alcançada.',
  },

  rights: {
    open: (p) => `O que você pode fazer: ${p.rights}`,
    title: 'O que você pode fazer',
    nothing: 'nada ainda',
    may: 'Permitido',
    waiting: 'Esperando resposta',
    not: 'Não permitido',
    notInRoles: 'Fora dos seus papéis',
    ask: {
      view: 'Pedir para ver a tela',
      control: 'Pedir o controle',
      clipboard: 'Pedir a área de transferência',
      files: 'Pedir arquivos',
      terminal: 'Pedir um terminal',
    },
    hint: 'A pessoa na máquina pode ser consultada e retomar cada permissão a qualquer momento.',
    change: {
      granted: (p) => `Agora você tem: ${p.rights}.`,
      refused: (p) => `Não aceito na máquina: ${p.rights}.`,
      taken_back: (p) => `Retomado na máquina: ${p.rights}. A sessão continua sem isso.`,
    },
    dismiss: 'Fechar este aviso',
  },

  toolbar: {
    label: 'Barra da sessão',
    show: 'Mostrar a barra',
    pin: 'Manter a barra aberta',
    unpin: 'Ocultar a barra quando não estiver em uso',
    view: 'Exibição',
    scale: 'Tamanho',
    fit: 'Ajustar à janela',
    actual: 'Tamanho real (1:1)',
    fullScreen: 'Tela cheia',
    leaveFullScreen: 'Sair da tela cheia',
    monitors: 'Monitores',
    allMonitors: 'Todos os monitores',
    monitor: (p) => `${p.name} · ${p.size}`,
    nextMonitor: 'Próximo monitor',
    quality: 'Imagem',
    qualityAuto: 'Automática',
    qualityLossless: 'Sempre exata',
    qualityLow: 'Baixa largura de banda',
    keys: 'Enviar teclas',
    clipboard: 'Área de transferência',
    viewOnly: 'Somente observar',
    viewOnlyOn: 'Somente observar está ativo: nada do que você faz chega à máquina',
    statistics: 'Estatísticas',
    people: 'Quem está conectado',
    end: 'Encerrar a sessão',
  },

  monitors: {
    all: 'Todos os monitores',
    shown: (p) => `Monitor ${p.name}`,
    gone: (p) => `O monitor ${p.name} não está mais lá. Você vê todos os monitores até ele voltar.`,
    tooLarge: (p) =>
      `Todos os monitores juntos são mais do que cabe em uma imagem. Você vê ${p.name}.`,
  },

  keys: {
    ctrlAltDel: 'Ctrl + Alt + Del',
    ctrlAltBackspace: 'Ctrl + Alt + Backspace',
    ctrlEsc: 'Ctrl + Esc',
    ctrlShiftEsc: 'Ctrl + Shift + Esc',
    altTab: 'Alt + Tab',
    altShiftTab: 'Alt + Shift + Tab',
    altF4: 'Alt + F4',
    meta: 'Tecla Windows',
    metaL: 'Windows + L',
    metaR: 'Windows + R',
    metaD: 'Windows + D',
    printScreen: 'Print Screen',
    altPrintScreen: 'Alt + Print Screen',
    ctrlAltF1: 'Ctrl + Alt + F1',
    ctrlAltF7: 'Ctrl + Alt + F7',
    hint: 'Em tela cheia, navegadores Chromium repassam quase todas as teclas por conta própria.',
    back: 'De volta à barra',
  },

  pointer: {
    capture: 'Capturar o ponteiro, para jogos e programas 3-D',
    captured: 'O ponteiro pertence à máquina. Pressione Esc para recuperá-lo.',
    refused:
      'Este navegador não permite capturar o ponteiro agora. Clique na imagem e tente de novo.',
  },
  clipboard: {
    title: 'Área de transferência',
    automatic:
      'Texto, texto formatado e imagens vão e vêm sozinhos enquanto a imagem da máquina tem o foco.',
    needsPermission:
      'Este navegador pergunta antes de deixar uma página ler a área de transferência. Sem isso, cole com Ctrl + V na imagem.',
    denied:
      'A leitura da área de transferência está bloqueada para este site. Permita nas configurações do navegador ou cole com Ctrl + V na imagem.',
    unsupported: 'Neste navegador, cole com Ctrl + V na imagem para levar o que você copiou.',
    closed: 'Esta sessão não tem área de transferência.',
    allow: 'Permitir a leitura',
    offered: 'Copiado na máquina',
    take: 'Copiar para este computador',
    taken: 'Copiado',
    formatted: 'Texto formatado',
    picture: (p) => `Uma imagem, ${p.width} × ${p.height}, ${p.size}`,
    withPicture: (p) => `E uma imagem, ${p.width} × ${p.height}, ${p.size}`,
    coming: (p) => `A caminho: ${p.percent} %`,
    give: 'Texto para a máquina',
    send: 'Colocar na área de transferência da máquina',
    sent: 'Enviado',
    problem: {
      too_big:
        'O que foi copiado é grande demais. Pela área de transferência passam textos de até 1 MB e imagens de até 8 MB.',
      other_kind: 'O que foi copiado na máquina não é texto nem imagem, e fica lá.',
      malformed: 'O que foi copiado como imagem não pode ser lido como tal, e fica onde está.',
    },
  },

  people: {
    title: 'Quem está conectado',
    you: 'você',
    since: (p) => `há ${p.duration}`,
    waiting: 'conectando',
  },

  company: {
    somebody: 'Alguém',
    atMachine: 'Na máquina',
    guest: 'Convidado',
    guestWord: 'convidado',
    guestNamed: (p) => `${p.name} (convidado)`,
    drives: 'No controle',
    watches: 'Assiste',
    away: 'Sem conexão',
    ask: 'Pedir o controle',
    waits: 'Você pediu o controle e espera uma resposta.',
    watching: (p) => `${p.name} está no controle, você assiste.`,
    pointHint: 'Segure L para apontar algo.',
    nobodyDrives: 'Ninguém está no controle.',
    wantsToDrive: (p) => `${p.name} gostaria de assumir o controle`,
    handOver: 'Passar o controle',
    handOverTo: (p) => `Passar o controle a ${p.name}`,
    notNow: 'Agora não',
    refused: (p) => `${p.name} diz: agora não`,
    youDrive: 'Agora você está no controle',
    drivesNow: (p) => `Agora ${p.name} está no controle`,
    laser: 'Apontador laser (segure L)',
    chat: {
      title: 'Conversa',
      openUnread: (p) =>
        plural(p.count, { one: 'Conversa, # mensagem nova', other: 'Conversa, # mensagens novas' }),
      unread: (p) => plural(p.count, { one: '# nova', other: '# novas' }),
      lines: 'O que foi dito',
      endUser: (p) => `${p.name} (na máquina)`,
      nothing:
        'Ninguém disse nada ainda. Quem está na máquina também lê; fica guardado com a sessão.',
      field: 'Diga algo a todos aqui',
      send: 'Enviar',
      later: 'Pode ser enviado quando a sessão voltar',
      close: 'Fechar a conversa',
    },
  },

  statistics: {
    title: 'Estatísticas',
    waiting: 'Nada mudou na tela ainda.',
    fromInput: 'Da sua mão até a imagem',
    fromDamage: 'Da mudança na tela até a imagem',
    stages: {
      input: 'Entrada até o agente',
      react: 'Reação da máquina',
      capture: 'Captura',
      encode: 'Codificação',
      queue: 'Fila no agente',
      network: 'Rede e retransmissor',
      decode: 'Decodificação',
      draw: 'Desenho',
    },
    total: 'Soma',
    roundTrip: 'Ida e volta',
    frames: 'Quadros por segundo',
    video: 'Deles com vídeo',
    bandwidth: 'Largura de banda',
    perSecond: (p) => `${p.amount}/s`,
    total_received: 'Recebido',
    total_sent: 'Enviado',
    frameSize: 'Último quadro',
    picture: 'Imagem',
    exact: 'exata',
    lossy: 'sendo refinada',
    desktop: 'Área de trabalho',
    monitor: 'Exibido',
    shrunk: 'Reduzida para',
    recent: 'Tempo por quadro, o mais novo à direita',
    save: 'Salvar para depois',
    saveHint: 'Os últimos dez minutos, imagem por imagem: tempos e tamanhos, nada do que foi visto',
  },

  screen: {
    ok: { title: 'Há imagem', detail: '' },
    no_display: {
      title: 'A máquina não tem tela em execução',
      detail:
        'Ninguém está em uma sessão gráfica, ou o agente não foi informado dela. A imagem aparece sozinha quando houver uma.',
    },
    access_denied: {
      title: 'A tela recusa o agente',
      detail:
        'O agente roda como um usuário que não pode abri-la. Rode o agente como root ou como a pessoa que está na máquina.',
    },
    locked: { title: 'A tela está bloqueada', detail: 'Entre na máquina para continuar.' },
    log_on: {
      title: 'Ninguém entrou na máquina',
      detail: 'A tela de entrada está na frente. Entre na máquina para ver uma área de trabalho.',
    },
    blank: {
      title: 'A tela está apagada',
      detail:
        'Um protetor de tela ou a economia de energia a apagou. Mova o mouse ou pressione uma tecla.',
    },
    lost: {
      title: 'A tela desapareceu',
      detail: 'O servidor dela parou ou está reiniciando. O agente a procura de novo sozinho.',
    },
    unsupported: {
      title: 'Esta tela não pode ser capturada',
      detail: 'O agente não conhece este tipo de tela ou falta uma extensão dela.',
    },
    unknown: {
      title: 'A máquina informa um estado que este console não conhece',
      detail: 'O agente pode ser mais novo que o servidor. Atualize o servidor.',
    },
    said: (p) => `O agente diz: ${p.detail}`,
  },

  refused: {
    view_only: 'Esta sessão só pode observar; a máquina recusa comandos.',
    no_display: 'Não há tela que possa receber comandos.',
    too_fast:
      'Os comandos vieram mais rápido do que a máquina aceita; alguns movimentos ficaram de fora.',
    asking: 'A pessoa na máquina está respondendo a uma pergunta; até lá seus comandos não chegam.',
    chatting:
      'A janela de conversa na máquina está com o teclado, e ninguém mais digita ali. Clique em outro lugar para digitar.',
    not_driving: 'Outra pessoa está no controle: o que você faz não chega à máquina.',
    hands_busy:
      'Teclas de quem controlava antes ainda estão pressionadas na máquina. Tente de novo em um instante.',
    other: 'A máquina recusa comandos neste momento.',
  },

  end: {
    title: 'A sessão terminou',
    failedTitle: 'Não há sessão',
    by: (p) => `Por ${p.name}.`,
    byYou: 'Você a encerrou.',
    lasted: (p) => `Durou ${p.duration}.`,
    reconnect: 'Conectar de novo',
    back: 'Voltar à máquina',
    requestId: (p) => `Pedido ${p.id}`,
    said: (p) => `Em detalhe: ${p.detail}`,
    gaveUp: 'Foi tentado de novo até acabar o tempo.',
    viewInstead: 'Conectar só para observar',
  },

  causes,
  otherCause: (p) => `A conexão falhou (${p.code})`,
}
