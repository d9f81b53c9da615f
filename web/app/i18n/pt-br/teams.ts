/** Teams: named sets of people that are given roles as one. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const teams: Messages['teams'] = {
  title: 'Equipes',
  intro:
    'Pessoas que recebem papéis em conjunto. Quem está em uma equipe pode o que ela pode; quem sai perde isso na hora.',
  notAllowed: 'Nenhum dos seus papéis permite ver as equipes. Fale com quem gerencia pessoas.',
  count: (p) => plural(p.count, { one: '# equipe', other: '# equipes' }),
  create: 'Nova equipe',
  empty: {
    title: 'Ainda não há equipes',
    body: 'Crie uma para quem faz o mesmo trabalho e dê a ela os papéis para isso. Assim ninguém precisa lembrar deles a cada pessoa que chega.',
  },
  columns: { name: 'Equipe', people: 'Pessoas', roles: 'Papéis' },
  people: (p) => plural(p.count, { one: '# pessoa', other: '# pessoas' }),
  noRoles: 'nenhum papel',
  ofServer: 'servidor inteiro',
  open: (p) => `Pessoas em ${p.team}`,
  actionsFor: (p) => `Ações para a equipe ${p.team}`,
  menu: { people: 'Pessoas…', roles: 'Papéis…', edit: 'Editar…', remove: 'Excluir…' },
  created: (p) => `A equipe ${p.team} foi criada`,
  changed: (p) => `A equipe ${p.team} foi alterada`,
  removed: (p) => `A equipe ${p.team} foi excluída`,
  removeTitle: (p) => `Excluir a equipe ${p.team}?`,
  removeBody: (p) =>
    plural(p.count, {
      one: 'A # pessoa dela perde o que a equipe pode, e o que ela abriu por meio disso termina. A conta continua.',
      other:
        'As # pessoas dela perdem o que a equipe pode, e o que elas abriram por meio disso termina. As contas continuam.',
    }),
  remove: 'Excluir',
  form: {
    createTitle: 'Criar uma equipe',
    createIntro: 'Depois dá para colocar pessoas nela e lhe dar papéis.',
    editTitle: 'Alterar a equipe',
    create: 'Criar equipe',
    name: 'Nome',
    note: 'Observação',
    noteHint: 'Para que serve, em uma linha.',
    place: 'De quem',
    placeHint: 'A equipe de uma organização só recebe papéis nela. Isto não muda depois.',
    inServer: 'Servidor inteiro',
    conflict: {
      title: 'Outra pessoa alterou enquanto isso',
      body: (p) => `Agora se chama “${p.name}”. Salve de novo para trocar o que foi escolhido.`,
    },
  },
  members: {
    title: (p) => `Pessoas em ${p.team}`,
    none: 'Ninguém está nesta equipe.',
    disabled: 'Desativada',
    since: (p) => `desde ${p.time}, por ${p.name}`,
    beyond: 'Só quem pode dar tudo o que esta equipe tem coloca e tira pessoas.',
    takeOut: 'Tirar',
    takeOutLabel: (p) => `Tirar ${p.name} da equipe`,
    takeOutTitle: (p) => `Tirar ${p.name} de ${p.team}?`,
    takeOutBody:
      'O que só esta equipe lhe permite, a pessoa deixa de poder agora. As sessões que ela tem por isso terminam.',
    takeOutOwn: 'É você: talvez depois não dê para você voltar por conta própria.',
    takenOut: (p) => `${p.name} não está mais na equipe`,
    add: 'Colocar alguém',
    search: 'Buscar pessoas',
    searchHint: 'Por nome ou e-mail. Quem entra tem tudo o que a equipe tem, na hora.',
    addLabel: (p) => `Colocar ${p.name} na equipe`,
    added: (p) => `${p.name} está na equipe`,
    nothing: 'Fora da equipe não há ninguém assim.',
    more: (p) => plural(p.count, { one: 'E mais #: busque.', other: 'E mais #: busque.' }),
  },
}
