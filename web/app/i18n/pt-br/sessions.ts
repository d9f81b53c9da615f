/** Session history, on its own page and on the page of a machine. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const sessions: Messages['sessions'] = {
  title: 'Sessões',
  columns: {
    machine: 'Máquina',
    technician: 'Técnico',
    rights: 'Permissão',
    started: 'Início',
    duration: 'Duração',
    data: 'Dados',
    end: 'Estado',
  },
  dataHint: 'Recebidos pelo visualizador',
  end: 'Encerrar',
  endLabel: (p) => `Encerrar a sessão de ${p.technician} com ${p.machine}`,
  endTitle: 'Encerrar esta sessão?',
  endBody: (p) => `${p.technician} perde a conexão com ${p.machine} imediatamente.`,
  ended: 'A sessão foi encerrada',
  by: (p) => `${p.reason}: ${p.name}`,
  empty: {
    title: 'Nenhuma sessão ainda',
    body: 'Toda sessão aberta fica registrada aqui: quem, qual máquina, quanto tempo e por que terminou.',
    action: 'Ir para Máquinas',
  },
  searchLabel: 'Filtrar as sessões carregadas',
  searchPlaceholder: 'Máquina, técnico, motivo',
  notConnected: 'não conectou',
  openLabel: (p) => `Sessão de ${p.technician} com ${p.machine}`,

  select: (p) => `Selecionar a sessão de ${p.technician} com ${p.machine}`,
  selectAll: 'Selecionar todas as que terminaram',
  selected: (p) => plural(p.count, { one: '# selecionada', other: '# selecionadas' }),
  clearSelection: 'Limpar a seleção',
  remove: 'Remover registros',
  removeTitle: (p) =>
    plural(p.count, { one: 'Remover este registro?', other: 'Remover # registros?' }),
  removeBody:
    'O que aconteceu nestas sessões deixa de aparecer aqui. A auditoria guarda quem se conectou a quê e quem removeu os registros.',
  removed: (p) =>
    plural(p.count, { one: 'O registro foi removido', other: '# registros foram removidos' }),

  one: {
    title: (p) => `Sessão com ${p.machine}`,
    facts: 'Dados',
    timeline: 'O que aconteceu',
    noEvents: 'Nada foi registrado.',
    machine: 'Máquina',
    technician: 'Técnico',
    state: 'Estado',
    rights: 'Permissões',
    rightsAsked: 'Pedidas',
    consent: 'Consentimento',
    notAsked: 'Ninguém precisou ser consultado',
    requested: 'Pedida',
    connected: 'Conectada',
    ended: 'Encerrada',
    duration: 'Duração',
    interruptions: 'Interrupções',
    toViewer: 'Para o visualizador',
    toAgent: 'Para a máquina',
    quality: 'Como foi',
    noFigures: 'Nada foi medido.',
    pictureDelay: 'Atraso da imagem',
    roundTrip: 'Ida e volta',
    pictures: 'Imagens mostradas',
    copiedToViewer: 'Copiado dela',
    copiedToAgent: 'Copiado para ela',
    spread: (p) => `${p.half}; 95 % em até ${p.most}`,
    copied: (p) =>
      p.count === 0
        ? 'Nada'
        : plural(p.count, { one: `# texto, ${p.size}`, other: `# textos, ${p.size}` }),
    id: 'Id',
    consentOutcome: {
      allowed: 'Aceito',
      nobody_logged_on: 'Ninguém estava usando, o que o permite',
      refused: 'Recusado',
      timed_out: 'Sem resposta',
      nobody_to_ask: 'Ninguém lá',
    },
    consentBy: (p) => `${p.outcome}: ${p.name}, ${p.time}`,
    consentAt: (p) => `${p.outcome}, ${p.time}`,
    event: {
      requested: 'Pedida',
      consent_given: 'Aceita na máquina',
      consent_refused: 'Não aceita na máquina',
      connected: 'Conectada',
      interrupted: 'Interrompida',
      resumed: 'Retomada',
      rights_asked: 'Mais permissões pedidas',
      rights_granted: 'Permissões dadas',
      rights_refused: 'Permissões não dadas',
      rights_taken_back: 'Permissões retomadas na máquina',
      ended: 'Encerrada',
      said: 'Disse',
      handed_over: 'Passou o controle',
    },
    drivesNow: (p) => `${p.name} no controle`,
  },
}
