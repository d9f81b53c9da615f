/** What ends or interrupts a session and what can be done. */
import type { Messages } from '../en'

export const causes: Messages['viewer']['causes'] = {
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
    title: 'Nada é ouvido do agente',
    detail: 'A máquina pode estar suspensa ou sem rede.',
  },
  pipe_done: { title: 'O agente encerrou a conexão', detail: 'Conecte de novo.' },
  pipe_shutting_down: {
    title: 'O agente está parando',
    detail: 'Ele volta depois de reiniciar.',
  },
  pipe_timed_out: { title: 'O agente desistiu de esperar', detail: 'Tente de novo.' },
  pipe_internal: { title: 'O agente falhou', detail: 'O registro dele na máquina diz o motivo.' },
  pipe_end_user: {
    title: 'A pessoa na máquina a encerrou',
    detail: 'Pergunte antes de conectar de novo.',
  },
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
  consent_refused: {
    title: 'Recusada na máquina',
    detail: 'A pessoa que está lá disse não. Fale com ela antes de pedir de novo.',
  },
  consent_timed_out: {
    title: 'Ninguém respondeu na máquina',
    detail:
      'Há alguém usando a máquina, mas não respondeu a tempo. Ligue para a pessoa e peça de novo.',
  },
  nobody_to_ask: {
    title: 'Não há ninguém lá que possa concordar',
    detail:
      'Esta máquina só é acessada com o consentimento de quem está nela, e ninguém está usando. Tente de novo quando houver alguém ou peça a quem gerencia as regras de acesso que as mude.',
  },
  superseded: {
    title: 'Esta sessão continua em outra aba',
    detail: 'Ela foi aberta lá e assumida. Conecte de novo para ter uma própria aqui.',
  },
  expired: {
    title: 'A sessão é antiga demais',
    detail:
      'Ficou interrompida por dez minutos, com a página fechada por um, ou aberta por um dia. Conecte de novo.',
  },
  agent_restarted: {
    title: 'O agente foi reiniciado',
    detail: 'Ele voltou sem esta sessão, como depois de reiniciar a máquina. Conecte de novo.',
  },
  handshake_failed: {
    title: 'As duas pontas não conseguiram combinar uma conexão segura',
    detail:
      'Algo no caminho alterou o que foi enviado, ou a máquina tem outra chave que a informada pelo servidor. Se acontecer de novo, compare as palavras com a pessoa na máquina.',
  },
  host_left: {
    title: 'Quem convidou você saiu',
    detail: 'A sessão dessa pessoa acabou e, com ela, a sua.',
  },
  invitation_revoked: {
    title: 'O seu convite foi revogado',
    detail: 'Pergunte a quem convidou você se deve voltar.',
  },
  access_changed: {
    title: 'O que você pode fazer mudou',
    detail: 'Seu papel ou uma regra de acesso mudou. Conecte de novo com o que é permitido agora.',
  },
  access_never: {
    title: 'Uma regra de acesso proíbe isto',
    detail: 'Peça a quem gerencia as regras de acesso que a mude, ou peça menos.',
  },
  session_over: {
    title: 'A sessão acabou',
    detail: 'Ela terminou antes de este navegador chegar.',
  },
  attempt_hung: {
    title: 'Ainda sem resposta',
    detail: 'O servidor está lá, mas nada passou a tempo. Será tentado de novo.',
  },
}
