/** Support codes and the people who wait with one; the public page. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const support: Messages['support'] = {
  title: 'Atendimento',
  intro:
    'Para pessoas cujo computador não tem agente: elas abrem uma página, digitam um código e esperam aqui. Ninguém vê a tela delas sem perguntar antes.',
  newCode: 'Novo código',
  waiting: {
    title: 'Pessoas em espera',
    empty: {
      title: 'Ninguém está esperando',
      body: 'Crie um código e leia-o para a pessoa que você quer ajudar. Quem iniciar o programa com ele aparece aqui.',
    },
    columns: {
      computer: 'Computador',
      since: 'Esperando',
      note: 'Anotação',
      who: 'Técnico',
    },
    noUser: 'ninguém conectado',
    inSession: 'em sessão',
    anyone: 'quem estiver livre',
    assigned: (p) => `para ${p.name}`,
    assignedToYou: 'para você',
    taken: (p) => `com ${p.name}`,
    takenByYou: 'com você',
    take: 'Atender e conectar',
    coming: 'O computador não está conectado neste momento.',
    takeLabel: (p) => `Atender e conectar: ${p.computer}`,
    moreFor: (p) => `Mais para ${p.computer}`,
    details: 'Sobre este computador',
    takeOnly: 'Atender sem conectar',
    release: 'Devolver à fila',
    finish: 'Dispensar',
    finishTitle: (p) => `Dispensar ${p.computer}?`,
    finishBody:
      'O programa naquele computador termina, as sessões com ele terminam e o registro dele é removido. As sessões passadas e a auditoria ficam.',
    finished: (p) => `${p.computer} foi dispensado`,
  },
  codes: {
    title: 'Códigos abertos',
    empty: 'Nenhum código está aberto.',
    columns: { note: 'Anotação', who: 'Para', expires: 'Expira', created: 'Criado' },
    noNote: 'sem anotação',
    anyone: 'quem estiver livre',
    by: (p) => `por ${p.name}`,
    revoke: 'Revogar',
    revokeLabel: (p) => `Revogar o código: ${p.name}`,
    revokeTitle: (p) => `Revogar o código “${p.name}”?`,
    revokeBody: 'Ninguém mais poderá vir com ele. Quem já veio continua.',
    revoked: 'O código foi revogado',
  },
  form: {
    title: 'Um novo código de suporte',
    who: 'Quem atende a pessoa',
    anyone: {
      label: 'Quem estiver livre primeiro',
      says: 'Todos os técnicos veem a pessoa esperando, e um deles a atende.',
    },
    me: {
      label: 'Eu',
      says: 'Os outros veem que a pessoa espera por você. Um responsável pode intervir.',
    },
    expires: 'Funciona por',
    minutes: (p) => plural(p.count, { one: '# minuto', other: '# minutos' }),
    hours: (p) => plural(p.count, { one: '# hora', other: '# horas' }),
    note: 'Anotação',
    noteHint: 'Para você e os outros técnicos: um nome, um telefone, um chamado.',
    submit: 'Criar código',
  },
  done: {
    title: 'Leia este código para a pessoa',
    once: 'Ele funciona uma vez e só é mostrado agora.',
    code: 'Código de suporte',
    copyCode: 'Copiar o código',
    link: 'Endereço a abrir no computador que precisa de ajuda',
    copyLink: 'Copiar o link',
    chat: 'Para um chat ou e-mail',
    chatLanguage: 'Idioma do texto',
    copyChat: 'Copiar o texto',
    expires: (p) => `Funciona até ${p.time}.`,
    close: 'Concluir',
  },
  chat: (p) =>
    `Para receber ajuda, abra este endereço no computador que precisa dela:\n${p.link}\n\nSeu código de suporte: ${p.code} (funciona até ${p.time})\n\nNinguém vê sua tela antes de você concordar. Alguém ligou sem você pedir e quer que você faça isto? Então não abra.`,
}

export const join: Messages['join'] = {
  title: 'Receber ajuda',
  intro: 'Digite o código que você recebeu da pessoa que vai ajudar.',
  code: 'Seu código de suporte',
  example: 'Por exemplo K7Q-F2M-9X4',
  mistyped: 'Este código não está certo. Confira com a pessoa que o passou a você.',
  unfinished: 'Um código tem nove letras e números.',
  submit: 'Continuar',
  looking: 'Procurando o código…',
  ready: {
    title: (p) => `${p.organization} vai ajudar você`,
    technician: (p) => `${p.name} está esperando por você.`,
    until: (p) => `Seu código funciona até ${p.time}.`,
    otherCode: 'Usar outro código',
  },
  warning: {
    title: 'Alguém telefonou e pediu isto a você?',
    body: (p) =>
      `Continue só se foi você quem pediu ajuda a ${p.organization}. Ninguém honesto liga sem você pedir por causa de um problema no seu computador ou no seu banco: desligue e feche esta página.`,
  },
  next: {
    title: 'O que acontece depois',
    steps: [
      'Baixe o programa e abra-o: ele não é instalado e não precisa de administrador.',
      'Ele diz quem quer se conectar e pergunta a você; ninguém vê sua tela antes de você concordar.',
      'Você vê o tempo todo quem está conectado e encerra com um clique; ao fechar o programa, nada fica para trás.',
    ],
    linux:
      'No Linux, permita primeiro que o arquivo seja executado (nas propriedades dele, ou com chmod +x).',
    rename: 'Não mude o nome do arquivo: ele leva o seu código.',
  },
  download: {
    button: (p) => `Baixar para ${p.system} (${p.size})`,
    started: 'Agora abra o arquivo baixado. Esta página pode ficar aberta.',
    others: 'Para outro computador',
    systems: { windows: 'Windows', macos: 'macOS', linux: 'Linux' },
    named: (p) => `${p.system}, ${p.arch}`,
    archs: { x86_64: 'Intel ou AMD', aarch64: 'ARM' },
    none: {
      title: 'Ainda não há nada para baixar',
      body: 'Quem cuida deste servidor precisa colocar o programa nele primeiro. Avise a pessoa que ajuda você.',
    },
    notForThis: {
      title: 'Não há programa para este computador',
      body: 'Este servidor só o tem para outros sistemas. Avise a pessoa que ajuda você.',
    },
  },
  phone: {
    title: 'Vá ao computador que precisa de ajuda',
    body: 'Em um celular ou tablet isto não funciona. Abra este endereço lá e digite o código:',
    address: 'Endereço',
    code: 'Código',
  },
}
