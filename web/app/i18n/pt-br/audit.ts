/** Audit entries. */
import type { Messages } from '../en'

export const audit: Messages['audit'] = {
  title: 'Auditoria',
  intro: 'Quem fez o quê, do mais recente ao mais antigo. As entradas são encadeadas e não mudam.',
  searchLabel: 'Filtrar as entradas carregadas',
  searchPlaceholder: 'Pessoa, ação, máquina, id da requisição',
  columns: { at: 'Hora', actor: 'Quem', action: 'O quê', detail: 'Detalhes' },
  empty: {
    title: 'Nenhuma entrada ainda',
    body: 'Tudo o que altera alguma coisa fica registrado aqui.',
  },
  noneLoaded: (p) => `Nada corresponde a “${p.query}” nas entradas carregadas até agora.`,
  end: 'Isto é tudo.',
}
