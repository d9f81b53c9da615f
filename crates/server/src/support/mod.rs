//! Support codes: short one-time codes for attended sessions on machines that have no agent, and the people who wait with one.
//!
//! Here: who may make, see and revoke codes (this file), what a stranger may do with one (`join.rs`), the people who came
//! with theirs (`queue.rs`). Not here: the text form (`farol_protocol::support_code`), the exchange of an enrollment token for a
//! record (`crate::enrollment`), sessions.
//!
//! # Life of a code
//! ```text
//! open ──(redeemed by a one-time agent)──► its machine enrolls ──► waiting ⇄ taken ──► removed with its agent
//!  └─(expired, revoked)──► over
//! ```
//! A code is worth one enrollment token for one machine, and only its hash is kept. Wrong, used, revoked and expired codes get one
//! and the same answer, and are counted (`crate::guessing`). The machine that comes is recognized as none that is known, is in no list
//! but the queue, and its record goes when its agent has gone (`jobs.rs`). Its user is always asked ([`must_ask`]).

mod agents;
mod api;
mod code;
mod jobs;
mod join;
mod queue;
mod store;
mod view;

use serde_json::json;

use crate::accounts::{self, Caller};
use crate::audit::{self, Action, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::enrollment;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
pub use crate::guessing::{GLOBAL_WRONG, PER_ADDRESS};
use crate::guessing::{Guard, Guessed};
use crate::http::Page;
use crate::ids::{AccountId, MachineId, OrganizationId, SupportCodeId};
use crate::organizations;
use crate::rights::{self, Moment, Permission};
use crate::store::WriteTx;
use crate::store::entities::account::AccountKind;
use crate::store::entities::machine::Model as MachineRow;
use crate::store::entities::support_code::Model;
pub use api::routes;
pub use code::{Assignee, LIFE_DEFAULT, LIFE_MAX, LIFE_MIN, NOTE_MAX, NewSupportCode};
pub use jobs::{ABSENT, LEFT, sweep};
pub use join::{Redeem, download, look, redeem};
pub use queue::{finish, queue, release, take};
pub use view::{CreatedSupportCode, Joining, Person, Redeemed, SupportCode, WaitingPerson};

/// Codes of one organization that may be open at once: a busy helpdesk, and few enough that guessing 40 bits is hopeless.
pub const OPEN_PER_ORGANIZATION: u64 = 200;
/// Codes that one account may have made and that are open at once.
pub const OPEN_PER_ACCOUNT: u64 = 50;

/// What strangers guess at here.
const CODES: Guessed = Guessed {
    what: "codes",
    counter: "farol_support_codes_wrong_total",
};

/// The domain's memory.
#[derive(Debug)]
pub struct SupportState {
    guard: Guard,
    /// When this server started: who was connected to the one before it is given time to come back.
    since: Timestamp,
}

impl SupportState {
    /// Nobody has tried anything.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            guard: Guard::new(CODES),
            since: now,
        }
    }
}

/// Whether the person at this machine is asked before anybody sees it, whatever the access rules say: they started a one-time
/// agent, which is an invitation to ask and nothing more.
#[must_use]
pub fn must_ask(machine: &MachineRow) -> bool {
    machine.one_time
}

/// Makes a support code.
///
/// # Errors
/// `forbidden`, `not_found` for the organization, `archived`, `validation_failed`, `too_many_support_codes`; those of the database.
pub async fn create(ctx: &Ctx, by: &Caller, wanted: NewSupportCode) -> Result<CreatedSupportCode> {
    let organizations = by.require_any(Permission::SupportAnswer)?;
    let organization = match wanted.organization_id {
        Some(id) if organizations.contains(&id) => id,
        Some(_) => return Err(Error::NotFound("organization")),
        None => {
            let open = organizations::open_of(ctx.db.read(), &organizations).await?;
            *open.first().ok_or(Error::NotFound("organization"))?
        }
    };
    let terms = wanted.check()?;
    let assigned = assignee(ctx, by, organization, terms.assigned_to).await?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    // Of two that make the last one at the same moment, the second finds the first.
    organizations::hold_open(&tx, organization).await?;
    require_room(&tx, organization, by.account, now).await?;
    let code = code::unused(&tx).await?;
    let row = Model {
        id: SupportCodeId::new(),
        organization_id: organization,
        hash: code.hash().to_vec(),
        note: terms.note,
        created_at: now,
        created_by: Some(by.account),
        created_by_name: by.name.clone(),
        assigned_to: assigned.as_ref().map(|(id, _)| *id),
        assigned_to_name: assigned.map(|(_, name)| name),
        expires_at: now.after(terms.life),
        redeemed_at: None,
        revoked_at: None,
        machine_id: None,
        taken_by: None,
        taken_by_name: None,
        taken_at: None,
    };
    store::insert(&tx, row.clone()).await?;
    let entry = by
        .entry(organization, Action::SupportCodeCreated)
        .detail(json!({ "assigned_to": row.assigned_to_name, "expires_at": row.expires_at }));
    audit::record(&tx, now, on(entry, &row)).await?;
    tx.commit().await?;
    nudge(ctx, organization, &[Topic::SupportCodes, Topic::Audit]);
    Ok(CreatedSupportCode {
        join_url: format!("{}/join#code={}", ctx.config.public_url, code.plain()),
        code: code.reveal(),
        details: row.into(),
    })
}

/// The open codes of the caller's organizations, those that expire first first; without their texts.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller) -> Result<Page<SupportCode>> {
    let organizations = by.require_any(Permission::SupportAnswer)?;
    let rows = store::open(ctx.db.read(), &organizations, ctx.clock.now()).await?;
    Ok(Page::whole(rows.into_iter().map(SupportCode::from).collect()))
}

/// Revokes a code. One that is over already stays as it is.
///
/// # Errors
/// `not_found`, `forbidden`; those of the database.
pub async fn revoke(ctx: &Ctx, by: &Caller, id: SupportCodeId) -> Result<()> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let row = find(&tx, by, id).await?;
    let own = [row.created_by, row.assigned_to].contains(&Some(by.account));
    if !own {
        by.require(row.organization_id, Permission::MachineManage)?;
    }
    if !store::revoke(&tx, id, now).await? {
        return Ok(());
    }
    let entry = by.entry(row.organization_id, Action::SupportCodeRevoked);
    audit::record(&tx, now, on(entry, &row)).await?;
    tx.commit().await?;
    nudge(ctx, row.organization_id, &[Topic::SupportCodes, Topic::Audit]);
    Ok(())
}

/// Revokes the open codes of an organization, in the transaction of whoever archives it, which proves it. How many.
///
/// # Errors
/// Those of the database.
pub(crate) async fn revoke_into(tx: &WriteTx, organization: OrganizationId, now: Timestamp) -> Result<u64> {
    store::revoke_into(tx, organization, now).await
}

/// The one-time agent that used a code has enrolled as `machine`; in the enrollment's transaction. One code admits one machine.
///
/// # Errors
/// `enrollment_token_invalid` when another came with it; those of the database.
pub(crate) async fn came(tx: &WriteTx, code: SupportCodeId, machine: MachineId) -> Result<()> {
    if store::came(tx, code, machine).await? {
        Ok(())
    } else {
        Err(enrollment::token_refused())
    }
}

/// Everybody who waits for an account that is deleted waits for `to` then, in organizations where that one answers, and for anybody
/// in others; in the transaction of the deletion.
///
/// # Errors
/// Those of the database.
pub(crate) async fn hand_over(
    tx: &WriteTx,
    from: AccountId,
    to: Option<(AccountId, &str)>,
    answers: &[OrganizationId],
) -> Result<()> {
    if let Some(to) = to {
        store::hand_over(tx, from, Some(to), Some(answers)).await?;
    }
    store::hand_over(tx, from, None, None).await
}

async fn find<C: sea_orm::ConnectionTrait>(db: &C, by: &Caller, id: SupportCodeId) -> Result<Model> {
    let organizations = by.organizations_with(Permission::SupportAnswer);
    store::find(db, &organizations, id)
        .await?
        .ok_or(Error::NotFound("support code"))
}

/// Who a new code is for: an account that may connect to machines of this organization.
async fn assignee(
    ctx: &Ctx,
    by: &Caller,
    organization: OrganizationId,
    wanted: Option<Assignee>,
) -> Result<Option<(AccountId, String)>> {
    let account = match wanted {
        None => return Ok(None),
        Some(Assignee::Me) => return Ok(Some((by.account, by.name.clone()))),
        Some(Assignee::Account(account)) => account,
    };
    let db = ctx.db.read();
    let at = Moment::Running { now: ctx.clock.now() };
    let belongs = rights::of_account(db, account, at)
        .await?
        .allows(organization, Permission::SupportAnswer);
    let found = accounts::people_of(db, &[account]).await?.pop();
    // A team has the right for its people, and answers nobody itself.
    let found = found.filter(|found| belongs && found.kind != AccountKind::Team);
    let name = found.map(|found| found.name).ok_or_else(|| {
        let detail = "There is no such technician in this organization.";
        Error::invalid("assigned_to", "not_found", detail)
    })?;
    Ok(Some((account, name)))
}

async fn require_room(
    tx: &WriteTx,
    organization: OrganizationId,
    account: AccountId,
    now: Timestamp,
) -> Result<()> {
    let (all, own) = store::count_open(tx, (organization, account), now).await?;
    let detail = if own >= OPEN_PER_ACCOUNT {
        format!(
            "You have {OPEN_PER_ACCOUNT} support codes open already. Revoke some that are not needed any more."
        )
    } else if all >= OPEN_PER_ORGANIZATION {
        format!(
            "The organization has {OPEN_PER_ORGANIZATION} support codes open already. Revoke some that are not needed any more."
        )
    } else {
        return Ok(());
    };
    Err(Error::TooMany {
        code: Code::TooManySupportCodes,
        detail,
        retry_after: None,
    })
}

/// An entry about a code. Its text is a secret; the note tells people which one it was, or the end of its identifier.
fn on(entry: Entry, row: &Model) -> Entry {
    let name = if row.note.is_empty() {
        let id = row.id.to_string();
        format!("#{}", id.rsplit('-').next().unwrap_or(&id))
    } else {
        row.note.clone()
    };
    entry.on(Target::new(TargetKind::SupportCode, row.id, &name))
}

fn nudge(ctx: &Ctx, organization: OrganizationId, topics: &[Topic]) {
    ctx.events.publish(Scope::Organization(organization), topics);
}
