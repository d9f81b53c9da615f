/** Words that every page uses. */
import type { Messages } from '../en'

export const common: Messages['common'] = {
  appName: 'Farol',
  close: 'Fechar',
  cancel: 'Cancelar',
  save: 'Salvar',
  copy: 'Copiar',
  copied: 'Copiado',
  retry: 'Tentar de novo',
  back: 'Voltar',
  loading: 'Carregando…',
  more: 'Mostrar mais',
  actions: 'Ações',
  unknown: 'desconhecido',
  none: '–',
  optional: 'opcional',
  menu: 'Menu',
  search: 'Buscar',
  clearSearch: 'Limpar a busca',
  noMatches: (p) => `Nada corresponde a “${p.query}”.`,
  dismiss: 'Dispensar',
  notice: 'Aviso',
  notices: 'Avisos ({hotkey})',
  you: 'você',
}
