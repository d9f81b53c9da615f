/** Access for a while: asking for more on a machine, deciding about it, and what became of it. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const accessRequests: Messages['accessRequests'] = {
  title: 'Pedidos de acesso',
  intro:
    'Mais em uma máquina, por um tempo: alguém pede e diz por quê, outra pessoa que pode fazer aquilo ali decide, e tudo termina sozinho.',
  count: (p) => plural(p.count, { one: '# espera por você', other: '# esperam por você' }),
  ask: 'Pedir mais acesso',
  toDecide: 'Esperando a sua decisão',
  others: 'Os seus, e os já decididos',
  nothingOpen: 'Nada está esperando, e nada do que foi aprovado vale agora.',
  showOver: 'Mostrar os que terminaram',
  empty: {
    title: 'Nenhum pedido de acesso',
    body: 'Onde um papel não permite o bastante em uma máquina, peça mais por uma hora ou um dia. Os pedidos que você pode decidir também aparecem aqui.',
  },
  columns: {
    who: 'Quem',
    machine: 'Máquina',
    what: 'Para quê, e por quê',
    life: 'Por',
    state: 'Estado',
  },
  states: {
    waiting: 'Esperando',
    approved: 'Aprovado',
    refused: 'Recusado',
    withdrawn: 'Retirado',
    ended: 'Terminou',
  },
  until: (p) => `até ${p.when}`,
  lapses: (p) => `vence ${p.when}`,
  lapsed: 'Ninguém decidiu a tempo',
  decidedBy: (p) => `por ${p.name}`,
  endedBy: (p) => `terminado por ${p.name}`,
  note: (p) => `“${p.note}”`,
  approve: 'Aprovar',
  refuse: 'Recusar',
  withdraw: 'Retirar',
  end: 'Terminar agora',
  approveLabel: (p) => `Aprovar o pedido de ${p.name} para ${p.machine}`,
  refuseLabel: (p) => `Recusar o pedido de ${p.name} para ${p.machine}`,
  withdrawLabel: (p) => `Retirar o pedido para ${p.machine}`,
  endLabel: (p) => `Terminar agora o acesso de ${p.name} a ${p.machine}`,
  deciding: {
    approveTitle: (p) => `Dar a ${p.name} mais acesso a ${p.machine}?`,
    approveBody: (p) =>
      `${p.what}, por ${p.life} a partir de agora. Você ou a pessoa podem terminar antes.`,
    refuseTitle: (p) => `Recusar mais acesso a ${p.machine} para ${p.name}?`,
    says: (p) => `${p.name} diz: “${p.reason}”`,
    note: 'Observação',
    noteHint: 'Uma palavra a quem pediu; ela fica guardada na auditoria.',
    approved: (p) => `${p.name} tem o acesso agora`,
    refused: 'O pedido foi recusado',
  },
  withdrawing: {
    title: (p) => `Retirar o seu pedido para ${p.machine}?`,
    body: 'Ninguém mais pode aprová-lo. Você pode pedir de novo.',
    done: 'O pedido foi retirado',
  },
  ending: {
    title: (p) => `Terminar agora o acesso de ${p.name} a ${p.machine}?`,
    body: 'O que está sendo feito com ele termina na hora, incluindo as sessões.',
    done: 'O acesso terminou',
  },
  asking: {
    title: 'Pedir mais acesso',
    titleFor: (p) => `Pedir mais acesso a ${p.machine}`,
    intro: 'Outra pessoa que pode fazer isto ali decide. Vale a partir de então e termina sozinho.',
    permissions: 'Para quê',
    held: 'Você já pode fazer isto ali.',
    forbidden: 'Uma regra de acesso proíbe isto ali, seja quem for que aprove.',
    proof: 'Você pode fazer isto ali depois de uma prova recente; ninguém precisa aprovar.',
    life: 'Por quanto tempo, a partir da aprovação',
    reason: 'Por quê',
    reasonHint: 'Para quem decide e para quem lê a auditoria.',
    submit: 'Pedir',
    asked: 'O pedido foi feito',
    askedBody: 'A resposta aparece em Pedidos de acesso assim que alguém decidir.',
  },
  machine: {
    label: 'Acesso por um tempo',
    waiting: 'O seu pedido de mais acesso espera uma decisão',
    approved: (p) => `Você tem mais acesso aqui até ${p.when}`,
    askFor: (p) => `Pedir mais acesso a ${p.machine}`,
  },
}
