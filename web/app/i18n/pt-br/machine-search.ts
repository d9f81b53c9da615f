/** The box that the list of machines is searched with, in the language of `docs/search.md`. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const machineSearch: Messages['machineSearch'] = {
  offers: 'O que pode ficar aqui',
  kinds: { field: 'campo', value: 'valor', keyword: 'palavra-chave' },
  found: (p) => plural(p.count, { one: '# máquina encontrada', other: '# máquinas encontradas' }),
  foundMore: (p) => `${p.count} máquinas encontradas, ou mais`,
  none: {
    all: (p) => `Nenhuma máquina corresponde a “${p.query}”`,
    online: (p) => `Nenhuma máquina online corresponde a “${p.query}”`,
    offline: (p) => `Nenhuma máquina offline corresponde a “${p.query}”`,
    blocked: (p) => `Nenhuma máquina bloqueada corresponde a “${p.query}”`,
    hint: 'As palavras são buscadas em tudo o que uma máquina informa, sem distinguir maiúsculas nem acentos. Talvez haja uma a mais.',
    clear: 'Limpar a busca',
    everything: 'Mostrar todas as que correspondem',
  },
  notYet: 'Ainda não dá para entender a busca.',
  use: (p) => `Usar “${p.suggestion}”`,
  mistakes: {
    text_too_long: () => 'Uma busca tem no máximo 1.000 caracteres. Tire alguma coisa.',
    too_many_terms: () => 'Uma busca tem no máximo 50 termos. Tire este e os seguintes.',
    too_deep: () => 'Parênteses e exclusões ficam no máximo 10 vezes uns nos outros. Tire alguns.',
    control_character: () => 'Aqui há um caractere que nenhum texto tem. Apague-o.',
    quote_not_closed: () => 'Estas aspas não estão fechadas. Escreva outras onde o texto termina.',
    parenthesis_not_closed: () => 'Este parêntese não está fechado. Escreva “)” onde ele termina.',
    parenthesis_not_opened: () =>
      'Nenhum parêntese está aberto aqui. Apague “)”, ou ponha-o entre aspas para buscá-lo.',
    parentheses_empty: () => 'Não há nada nestes parênteses. Escreva algo, ou apague-os.',
    lone_minus: () =>
      'O sinal de menos fica logo antes do que ele exclui, como em -lab. Para buscar o próprio sinal, ponha-o entre aspas.',
    nothing_after: (p) =>
      `Falta algo depois de “${p.written}”. Para buscar o próprio texto, ponha-o entre aspas.`,
    nothing_before: (p) =>
      `Falta algo antes de “${p.written}”. Para buscar o próprio texto, ponha-o entre aspas.`,
    nothing_to_find: () => 'Não há nada para buscar aqui. Escreva um texto, ou apague isto.',
    unknown_field: (p) =>
      `Não existe o campo “${p.written}”. Para buscar um texto com dois-pontos, ponha-o entre aspas.`,
    value_missing: (p) =>
      `Diga logo depois de “${p.written}”, sem espaço, o que buscar; * é qualquer valor.`,
    field_among_values: () =>
      'Nos parênteses de um campo ficam só valores. Feche-os antes deste, ou ponha-o entre aspas.',
    comparison_not_here: (p) =>
      `Não se compara assim: “${p.written}”. Tire o sinal, ou ponha-o entre aspas se ele fizer parte do valor.`,
    range_incomplete: () =>
      'Um intervalo tem dois limites, como em 2026-11-20..2026-11-22. Com um só, escreva >= ou <=.',
    range_compared: () => 'Um intervalo não se compara. Tire o sinal, ou escreva um só valor.',
    range_reversed: (p) => `Este intervalo termina antes de começar: “${p.written}”.`,
    range_mixed: () =>
      'Um limite deste intervalo é uma idade e o outro uma data. Escreva duas idades ou duas datas.',
    unknown_choice: (p) => `“${p.written}” não é um valor deste campo.`,
    not_a_number: (p) => `“${p.written}” não é um tamanho. Escreva, por exemplo, >8gb ou <512mib.`,
    not_a_time: (p) => `“${p.written}” não é uma idade (<2h, >30d) nem uma data (2026-11-20).`,
    not_an_address: (p) =>
      `“${p.written}” não é um endereço nem uma rede. Escreva, por exemplo, 10.2.0.0/16.`,
    not_a_version: (p) =>
      `“${p.written}” não é uma versão: versões são números com pontos entre eles.`,
    not_yes_or_no: (p) => `“${p.written}” não é yes (sim) nem no (não).`,
  },
  help: {
    button: 'Como buscar',
    title: 'Buscar máquinas',
    intro: 'As palavras podem estar em tudo o que uma máquina informa. Campos restringem a busca.',
    examples: [
      { q: 'recepção lab', finds: 'as duas palavras, em qualquer lugar' },
      { q: '"windows 11"', finds: 'estas palavras lado a lado' },
      { q: 'os:debian user:ana', finds: 'nestes campos' },
      { q: '-tag:loan is:online', finds: 'online, e sem essa etiqueta' },
      { q: 'tag:(lab OR loan)', finds: 'uma destas etiquetas' },
      { q: 'ip:10.2.0.0/16', finds: 'nessa rede' },
      { q: 'seen:>30d', finds: 'há mais de 30 dias sem ficar online' },
      { q: 'memory:<8gb software:firefox', finds: 'pouca memória, e isso instalado' },
    ],
    more: 'Escreva o começo de um campo para ver o nome dele, ou pressione Alt e seta para baixo para ver todos.',
  },
}
