/** Inviting one more person into a session, for technicians; and the page and the viewer of whoever is invited. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const invitations: Messages['invitations'] = {
  title: 'Convites',
  invite: 'Convidar alguém',
  notNow: 'Enquanto a sessão está conectada, você pode convidar alguém para ela.',
  dialog: {
    title: 'Convidar alguém para esta sessão',
    intro: 'A pessoa não precisa de conta: um link a leva até aqui, de qualquer navegador.',
    may: 'O que o convidado pode fazer',
    view: {
      label: 'Só assistir',
      says: 'Vê a tela, pode apontar e escrever na conversa.',
    },
    control: {
      label: 'Usar também mouse e teclado',
      says: 'Pode pedir o controle; você decide quando.',
    },
    noControl: 'O convidado só vai assistir: esta sessão também não pode controlar a máquina.',
    lasts: 'O link funciona por',
    minutes: (p) => plural(p.count, { one: '# minuto', other: '# minutos' }),
    hours: (p) => plural(p.count, { one: '# hora', other: '# horas' }),
    create: 'Criar o link',
    link: 'Link para o convidado',
    copy: 'Copiar o link',
    once: 'Quem tiver este link entra, uma vez. Entregue-o só à pessoa que você quer convidar.',
    shownOnce: 'Ele só é mostrado agora.',
    another: 'Convidar outra pessoa',
  },
  none: 'Ninguém foi convidado.',
  loading: 'Procurando convites…',
  state: { open: 'Aberto', accepted: 'Aceito', revoked: 'Revogado', expired: 'Vencido' },
  open: (p) => `funciona por mais ${p.left}`,
  acceptedBy: (p) => `por ${p.name}, ${p.time}`,
  accepted: (p) => `em ${p.time}`,
  revokedAt: (p) => `em ${p.time}`,
  wasAccepted: (p) => `Aceito por ${p.name}, ${p.time}`,
  expiredAt: (p) => `em ${p.time}`,
  expiredWithSession: 'quando a sessão terminou',
  made: (p) => `Feito por ${p.name}, ${p.time}`,
  theirSession: (p) => `Sessão de ${p.name}`,
  revoke: 'Revogar',
  revokeLabel: (p) => `Revogar o convite de ${p.time}`,
  revokeGuestLabel: (p) => `Revogar o convite de ${p.name}`,
  revokeTitle: (p) => `Revogar o convite de ${p.name}?`,
  revokeBody: (p) =>
    `Se ${p.name} ainda estiver na sessão, ela termina para essa pessoa imediatamente. Os outros continuam.`,
  revoked: 'O convite foi revogado',
}

export const guest: Messages['guest'] = {
  title: 'Você recebeu um convite',
  heading: 'Convite',
  looking: 'Lendo o convite…',
  comingBack: 'Voltando à sessão…',
  to: (p) =>
    `${p.inviter}, de ${p.organization}, convida você a acompanhar o computador ${p.machine}.`,
  may: 'O que você pode fazer',
  view: 'Ver a tela, apontar e escrever na conversa.',
  control: 'Usar mouse e teclado, quando quem está no controle passar a vez a você.',
  seen: 'Todos na sessão, e a pessoa no computador, veem o seu nome e que você é convidado.',
  until: (p) => `O convite vale até ${p.time}, e para uma pessoa.`,
  name: 'Seu nome',
  nameHint: 'Para que os outros saibam quem você é.',
  nameMissing: 'Diga primeiro quem você é.',
  join: 'Entrar',
  joining: 'Entrando…',
  noLink: {
    title: 'Abra o link que você recebeu',
    body: 'Esta página precisa do link inteiro de um convite. Ele é retirado do endereço ao ser aberto; por isso, abra-o mais uma vez ou peça um novo à pessoa que convidou você.',
  },
  viewer: {
    title: (p) => `Convidado em ${p.machine}`,
    leave: 'Sair da sessão',
    left: 'Você saiu da sessão',
    leftBody: 'Você pode fechar esta página.',
    ended: 'Sua visita terminou',
    again: 'Se quiser voltar, peça um novo link à pessoa que convidou você.',
    people: 'Aparecem aqui assim que você estiver na sessão.',
    keyBody:
      'O computador veio com outra chave que a de antes. Nada foi enviado a ele. Saia e avise a pessoa que convidou você.',
  },
  causes: {
    host_left: {
      title: 'A pessoa que convidou você saiu da sessão',
      detail: 'Convidados ficam enquanto fica quem os convidou.',
    },
    invitation_revoked: {
      title: 'Seu convite foi revogado',
      detail: 'A pessoa que convidou você, ou um colega, encerrou a sua visita.',
    },
    technician_ended: {
      title: 'Sua visita foi encerrada',
      detail: 'A pessoa que convidou você, ou um colega, a encerrou.',
    },
    end_user_ended: { title: 'Encerrada pela pessoa no computador', detail: '' },
    pipe_end_user: { title: 'Encerrada pela pessoa no computador', detail: '' },
    login_ended: {
      title: 'A pessoa que convidou você saiu do console',
      detail: 'Convidados ficam enquanto fica quem os convidou.',
    },
    consent_refused: { title: 'A pessoa no computador disse não', detail: '' },
    consent_timed_out: { title: 'Ninguém respondeu no computador', detail: '' },
    nobody_to_ask: { title: 'Não há ninguém no computador que possa concordar', detail: '' },
    access_changed: { title: 'Mudou o que convidados podem fazer ali', detail: '' },
    access_never: { title: 'Convidados não podem ver este computador', detail: '' },
    already_connected: {
      title: 'Você está nesta sessão em outra aba',
      detail: 'Continue lá, ou feche-a e recarregue esta página.',
    },
    machine_offline: { title: 'O computador está offline', detail: '' },
    viewer_lost: { title: 'Sua conexão ficou perdida por tempo demais', detail: '' },
    expired: { title: 'A sessão é antiga demais', detail: '' },
    session_gone: { title: 'A sessão terminou', detail: '' },
    session_over: { title: 'A sessão terminou', detail: '' },
  },
}
