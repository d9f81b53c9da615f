/** Owner set-up and sign-in. */
import type { Messages } from '../en'

export const account: Messages['account'] = {
  setup: {
    title: 'Configurar o Farol',
    intro: 'Você é a primeira pessoa aqui. Esta conta será a dona da organização.',
    name: 'Seu nome',
    nameHint: 'Os usuários finais o veem quando você se conecta à máquina deles.',
    email: 'E-mail',
    password: 'Senha',
    organization: 'Organização',
    organizationHint: 'De quem são as máquinas que você atende.',
    submit: 'Criar a conta',
    noToken: {
      title: 'Abra o link do servidor',
      body: 'A configuração começa por um link de uso único. Obtenha um no servidor com:',
    },
    badLink: {
      title: 'Este link não funciona',
      body: 'Ele já foi usado, expirou ou está incompleto. O que você digitou fica guardado para um novo link que você abrir nesta aba. Obtenha um no servidor com:',
    },
    alreadyDone: {
      title: 'O Farol já está configurado',
      body: 'Já existe uma conta, então a configuração está encerrada de vez.',
    },
  },
  signIn: {
    title: 'Entrar',
    email: 'E-mail',
    password: 'Senha',
    submit: 'Entrar',
    or: 'ou',
    withPasskey: 'Entrar com uma chave de acesso',
    withLink: 'Entrando…',
    help: 'Primeira vez aqui ou sem acesso? Obtenha um link de uso único no servidor com:',
    toSignIn: 'Ir para a página de acesso',
  },
  showPassword: 'Mostrar a senha',
  hidePassword: 'Ocultar a senha',
  copyCommand: 'Copiar o comando',
  strength: {
    label: 'Força da senha',
    checking: 'Avaliando…',
    scores: [
      'Adivinhada na hora',
      'Fácil de adivinhar',
      'Pode ser adivinhada',
      'Difícil de adivinhar',
      'Muito difícil de adivinhar',
    ],
    guesses: (p) => `cerca de 10${p.power} tentativas`,
    needed:
      'É preciso pelo menos “Difícil de adivinhar”. Quatro palavras sem relação são um bom começo.',
    unavailable: 'Não é possível avaliar a força agora.',
  },
  warnings: {
    straight_rows_of_keys_are_easy_to_guess: 'Fileiras de teclas são fáceis de adivinhar.',
    short_keyboard_patterns_are_easy_to_guess: 'Padrões curtos de teclado são fáceis de adivinhar.',
    repeats_like_aaa_are_easy_to_guess: 'Caracteres repetidos são fáceis de adivinhar.',
    repeats_like_abc_abc_are_only_slightly_harder_to_guess:
      'Padrões repetidos são fáceis de adivinhar.',
    sequences_like_abc_are_easy_to_guess: 'Sequências como “abc” são fáceis de adivinhar.',
    recent_years_are_easy_to_guess: 'Anos recentes são fáceis de adivinhar.',
    dates_are_often_easy_to_guess: 'Datas são fáceis de adivinhar.',
    this_is_a_top10_password: 'Esta é uma das dez senhas mais usadas.',
    this_is_a_top100_password: 'Esta é uma das cem senhas mais usadas.',
    this_is_a_common_password: 'Esta é uma senha muito usada.',
    this_is_similar_to_a_commonly_used_password: 'Parece com uma senha muito usada.',
    a_word_by_itself_is_easy_to_guess: 'Uma palavra só é fácil de adivinhar.',
    names_and_surnames_by_themselves_are_easy_to_guess: 'Nomes são fáceis de adivinhar.',
    common_names_and_surnames_are_easy_to_guess: 'Nomes comuns são fáceis de adivinhar.',
  },
  suggestions: {
    use_a_few_words_avoid_common_phrases: 'Use algumas palavras que não combinem entre si.',
    no_need_for_symbols_digits_or_uppercase_letters:
      'Símbolos, números e maiúsculas não são necessários.',
    add_another_word_or_two: 'Acrescente mais uma ou duas palavras incomuns.',
    capitalization_doesnt_help_very_much: 'Maiúsculas quase não ajudam.',
    all_uppercase_is_almost_as_easy_to_guess_as_all_lowercase:
      'Tudo em maiúsculas é quase tão fácil quanto em minúsculas.',
    reversed_words_arent_much_harder_to_guess: 'Palavras invertidas quase não são mais difíceis.',
    predictable_substitutions_dont_help_very_much: 'Trocas como “@” por “a” quase não ajudam.',
    use_a_longer_keyboard_pattern_with_more_turns: 'Use um padrão mais longo, com mais voltas.',
    avoid_repeated_words_and_characters: 'Evite palavras e caracteres repetidos.',
    avoid_sequences: 'Evite sequências.',
    avoid_recent_years: 'Evite anos recentes.',
    avoid_years_that_are_associated_with_you: 'Evite anos que tenham a ver com você.',
    avoid_dates_and_years_that_are_associated_with_you: 'Evite datas que tenham a ver com você.',
  },
}
