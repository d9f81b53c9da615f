/** Operations: the server's background jobs, how they are, and what to do about those that fail. */
import type { Messages } from '../en'
import { pluralOf } from '../plural'

const plural = pluralOf('pt-BR')

export const operations: Messages['operations'] = {
  title: 'Operação',
  intro:
    'O que o servidor faz sozinho, como isso vai e por que falhou da última vez. Conta desde a última inicialização do servidor.',
  ownersOnly: 'Só proprietários do servidor inteiro podem ver as tarefas em segundo plano.',
  allWork: 'Todas as tarefas funcionam',
  failing: (p) => plural(p.count, { one: '# tarefa falha', other: '# tarefas falham' }),
  label: 'Tarefas em segundo plano',
  empty: {
    title: 'Nenhuma tarefa começou',
    body: 'O servidor começa as tarefas quando é iniciado.',
  },
  columns: { job: 'Tarefa', state: 'Estado', last: 'Última execução', next: 'Próxima execução' },
  states: {
    not_yet: 'Ainda não executou',
    ok: 'Funciona',
    failed: 'Falha',
    stopped: 'Parou',
  },
  running: 'Executando',
  always: 'sempre em execução',
  every: (p) => `a cada ${p.period}`,
  took: (p) => `levou ${p.duration}`,
  never: 'ainda não',
  failures: (p) => plural(p.count, { one: '# falha seguida', other: '# falhas seguidas' }),
  since: 'desde',
  lastSuccess: 'funcionou pela última vez',
  lastFailure: 'Última falha',
  runNow: 'Executar agora',
  runNowLabel: (p) => `Executar agora: ${p.job}`,
  asked: (p) => `“${p.job}” executa agora`,
  toDo: 'O que fazer',
  goTo: (p) => `Ir para ${p.page}`,
  reasons: {
    acme: 'A autoridade não deu o certificado',
    certificate_files: 'Os arquivos do certificado não servem',
    own_authority: 'A autoridade própria não emitiu o certificado',
    identity_keys: 'O arquivo da chave de identidade não pode ser lido',
    audit_broken: 'Uma cadeia da auditoria não está em ordem',
    panicked: 'Um defeito do programa',
    ended: 'O trabalho terminou sozinho',
  },
  fixes: {
    storage_full: 'Libere espaço no disco do banco de dados.',
    storage_busy:
      'Procure outro programa que segure o banco de dados, como um backup, e deixe-o terminar.',
    storage_unavailable:
      'Veja se o banco de dados está em execução e se o servidor consegue alcançá-lo.',
    secrets_unavailable: 'Devolva ao servidor a chave dos segredos; “farol check” diz o que falta.',
    panicked: 'O servidor continua. Relate com o que diz o log do servidor: não devia acontecer.',
    audit_broken:
      'Execute “farol audit verify” no servidor: ele diz onde uma cadeia se rompe. Um banco de dados restaurado de um backup é aceito com “farol audit accept-restore”.',
    ended: 'O servidor recomeça sozinho. Se isso se repete, o log diz mais.',
  },
  jobFixes: {
    mail: 'Veja as configurações do servidor de e-mail e envie um teste por lá. Depois execute a tarefa: o que espera é enviado na hora.',
    certificate_files:
      'Ponha nos dois arquivos um certificado e a chave que pertence a ele. Eles são lidos sozinhos.',
    certificate_acme:
      'Veja se os nomes levam a este servidor e se a porta 80 dele é alcançada de fora.',
    certificate_own: 'Crie uma autoridade nova com “farol certificate-authority renew”.',
    identity_keys:
      'Restaure o arquivo de um backup e deixe que o usuário que executa o servidor o leia.',
  },
  fix: 'Quando o motivo acabar, execute agora ou espere: a tarefa é tentada de novo sozinha. O log do servidor pode dizer mais.',
  fixStopped: 'Inicie o servidor de novo. O log diz por que a tarefa parou.',
  jobs: {
    listener: {
      name: 'Conexões',
      does: 'Aceita as conexões de navegadores, agentes e relays.',
    },
    mail: { name: 'E-mail', does: 'Envia os e-mails que esperam na caixa de saída.' },
    old_mail: {
      name: 'E-mails antigos',
      does: 'Esquece o que diziam os e-mails antigos e os que terminaram há muito tempo.',
    },
    webhooks: { name: 'Webhooks', does: 'Conta aos receptores dos webhooks o que aconteceu.' },
    old_webhooks: {
      name: 'Eventos antigos de webhooks',
      does: 'Esquece eventos de webhooks que terminaram há muito tempo.',
    },
    rights: {
      name: 'Papéis',
      does: 'Percebe papéis que começam a valer, deixam de valer ou terminam.',
    },
    access_requests: {
      name: 'Pedidos de acesso',
      does: 'Esquece pedidos de acesso que terminaram há muito tempo.',
    },
    idempotency_keys: {
      name: 'Chaves de idempotência',
      does: 'Esquece chaves de pedidos que ninguém envia de novo.',
    },
    certificate_files: {
      name: 'Arquivos do certificado',
      does: 'Adota os arquivos do certificado quando mudam.',
    },
    certificate_acme: {
      name: 'Certificado',
      does: 'Obtém e renova o certificado junto à autoridade.',
    },
    acme_answers: {
      name: 'Porta 80',
      does: 'Responde à autoridade certificadora e manda os demais para https.',
    },
    certificate_own: {
      name: 'Certificado próprio',
      does: 'Renova o certificado da autoridade do próprio servidor.',
    },
    identity_keys: {
      name: 'Chaves de identidade',
      does: 'Adota as chaves de identidade do servidor quando a linha de comando as muda.',
    },
    audit: {
      name: 'Auditoria',
      does: 'Assina o que entrou na auditoria e remove o que passou do tempo de guarda.',
    },
    command_line: {
      name: 'Linha de comando',
      does: 'Leva a conexões e sessões o que a linha de comando mudou, e responde a ela.',
    },
    logins: {
      name: 'Acessos de contas',
      does: 'Encerra os que ficaram sem uso por tempo demais ou são antigos demais e corta o que têm aberto aqueles a que falta um segundo fator.',
    },
    sign_in_links: {
      name: 'Links de acesso',
      does: 'Remove links de acesso que ninguém mais pode usar.',
    },
    sign_in_places: {
      name: 'Locais de acesso',
      does: 'Esquece locais de onde ninguém entra há muito tempo.',
    },
    provider_sign_ins: {
      name: 'Acessos em provedores',
      does: 'Remove os que ninguém terminou nos provedores de identidade.',
    },
    api_tokens: {
      name: 'Tokens de API',
      does: 'Corta o que depende de tokens expirados e esquece os que terminaram há muito tempo.',
    },
    helpdesk_machines: {
      name: 'Máquinas de agentes de helpdesk',
      does: 'Percebe máquinas que se calaram e esquece tokens de máquina que acabaram.',
    },
    inventory: {
      name: 'Inventário',
      does: 'Esquece mudanças em excesso e títulos de software que nenhuma máquina tem.',
    },
    machine_metrics: {
      name: 'Métricas das máquinas',
      does: 'Grava as métricas das máquinas, agrega as antigas e apaga as de mais de um ano.',
    },
    support: {
      name: 'Códigos de suporte',
      does: 'Remove máquinas de agentes avulsos que se foram e códigos antigos.',
    },
    quarantine: {
      name: 'Quarentena',
      does: 'Esquece recém-chegados que não pedem mais e tokens de cadastro feitos para cópias.',
    },
    relay_grants: {
      name: 'Concessões de sessões',
      does: 'Esquece concessões de sessões que não valem há muito tempo.',
    },
    metrics: { name: 'Métricas', does: 'Mantém pequenas as métricas do próprio servidor.' },
  },
}
