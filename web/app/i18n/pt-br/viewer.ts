/** The viewer page and the remote session. */
import type { Messages } from '../en'

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
  reconnecting: {
    title: 'A conexão está sendo restabelecida',
    attempt: (p) => `Tentativa ${p.count}`,
    stale: 'A imagem é a última recebida.',
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

  clipboard: {
    title: 'Área de transferência',
    automatic: 'O texto vai e vem sozinho enquanto a imagem tem o foco.',
    needsPermission:
      'Este navegador pergunta antes de deixar uma página ler a área de transferência. Sem isso, cole com Ctrl + V na imagem.',
    denied:
      'A leitura da área de transferência está bloqueada para este site. Permita nas configurações do navegador ou cole com Ctrl + V na imagem.',
    unsupported: 'Neste navegador, cole com Ctrl + V na imagem para levar o texto.',
    closed: 'Esta sessão não tem área de transferência.',
    allow: 'Permitir a leitura',
    offered: 'Copiado na máquina',
    take: 'Copiar para este computador',
    taken: 'Copiado',
    give: 'Texto para a máquina',
    send: 'Colocar na área de transferência da máquina',
    sent: 'Enviado',
    problem: {
      too_big: 'Mais de 1 MB de texto não passa pela área de transferência.',
      not_text: 'O que foi copiado na máquina não é texto. Só texto é transferido.',
    },
  },

  people: {
    title: 'Quem está conectado',
    you: 'você',
    since: (p) => `há ${p.duration}`,
    waiting: 'conectando',
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
      network: 'Rede',
      decode: 'Decodificação',
      draw: 'Desenho',
    },
    total: 'Soma',
    roundTrip: 'Ida e volta',
    frames: 'Quadros por segundo',
    bandwidth: 'Largura de banda',
    perSecond: (p) => `${p.amount}/s`,
    total_received: 'Recebido',
    total_sent: 'Enviado',
    frameSize: 'Último quadro',
    picture: 'Imagem',
    exact: 'exata',
    lossy: 'sendo refinada',
    desktop: 'Área de trabalho',
    recent: 'Tempo por quadro, o mais novo à direita',
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
    gaveUp: 'Não foi possível restabelecê-la em dois minutos.',
  },

  causes: {
    technician_ended: { title: 'Encerrada pelo técnico', detail: '' },
    end_user_ended: {
      title: 'Encerrada na máquina',
      detail: 'A pessoa que está lá a encerrou. Pergunte antes de conectar de novo.',
    },
    viewer_lost: {
      title: 'A conexão deste navegador caiu',
      detail: 'Verifique a rede aqui e conecte de novo.',
    },
    agent_lost: {
      title: 'A conexão do agente caiu',
      detail: 'A máquina pode ter reiniciado ou ficado sem rede.',
    },
    machine_offline: {
      title: 'A máquina está offline',
      detail: 'O agente não tem conexão com o servidor. Ela pode estar desligada ou sem rede.',
    },
    no_answer: {
      title: 'O agente não respondeu',
      detail: 'Ele está online, mas não chegou a tempo ao retransmissor. Tente de novo.',
    },
    agent_refused: {
      title: 'O agente recusou',
      detail: 'O motivo está abaixo, se ele o informou.',
    },
    login_ended: { title: 'O seu acesso terminou', detail: 'Entre de novo para conectar.' },
    server_stopped: {
      title: 'O servidor foi parado',
      detail: 'Conecte de novo quando ele estiver em execução.',
    },
    server_restarted: { title: 'O servidor foi reiniciado', detail: 'Conecte de novo.' },
    protocol_violation: {
      title: 'Dados inaceitáveis foram enviados',
      detail:
        'Agente e console podem ser de versões diferentes. Recarregue a página e atualize o agente.',
    },
    machine_removed: {
      title: 'A máquina foi removida',
      detail: 'Ela não é mais gerenciada aqui. Cadastre-a de novo para conectar.',
    },
    machine_blocked: {
      title: 'A máquina foi bloqueada',
      detail: 'Alguém bloqueou esta máquina. Ela volta a ficar acessível quando for desbloqueada.',
    },
    relay_not_trusted: {
      title: 'O agente não confiou na conexão',
      detail:
        'Entre a máquina e este servidor alguém apresenta um certificado próprio, como a inspeção de tráfego de uma empresa. Exclua o endereço deste servidor dela ou informe ao agente o certificado dessa autoridade com --ca-file.',
    },
    machine_changed: {
      title: 'Este pode ser outro computador agora',
      detail:
        'Outra instalação tomou o lugar da máquina, ou os registros dela foram unidos ou separados. Confira a máquina e conecte de novo.',
    },
    server_going_away: { title: 'O servidor está reiniciando', detail: 'Ele volta em instantes.' },
    network_lost: {
      title: 'O servidor está inacessível',
      detail: 'Verifique a rede aqui e se o servidor está em execução.',
    },
    network: {
      title: 'O servidor está inacessível',
      detail: 'Verifique a rede aqui e se o servidor está em execução.',
    },
    peer_lost: {
      title: 'A conexão do agente caiu',
      detail: 'A máquina pode ter reiniciado ou ficado sem rede.',
    },
    timed_out: {
      title: 'O agente não veio',
      detail: 'Ele está online, mas não chegou a tempo ao retransmissor. Tente de novo.',
    },
    bad_grant: {
      title: 'O retransmissor não aceitou esta sessão',
      detail: 'A permissão já foi usada ou é antiga demais. Conecte de novo.',
    },
    session_gone: {
      title: 'A sessão acabou',
      detail: 'Ela terminou antes de este navegador chegar.',
    },
    session_ended: { title: 'A sessão terminou', detail: '' },
    already_connected: {
      title: 'Esta sessão está aberta em outro lugar',
      detail: 'Uma sessão tem um só visualizador. Feche o outro ou inicie uma sessão própria.',
    },
    origin_refused: {
      title: 'O servidor não conhece este endereço',
      detail: 'Abra o console no endereço dele ou configure o endereço público do servidor.',
    },
    malformed: {
      title: 'O retransmissor não entendeu o que esta página enviou',
      detail: 'Console e servidor podem ser de versões diferentes. Recarregue a página.',
    },
    too_big: {
      title: 'Uma mensagem era maior do que o retransmissor repassa',
      detail: 'Agente e servidor podem ser de versões diferentes. Atualize o agente.',
    },
    too_fast: {
      title: 'Foi enviado mais do que o retransmissor repassa',
      detail: 'Espere um momento e conecte de novo.',
    },
    silent: {
      title: 'Nada foi ouvido do agente por 15 segundos',
      detail: 'A máquina pode estar suspensa ou sem rede.',
    },
    pipe_done: { title: 'O agente encerrou a conexão', detail: 'Conecte de novo.' },
    pipe_shutting_down: {
      title: 'O agente está parando',
      detail: 'Ele volta depois de reiniciar.',
    },
    pipe_timed_out: { title: 'O agente desistiu de esperar', detail: 'Tente de novo.' },
    pipe_internal: { title: 'O agente falhou', detail: 'O registro dele na máquina diz o motivo.' },
    pipe_version_not_supported: {
      title: 'Agente e console falam versões diferentes',
      detail: 'Recarregue a página. Se não resolver, atualize o agente.',
    },
    pipe_protocol_violation: {
      title: 'Agente e console não se entendem',
      detail: 'Recarregue a página. Se não resolver, atualize o agente.',
    },
    decoder_failed: {
      title: 'Este navegador não consegue decodificar a imagem',
      detail:
        'Ele não executa WebAssembly ou não consegue carregá-lo. Use um navegador atual ou recarregue a página.',
    },
    capability_missing: {
      title: 'A máquina não tem tela para mostrar',
      detail: 'O agente dela não oferece nenhuma.',
    },
    too_many_sessions: {
      title: 'Há sessões demais abertas',
      detail: 'Encerre uma delas e tente de novo.',
    },
    not_found: { title: 'Esta máquina não é conhecida', detail: 'Foi removida ou nunca existiu.' },
    not_signed_in: { title: 'Você saiu', detail: 'Entre de novo para conectar.' },
  },
  otherCause: (p) => `A conexão falhou (${p.code})`,
}
