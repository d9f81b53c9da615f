/** Organizations and their sites. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const organizations: Messages['organizations'] = {
  title: 'Organizações',
  intro:
    'De quem são as máquinas e onde elas ficam. Papéis valem para a organização inteira; regras de acesso, também para um dos seus locais.',
  notAllowed:
    'Nenhum dos seus papéis permite gerenciar organizações. Fale com quem gerencia pessoas.',
  count: (p) => plural(p.count, { one: '# organização', other: '# organizações' }),
  create: 'Nova organização',
  createTitle: 'Criar uma organização',
  createIntro:
    'Ela começa com um local de mesmo nome. Quem tem um papel no servidor inteiro também o tem nela.',
  rename: 'Renomear',
  renameLabel: (p) => `Renomear a organização ${p.name}`,
  renameTitle: 'Renomear a organização',
  name: 'Nome',
  created: (p) => `A organização ${p.name} foi criada`,
  renamed: (p) => `A organização agora se chama ${p.name}`,
  since: (p) => `desde ${p.date}`,
  archive: 'Arquivar',
  archiveLabel: (p) => `Arquivar a organização ${p.name}`,
  archiving: {
    title: (p) => `Arquivar a organização ${p.name}?`,
    body: 'Ela sai de todas as listas, e nada de novo entra nela. Só funciona quando não há mais nenhuma máquina nela.',
    does: [
      'Os tokens de cadastro, os códigos de suporte e os convites em aberto são revogados, e continuam assim.',
      'O registro de auditoria continua legível, e os papéis ficam como estão.',
      'Você pode restaurá-la a qualquer momento.',
    ],
    done: (p) => `A organização ${p.name} foi arquivada`,
  },
  archived: 'Arquivado',
  archivedBy: (p) => `Arquivado por ${p.name}, ${p.time}`,
  showArchived: 'Mostrar arquivados',
  restore: 'Restaurar',
  restoreLabel: (p) => `Restaurar a organização ${p.name}`,
  restored: (p) => `A organização ${p.name} está de volta`,
  conflict: {
    title: 'Outra pessoa alterou enquanto isso',
    body: (p) => `Agora se chama “${p.name}”. Salve de novo para trocar esse nome.`,
  },
  sites: {
    label: (p) => `Locais de ${p.organization}`,
    hidden: 'Nenhum dos seus papéis permite ver os locais desta organização.',
    columns: { name: 'Local', machines: 'Máquinas', created: 'Criado' },
    create: 'Novo local',
    createLabel: (p) => `Novo local de ${p.organization}`,
    createTitle: (p) => `Criar um local de ${p.organization}`,
    renameTitle: 'Renomear o local',
    created: (p) => `O local ${p.name} foi criado`,
    renamed: (p) => `O local agora se chama ${p.name}`,
    actionsFor: (p) => `Ações para o local ${p.name}`,
    archiving: {
      title: (p) => `Arquivar o local ${p.name}?`,
      body: 'Ele sai de todas as listas, e nada de novo entra nele. Só funciona quando não há mais nenhuma máquina lá.',
      does: [
        'Os tokens de cadastro que levam para lá são revogados, e continuam assim.',
        'Os papéis e as regras de acesso sobre ele ficam como estão.',
        'Você pode restaurá-lo a qualquer momento.',
      ],
      done: (p) => `O local ${p.name} foi arquivado`,
    },
    restored: (p) => `O local ${p.name} está de volta`,
    remove: 'Excluir',
    removeTitle: (p) => `Excluir o local ${p.name}?`,
    removeBody:
      'Só dá para excluí-lo quando nenhuma máquina e nenhum token de cadastro pertence a ele. As regras de acesso sobre ele são excluídas junto.',
    removed: (p) => `O local ${p.name} foi excluído`,
  },
}
