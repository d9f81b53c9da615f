/** Session history, on its own page and on the page of a machine. */
import type { Messages } from '../en'

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
}
