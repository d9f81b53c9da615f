/** What a role may allow: names for lists, sentences for where it is explained or chosen. */
import type { Messages } from '../en'

export const permissions: Messages['permissions'] = {
  'machine.see': {
    name: 'Ver máquinas',
    says: 'As máquinas, os locais delas e o que se sabe sobre elas.',
  },
  'machine.manage': {
    name: 'Gerenciar máquinas',
    says: 'Renomear, mover, etiquetar, bloquear e unir máquinas, e decidir sobre as que estão em quarentena.',
  },
  'machine.remove': {
    name: 'Remover máquinas',
    says: 'Uma máquina removida precisa ser cadastrada de novo.',
  },
  'screen.view': { name: 'Ver a tela', says: 'Conectar a uma máquina e assistir à tela dela.' },
  'screen.control': { name: 'Controlar a tela', says: 'Usar o mouse e o teclado de uma máquina.' },
  'clipboard.share': {
    name: 'Compartilhar a área de transferência',
    says: 'Copiar aqui e colar na máquina, e o contrário.',
  },
  'files.transfer': {
    name: 'Transferir arquivos',
    says: 'Trazer arquivos de uma máquina e levar arquivos para ela.',
  },
  'terminal.open': { name: 'Abrir um terminal', says: 'Executar comandos em uma máquina.' },
  'session.see': {
    name: 'Ver sessões',
    says: 'Quem esteve conectado a qual máquina, quando e como.',
  },
  'session.manage': {
    name: 'Gerenciar sessões',
    says: 'Encerrar sessões de outras pessoas e ver quem foi convidado para elas.',
  },
  'session.remove': {
    name: 'Remover registros de sessões',
    says: 'Registros de sessões que já terminaram.',
  },
  'support.answer': {
    name: 'Atender',
    says: 'Criar códigos de suporte e cuidar das pessoas que chegam com eles.',
  },
  'enrollment.manage': {
    name: 'Gerenciar o cadastro',
    says: 'Criar, alterar e revogar tokens de cadastro.',
  },
  'access.manage': {
    name: 'Gerenciar regras de acesso',
    says: 'Decidir a quem se pergunta antes que algo seja feito em uma máquina.',
  },
  'audit.read': { name: 'Ler a auditoria', says: 'Ler e exportar registros de auditoria.' },
  'webhook.manage': {
    name: 'Gerenciar webhooks',
    says: 'Avisar outros sistemas do que acontece: tudo o que a auditoria diz.',
  },
  'account.see': { name: 'Ver pessoas', says: 'Quem tem uma conta e o que pode fazer.' },
  'account.manage': {
    name: 'Gerenciar pessoas',
    says: 'Convidar pessoas, dar e tirar papéis, desativar e excluir contas.',
  },
  'role.manage': {
    name: 'Gerenciar papéis',
    says: 'Criar, alterar e excluir papéis. Só vale para o servidor inteiro.',
  },
  'organization.manage': {
    name: 'Gerenciar organizações',
    says: 'Renomear organizações e criar, renomear, arquivar e excluir locais. No servidor inteiro: criar e arquivar organizações.',
  },
  'server.manage': {
    name: 'Gerenciar o servidor',
    says: 'As chaves de identidade e o certificado dele. Só vale para o servidor inteiro.',
  },
}

export const permissionGroups: Messages['permissionGroups'] = {
  machines: 'Máquinas',
  sessions: 'Tela e sessões',
  support: 'Atendimento',
  people: 'Pessoas e regras',
  server: 'Organizações e servidor',
}
