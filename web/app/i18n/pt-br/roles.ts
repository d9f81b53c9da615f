/** Roles: what each allows. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const roles: Messages['roles'] = {
  title: 'Papéis',
  intro:
    'O que as pessoas podem fazer. Um papel se dá a alguém para o servidor inteiro ou para uma organização; quem tem vários pode o que qualquer um deles permite.',
  notAllowed: 'Nenhum dos seus papéis permite ver os papéis. Fale com quem gerencia pessoas.',
  count: (p) => plural(p.count, { one: '# papel', other: '# papéis' }),
  create: 'Novo papel',
  columns: { name: 'Papel', allows: 'Permite', people: 'Pessoas' },
  builtIn: {
    requester: {
      name: 'Solicitante',
      says: 'Vê as máquinas e pede acesso a elas por um tempo.',
    },
    viewer: { name: 'Observador', says: 'Vê as máquinas e as telas delas, e não mexe em nada.' },
    technician: { name: 'Técnico', says: 'Conecta às máquinas e atende pessoas.' },
    administrator: {
      name: 'Administrador',
      says: 'Cuida também de máquinas, pessoas e regras.',
    },
    owner: { name: 'Dono', says: 'Pode fazer tudo.' },
  },
  builtInBadge: 'Do sistema',
  people: (p) => plural(p.count, { one: '# pessoa', other: '# pessoas' }),
  everything: 'Tudo',
  nothing: 'Nada',
  some: (p) => `${p.count} de ${p.all}`,
  part: (p) => `${p.group} (${p.count} de ${p.all})`,
  yes: 'Permitido',
  no: 'Não permitido',
  open: (p) => `O que ${p.role} permite`,
  actionsFor: (p) => `Ações para o papel ${p.role}`,
  show: 'Mostrar o que permite',
  edit: 'Editar',
  duplicate: 'Duplicar',
  remove: 'Excluir',
  beyond: 'Só quem pode fazer tudo isto no servidor inteiro consegue alterar este papel.',
  removeTitle: (p) => `Excluir o papel ${p.role}?`,
  removeBody:
    'Só dá para excluí-lo enquanto ninguém o tem e nenhum convite e nenhuma regra de acesso trata dele.',
  removed: (p) => `O papel ${p.role} foi excluído`,
  created: (p) => `O papel ${p.role} foi criado`,
  changed: (p) => `O papel ${p.role} foi alterado`,
  form: {
    createTitle: 'Criar um papel',
    createIntro: 'Depois ele pode ser dado a pessoas.',
    editTitle: 'Alterar o papel',
    editIntro: (p) =>
      plural(p.count, {
        one: '# pessoa o tem. O que mudar aqui vale na hora para ela.',
        other: '# pessoas o têm. O que mudar aqui vale na hora para elas.',
      }),
    create: 'Criar papel',
    name: 'Nome',
    description: 'Descrição',
    descriptionHint: 'Para que serve, em uma linha.',
    copyOf: (p) => `${p.role} (cópia)`,
    notYours: 'Isto não lhe é permitido no servidor inteiro; por isso não dá para concedê-lo.',
    conflict: {
      title: 'Outra pessoa alterou enquanto isso',
      body: (p) =>
        `Agora se chama “${p.name}” e permite: ${p.allows}. Salve de novo para trocar o que foi escolhido.`,
    },
  },
}
