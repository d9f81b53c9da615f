/** Sentences for the stable codes of the API. */
import type { Messages } from '../en'

const differentVersions = {
  title: 'O servidor não conhece esta requisição',
  detail: 'O console e o servidor podem ser de versões diferentes. Recarregue a página.',
}

export const codes: Messages['codes'] = {
  problem: {
    network: {
      title: 'O servidor não responde',
      detail: 'Verifique a rede e se o farol está em execução, e tente de novo.',
    },
    unreadable_answer: {
      title: 'Não é possível ler a resposta',
      detail: 'Algo entre este navegador e o servidor respondeu no lugar dele.',
    },
    passkey_not_given: {
      title: 'Nenhuma chave de acesso foi usada',
      detail: 'O navegador não deu nenhuma: foi cancelado, demorou demais ou não há nenhuma aqui.',
    },
    passkey_there_already: {
      title: 'Este dispositivo já tem uma chave de acesso sua',
      detail: 'Use essa ou adicione uma em outro dispositivo.',
    },
    passkey_not_possible: {
      title: 'O navegador recusa chaves de acesso aqui',
      detail: 'Elas só funcionam no nome do próprio servidor e por uma conexão segura.',
    },
    reason_required: {
      title: 'É preciso dizer um motivo',
      detail:
        'O seu papel nesta máquina pergunta por quê. Conecte-se de novo e diga em poucas palavras.',
    },
    not_signed_in: { title: 'Você saiu', detail: 'Entre de novo para continuar.' },
    invalid_credentials: {
      title: 'E-mail ou senha incorretos',
      detail: 'Confira os dois e se o Caps Lock está ligado.',
    },
    second_factor_wrong: {
      title: 'Este código não está certo',
      detail:
        'Espere o próximo código que o aplicativo mostrar; cada um vale uma vez. Confira se o relógio do celular está certo.',
    },
    recovery_code_used: {
      title: 'Este código de recuperação já foi usado',
      detail: 'Cada um vale uma vez. Use outro da sua lista.',
    },
    passkey_unknown: {
      title: 'Este servidor não conhece a chave de acesso',
      detail: 'Ela foi removida ou é de outro servidor. Entre de outro jeito.',
    },
    passkey_invalid: {
      title: 'Não foi possível conferir a chave de acesso',
      detail:
        'Tente de novo ou entre de outro jeito. O dispositivo precisa confirmar que é você, com PIN ou digital.',
    },
    passkey_cloned: {
      title: 'Pode haver uma cópia desta chave de acesso',
      detail: 'O contador dela voltou atrás. Entre de outro jeito e remova esta chave de acesso.',
    },
    sign_in_over: {
      title: 'Isto demorou demais',
      detail: 'Vale por cinco minutos e uma só vez. Comece de novo.',
    },
    step_up_required: {
      title: 'Antes, confirme que é você',
      detail: 'Isto pede uma confirmação feita há menos de dez minutos.',
    },
    second_factor_required: {
      title: 'É preciso ter um segundo fator',
      detail:
        'Adicione uma chave de acesso ou um aplicativo autenticador à sua conta e depois continue.',
    },
    second_factor_last: {
      title: 'Este é o seu único segundo fator',
      detail: 'Este servidor exige um. Adicione outro primeiro e depois remova este.',
    },
    passkeys_unavailable: {
      title: 'Chaves de acesso não funcionam neste endereço',
      detail:
        'Elas ficam presas a um nome, e este servidor é acessado por um número. Dê um nome a ele com public_url.',
    },
    sign_in_unknown: {
      title: 'Esta entrada não é conhecida',
      detail: 'Ela não começou aqui, ou começou há muito tempo. Comece de novo.',
    },
    sign_in_used: {
      title: 'Esta entrada já foi concluída',
      detail: 'Cada uma funciona uma vez. Comece de novo.',
    },
    sign_in_expired: {
      title: 'A entrada demorou demais',
      detail: 'Ela tem dez minutos. Comece de novo.',
    },
    sign_in_elsewhere: {
      title: 'Esta entrada começou em outro navegador',
      detail: 'Comece de novo neste, no endereço do próprio console, com cookies permitidos.',
    },
    provider_unknown: {
      title: 'Este provedor de identidade não está em uso',
      detail: 'Ele foi removido ou desligado. Entre de outra forma.',
    },
    provider_refused: {
      title: 'O provedor de identidade não deixou você entrar',
      detail: 'Você recusou lá, ou não tem acesso. Comece de novo ou fale com quem o administra.',
    },
    provider_unreachable: {
      title: 'O provedor de identidade não responde',
      detail: 'Tente de novo daqui a pouco ou entre com a sua senha.',
    },
    provider_not_right: {
      title: 'O provedor de identidade não está configurado corretamente',
      detail: 'Avise quem cuida deste servidor: “Verificar” no provedor diz o que está errado.',
    },
    issuer_mismatch: {
      title: 'Outro provedor de identidade respondeu',
      detail: 'Alguém pode estar tentando confundi-los. Comece de novo.',
    },
    nonce_mismatch: {
      title: 'A resposta pertence a outra entrada',
      detail: 'Comece de novo.',
    },
    identity_token_invalid: {
      title: 'Não dá para acreditar na resposta do provedor de identidade',
      detail: 'Comece de novo. Se acontecer outra vez, avise quem cuida deste servidor.',
    },
    account_missing: {
      title: 'Você não tem conta aqui',
      detail:
        'Peça um convite. Se você tem uma conta, entre nela e conecte-a pelo menu com o seu nome.',
    },
    account_limit_reached: {
      title: 'Não são criadas mais contas aqui',
      detail:
        'Já foram criadas tantas quantas este provedor de identidade pode criar. Fale com quem cuida deste servidor.',
    },
    email_domain_refused: {
      title: 'O seu endereço de e-mail não recebe conta aqui',
      detail: 'Peça um convite.',
    },
    email_not_verified: {
      title: 'O seu endereço de e-mail não foi verificado',
      detail: 'O provedor de identidade precisa dizer que ele é seu. Fale com quem o administra.',
    },
    email_taken: {
      title: 'O seu endereço de e-mail já tem uma conta',
      detail: 'Entre nela como antes e depois conecte-a pelo menu com o seu nome.',
    },
    identity_taken: {
      title: 'Isto está conectado de outra forma',
      detail:
        'A pessoa de lá pertence a outra conta, ou a conta a outra pessoa. Desconecte isso primeiro.',
    },
    identity_last: {
      title: 'Esta é a sua única forma de entrar',
      detail: 'A sua conta não tem senha. Peça a quem administra as pessoas que desconecte.',
    },
    link_invalid: {
      title: 'Este link não funciona',
      detail:
        'Ele já foi usado, expirou ou está incompleto. Obtenha outro no servidor com: farol sign-in-link',
    },
    invitation_ended: {
      title: 'Este convite não vale mais',
      detail:
        'O acesso que ele dava tinha prazo, e esse prazo já terminou. Peça outro convite a quem convidou você.',
    },
    enrollment_token_invalid: {
      title: 'O token de cadastro não é válido',
      detail: 'Ele está errado, esgotado, revogado ou expirado. Crie um novo.',
    },
    code_unknown: {
      title: 'Este código de suporte não funciona',
      detail: 'Confira com a pessoa que o passou a você, ou peça um novo.',
    },
    invitation_not_valid: {
      title: 'Este convite não funciona',
      detail:
        'Ele foi usado ou revogado, expirou ou está incompleto. Peça um novo a quem convidou você.',
    },
    guest_key_invalid: {
      title: 'Você não está mais nesta sessão',
      detail: 'Peça um novo convite a quem convidou você.',
    },
    api_token_invalid: {
      title: 'Este token de API não é válido',
      detail: 'Não é deste servidor, ou foi digitado errado.',
    },
    api_token_expired: {
      title: 'Este token de API expirou',
      detail: 'Crie um novo.',
    },
    api_token_revoked: {
      title: 'Este token de API foi revogado',
      detail: 'Ou o segredo dele foi trocado. Use outro.',
    },
    insufficient_scope: {
      title: 'Este token de API não pode fazer isto',
      detail: 'Ficou fora dos escopos ou das organizações dele. Use outro.',
    },
    login_required: {
      title: 'Nenhum token de API faz isto',
      detail: 'Entre no console para isso.',
    },
    two_credentials: {
      title: 'Um acesso e um token de API vieram juntos',
      detail: 'Envie só um deles.',
    },
    forbidden: {
      title: 'Você não pode fazer isto',
      detail:
        'Nenhum dos seus papéis permite isto. Fale com quem gerencia as pessoas na sua organização.',
    },
    encryption_required: {
      title: 'Este endereço não é criptografado',
      detail: 'Abra o console pelo endereço https.',
    },
    proxy_not_trusted: {
      title: 'O servidor não confia no proxy à sua frente',
      detail:
        'Quem administra o servidor precisa incluir o proxy em trusted_proxies no farol.toml.',
    },
    cross_site: {
      title: 'A requisição veio de outro site',
      detail: 'Abra o console no endereço dele e tente de novo.',
    },
    not_found: { title: 'Não encontrado', detail: 'Foi removido ou nunca existiu.' },
    method_not_allowed: differentVersions,
    machine_offline: {
      title: 'A máquina está offline',
      detail: 'O agente dela está sem conexão com o servidor. Tente de novo quando ela voltar.',
    },
    capability_missing: {
      title: 'O agente não consegue fazer isto',
      detail: 'O agente desta máquina não oferece o que foi pedido.',
    },
    already_enrolled: {
      title: 'A máquina já está cadastrada',
      detail: 'Remova-a primeiro ou mantenha o cadastro que ela tem.',
    },
    enrollment_network_refused: {
      title: 'O token não vale aqui',
      detail: 'Ele se destina a outras redes, não àquela de onde veio o pedido.',
    },
    enrollment_refused: {
      title: 'A instalação foi recusada',
      detail: 'Alguém decidiu que ela não tem lugar aqui.',
    },
    key_not_proved: {
      title: 'A chave da máquina não foi provada',
      detail: 'Quem pediu o cadastro não possui a chave indicada.',
    },
    key_retired: {
      title: 'Esta chave de máquina não vale mais',
      detail: 'Ela foi substituída, ou a máquina foi removida. O agente cria outra.',
    },
    quarantine_full: {
      title: 'A quarentena está cheia',
      detail: 'Decida sobre algumas das que esperam; depois outras poderão pedir de novo.',
    },
    account_disabled: {
      title: 'Esta conta está desativada',
      detail: 'Fale com quem administra as pessoas na sua organização.',
    },
    site_in_use: {
      title: 'O local está em uso',
      detail: 'Ainda há algo lá, ou é o último local. Mova ou remova primeiro.',
    },
    organization_in_use: {
      title: 'A organização está em uso',
      detail:
        'Ainda há máquinas nela, ou é a última que não está arquivada. Mova ou remova as máquinas primeiro.',
    },
    archived: {
      title: 'Está arquivado',
      detail: 'Nada de novo entra ali. Restaure primeiro ou escolha outro lugar.',
    },
    last_owner: {
      title: 'O último dono do servidor',
      detail: 'Primeiro torne outra pessoa dona do servidor inteiro.',
    },
    role_in_use: {
      title: 'O papel está em uso',
      detail: 'Alguém o tem, ou um convite ou uma regra de acesso o cita. Retire-o de lá primeiro.',
    },
    access_rule_exists: {
      title: 'Já existe uma regra assim',
      detail: 'Ela trata das mesmas máquinas, do mesmo papel e do mesmo direito. Altere aquela.',
    },
    access_rules_full: {
      title: 'Há regras de acesso demais',
      detail: 'Exclua as que não são necessárias e tente de novo.',
    },
    machine_blocked: {
      title: 'A máquina está bloqueada',
      detail: 'Desbloqueie-a na página dela; o agente volta sozinho.',
    },
    both_online: {
      title: 'As duas estão conectadas, portanto são duas máquinas',
      detail:
        'Uma máquina não fica online duas vezes. Registre que são duas, ou bloqueie ou desligue a que não deveria existir.',
    },
    merge_final: {
      title: 'Esta união permanece',
      detail:
        'Ela tem mais de 30 dias. Se forem mesmo duas, remova a máquina e cadastre-a de novo.',
    },
    machine_routes_off: {
      title: 'As rotas para agentes de helpdesk estão desligadas',
      detail: 'Defina MACHINE_PROVISIONING_SECRET no servidor e inicie-o de novo.',
    },
    provisioning_secret_invalid: {
      title: 'O segredo de provisionamento não é válido',
      detail: 'Informe ao agente o segredo com que o servidor foi iniciado.',
    },
    machine_token_invalid: {
      title: 'O token da máquina não é válido',
      detail: 'O agente da máquina precisa se registrar de novo.',
    },
    machine_token_expired: {
      title: 'O token da máquina expirou',
      detail: 'O agente da máquina precisa se registrar de novo.',
    },
    machine_token_revoked: {
      title: 'O token da máquina foi revogado',
      detail: 'Ele foi substituído ou retirado. O agente da máquina precisa se registrar de novo.',
    },
    machine_login_missing: {
      title: 'Você não entrou a partir desta máquina',
      detail: 'Abra esta página pelo agente na máquina.',
    },
    taken: {
      title: 'Outra pessoa já está atendendo',
      detail: 'A lista mostra quem. Peça que a pessoa seja devolvida à fila.',
    },
    version_mismatch: {
      title: 'Outra pessoa alterou isto antes',
      detail: 'Veja os valores atuais e decida de novo.',
    },
    version_required: differentVersions,
    mail_not_set_up: {
      title: 'Este servidor não envia e-mails',
      detail: 'Um proprietário do servidor precisa configurar um servidor de e-mail antes.',
    },
    mail_outbox_full: {
      title: 'Há e-mails demais esperando para sair',
      detail: 'Peça a um proprietário do servidor que veja a caixa de saída.',
    },
    idempotency_key_in_use: {
      title: 'Isto já está sendo feito',
      detail: 'O mesmo pedido foi enviado antes e ainda não teve resposta. Espere um momento.',
    },
    idempotency_key_reused: {
      title: 'Esta chave era de outro pedido',
      detail:
        'Um programa enviou a sua Idempotency-Key duas vezes. Use uma nova para cada mudança.',
    },
    conflict: { title: 'Isto não é possível agora', detail: 'Há outra coisa no caminho.' },
    malformed: differentVersions,
    too_large: { title: 'Isto é grande demais', detail: 'Encurte e tente de novo.' },
    unsupported_media_type: differentVersions,
    validation_failed: {
      title: 'Alguns campos precisam de atenção',
      detail: 'Eles estão marcados abaixo.',
    },
    too_many_requests: {
      title: 'Pedidos demais',
      detail: 'Eles chegam mais rápido do que o servidor permite. Espere um pouco.',
    },
    too_many_attempts: {
      title: 'Tentativas demais',
      detail: 'Espere um pouco antes de tentar de novo.',
    },
    too_many_sessions: {
      title: 'Há sessões demais abertas',
      detail: 'Encerre uma delas e tente de novo.',
    },
    access_never: {
      title: 'Uma regra de acesso proíbe isto',
      detail: 'Peça a quem gerencia as regras de acesso que a mude, ou peça menos.',
    },
    session_over: {
      title: 'A sessão acabou',
      detail: 'Ela terminou nesse meio-tempo. Conecte de novo.',
    },
    too_many_support_codes: {
      title: 'Há códigos de suporte demais abertos',
      detail: 'Revogue alguns de que ninguém mais precisa.',
    },
    too_many_invitations: {
      title: 'Há convites demais abertos',
      detail: 'Revogue alguns de que ninguém mais precisa.',
    },
    storage_full: {
      title: 'O disco do servidor está cheio',
      detail: 'Nada se perdeu, mas nada pode ser salvo até que haja espaço.',
    },
    storage_busy: {
      title: 'O banco de dados está ocupado',
      detail: 'Tente de novo em um instante.',
    },
    storage_unavailable: {
      title: 'O banco de dados está inacessível',
      detail: 'O log do servidor diz por quê. Tente de novo quando ele voltar.',
    },
    secrets_unavailable: {
      title: 'O servidor não consegue abrir seus segredos',
      detail:
        'Falta o arquivo de chave que pertence ao banco de dados. O log do servidor diz qual.',
    },
    certificate_unavailable: {
      title: 'O servidor não tem um certificado válido',
      detail: 'O log do servidor diz por quê. Os agentes continuam conectados.',
    },
    shutting_down: { title: 'O servidor está parando', detail: 'Tente de novo em um instante.' },
    timed_out: { title: 'O servidor demorou demais', detail: 'Tente de novo em um instante.' },
    internal: {
      title: 'O servidor falhou',
      detail: 'O log dele tem o resto sob o id da requisição.',
    },
  },
  retryAfter: (p) => `Tente de novo em ${p.wait}.`,
  field: {
    required: 'Preencha este campo.',
    unknown: 'Não existe, ou não existe mais.',
    empty: 'Termina na hora em que começa.',
    allows_nothing:
      'Nada do que este papel permite é sobre máquinas. Dê o papel em toda a organização.',
    not_about_machines: 'Entre estes há algo que não é sobre máquinas e as sessões delas.',
    held: 'Você já pode fazer tudo isto ali.',
    too_short: 'Curto demais.',
    too_long: 'Longo demais.',
    too_weak: 'Esta senha é fácil demais de adivinhar.',
    breached: 'Outras pessoas conhecem esta senha: ela apareceu em um vazamento.',
    wrong: 'Isto não está certo.',
    not_enough: 'A conta tem um segundo fator. Use esse.',
    invalid: 'Não é válido.',
    malformed: 'Contém caracteres que não são permitidos.',
    out_of_range: 'Fora do intervalo permitido.',
    taken: 'Já existe outro com esse nome.',
    not_reading: 'Entre estes há algo que altera; um token só de leitura não pode ter isso.',
    too_many: 'São demais.',
    not_with_mode: 'Isto só vale quando se pergunta a quem estiver conectado.',
    not_a_network: 'Um destes não é um endereço nem uma rede como 10.2.0.0/16.',
    outside_team: 'Esta equipe é de uma organização e só tem papéis nela.',
    below_uses: 'Mais máquinas do que isso já se cadastraram com ele.',
  },
  endReason: {
    technician_ended: 'Encerrada pelo técnico',
    end_user_ended: 'Encerrada pelo usuário final',
    viewer_lost: 'A conexão do visualizador caiu ou a aba dele foi fechada',
    agent_lost: 'A conexão do agente caiu',
    machine_offline: 'A máquina ficou offline',
    no_answer: 'O agente não respondeu',
    agent_refused: 'O agente recusou',
    login_ended: 'O acesso do técnico terminou',
    server_stopped: 'O servidor foi parado',
    server_restarted: 'O servidor foi reiniciado',
    protocol_violation: 'Foram enviados dados inaceitáveis',
    machine_removed: 'A máquina foi removida',
    machine_blocked: 'A máquina foi bloqueada',
    machine_changed: 'Outra instalação tomou o lugar da máquina, ou os registros dela mudaram',
    consent_refused: 'Recusada pela pessoa na máquina',
    consent_timed_out: 'Ninguém respondeu na máquina',
    nobody_to_ask: 'Não havia ninguém que pudesse concordar',
    superseded: 'Continuou em outra aba',
    expired: 'Ficou interrompida ou aberta por tempo demais',
    agent_restarted: 'O agente foi reiniciado',
    handshake_failed: 'As duas pontas não conseguiram combinar uma conexão segura',
    access_changed: 'As permissões do técnico mudaram',
    host_left: 'A sessão de quem convidou acabou',
    invitation_revoked: 'O convite foi revogado',
  },
  sessionState: {
    requested: 'Solicitada',
    waiting_for_consent: 'Aguardando consentimento',
    active: 'Ativa',
    interrupted: 'Interrompida',
    ended: 'Encerrada',
  },
  rights: {
    view: 'Ver',
    control: 'Controlar',
    clipboard: 'Área de transferência',
    files: 'Arquivos',
    terminal: 'Terminal',
  },
  screen: {
    ok: 'Há imagem',
    no_display: 'Nenhuma tela em execução',
    access_denied: 'O agente não pode abrir a tela',
    locked: 'A tela está bloqueada',
    log_on: 'A tela de entrada está na frente',
    blank: 'A tela está apagada',
    lost: 'A tela deixou de existir',
    unsupported: 'Este tipo de tela não é suportado',
  },
  capability: {
    screen: 'Tela',
    input: 'Mouse e teclado',
    clipboard: 'Área de transferência',
    consent: 'Pergunta à pessoa no local',
    inventory: 'Inventário',
    metrics: 'Métricas',
  },
  actorKind: {
    account: 'Conta',
    api_token: 'Token de API',
    agent: 'Máquina',
    guest: 'Convidado',
    command_line: 'Linha de comando do servidor',
    server: 'Servidor',
  },
}
