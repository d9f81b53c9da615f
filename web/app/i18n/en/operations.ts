/** Operations: the server's background jobs, how they are, and what to do about those that fail. */
import type { ServerJobName, ServerJobState } from '~/api/types'

import { pluralOf } from '../plural'

const plural = pluralOf('en')

interface JobWords {
  name: string
  does: string
}

export const operations = {
  title: 'Operations',
  intro:
    'What the server does by itself, how that goes, and why it failed last. Counted from the last start of the server.',
  ownersOnly: 'Only owners of the whole server may see its background jobs.',
  allWork: 'All jobs work',
  failing: (p: { count: number }) => plural(p.count, { one: '# job fails', other: '# jobs fail' }),
  label: 'Background jobs',
  empty: { title: 'No job has begun', body: 'The server begins its jobs when it starts.' },
  columns: { job: 'Job', state: 'State', last: 'Last run', next: 'Next run' },
  states: {
    not_yet: 'Not run yet',
    ok: 'Works',
    failed: 'Fails',
    stopped: 'Stopped',
  } satisfies Record<ServerJobState, string>,
  running: 'Running',
  always: 'always at work',
  every: (p: { period: string }) => `every ${p.period}`,
  took: (p: { duration: string }) => `took ${p.duration}`,
  never: 'not yet',
  failures: (p: { count: number }) =>
    plural(p.count, { one: '# failure in a row', other: '# failures in a row' }),
  since: 'since',
  lastSuccess: 'worked last',
  lastFailure: 'Last failure',
  runNow: 'Run now',
  runNowLabel: (p: { job: string }) => `Run now: ${p.job}`,
  asked: (p: { job: string }) => `“${p.job}” runs now`,
  toDo: 'What to do',
  goTo: (p: { page: string }) => `Go to ${p.page}`,
  /** Titles of reasons that are no problems of the API and no failures of e-mail. */
  reasons: {
    acme: 'The authority gave no certificate',
    certificate_files: 'The certificate files cannot be used',
    own_authority: 'The own authority issued no certificate',
    identity_keys: 'The identity key file cannot be read',
    audit_broken: 'An audit chain is not in order',
    panicked: 'A fault of the program',
    ended: 'The work ended by itself',
  },
  /** What helps against a reason, whatever the job. */
  fixes: {
    storage_full: 'Make room on the disk of the database.',
    storage_busy:
      'Look for another program that holds the database, such as a backup, and let it end.',
    storage_unavailable: 'Look whether the database runs and can be reached from the server.',
    secrets_unavailable:
      'Give the server its key for secrets back; “farol check” says what is missing.',
    panicked:
      'The server goes on. Report it with what the server’s log says: it should not happen.',
    audit_broken:
      'Run “farol audit verify” on the server: it says where a chain breaks. A database that was restored from a backup is taken for right with “farol audit accept-restore”.',
    ended: 'The server begins it again by itself. When that repeats, its log says more.',
  } as Readonly<Record<string, string>>,
  /** What helps when a job fails, whatever the reason. */
  jobFixes: {
    mail: 'Look at the settings of the mail server and send a test there. Then run the job: what waits is sent at once.',
    certificate_files:
      'Put a certificate and the key that belongs to it into both files. They are read by themselves.',
    certificate_acme:
      'Look whether the names lead to this server and whether its port 80 can be reached from outside.',
    certificate_own: 'Make a new authority with “farol certificate-authority renew”.',
    identity_keys: 'Put the file back from a backup, and let the user who runs the server read it.',
  } as Readonly<Record<string, string>>,
  fix: 'When the reason is gone, run it now or wait: it is tried again by itself. The server’s log may say more.',
  fixStopped: 'Start the server again. Its log says why the job stopped.',
  jobs: {
    listener: {
      name: 'Connections',
      does: 'Accepts the connections of browsers, agents and relays.',
    },
    mail: { name: 'E-mail', does: 'Sends the e-mail that waits in the outbox.' },
    old_mail: {
      name: 'Old e-mail',
      does: 'Forgets what old e-mail said, and e-mail that came to its end long ago.',
    },
    webhooks: { name: 'Webhooks', does: 'Tells the receivers of webhooks what happened.' },
    old_webhooks: {
      name: 'Old webhook events',
      does: 'Forgets events of webhooks that came to their end long ago.',
    },
    rights: { name: 'Roles', does: 'Notices roles that begin to count, stop counting or end.' },
    access_requests: {
      name: 'Access requests',
      does: 'Forgets requests for access that are over for long.',
    },
    idempotency_keys: {
      name: 'Idempotency keys',
      does: 'Forgets keys of requests that nobody sends again.',
    },
    certificate_files: {
      name: 'Certificate files',
      does: 'Takes the certificate files when they change.',
    },
    certificate_acme: {
      name: 'Certificate',
      does: 'Gets and renews the certificate from its authority.',
    },
    acme_answers: {
      name: 'Port 80',
      does: 'Answers the certificate authority, and sends everybody else to https.',
    },
    certificate_own: {
      name: 'Own certificate',
      does: 'Renews the certificate of the server’s own authority.',
    },
    identity_keys: {
      name: 'Identity keys',
      does: 'Takes the server’s identity keys when the command line changed them.',
    },
    audit: {
      name: 'Audit',
      does: 'Signs what was added to the audit, and removes what is older than it is to be kept.',
    },
    command_line: {
      name: 'Command line',
      does: 'Brings to links and sessions what the command line changed, and answers it.',
    },
    logins: {
      name: 'Logins',
      does: 'Ends logins that are unused for too long or too old, and cuts what those have open that lack a second factor.',
    },
    sign_in_links: {
      name: 'Sign-in links',
      does: 'Removes sign-in links that nobody can use any more.',
    },
    sign_in_places: {
      name: 'Places of sign-ins',
      does: 'Forgets places from which nobody signed in for long.',
    },
    provider_sign_ins: {
      name: 'Sign-ins at providers',
      does: 'Removes sign-ins at identity providers that nobody finished.',
    },
    api_tokens: {
      name: 'API tokens',
      does: 'Cuts what hangs on API tokens that expired, and forgets those that ended long ago.',
    },
    helpdesk_machines: {
      name: 'Machines of helpdesk agents',
      does: 'Notices machines that fell silent, and forgets machine tokens that are over.',
    },
    inventory: {
      name: 'Inventory',
      does: 'Forgets changes that are too many, and titles of software that no machine has.',
    },
    machine_metrics: {
      name: 'Machine metrics',
      does: 'Stores the metrics of machines, aggregates older ones and deletes those of more than a year ago.',
    },
    support: {
      name: 'Support codes',
      does: 'Removes machines of one-time agents that have gone, and old support codes.',
    },
    quarantine: {
      name: 'Quarantine',
      does: 'Forgets newcomers that ask no more, and enrollment tokens that were made for copies.',
    },
    relay_grants: {
      name: 'Grants of sessions',
      does: 'Forgets grants of sessions that have been void for long.',
    },
    metrics: { name: 'Figures', does: 'Keeps the server’s own figures small.' },
  } satisfies Record<ServerJobName, JobWords>,
}
