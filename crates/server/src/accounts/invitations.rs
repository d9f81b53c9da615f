//! Invitations: asking somebody to make an account, or to come into one more organization with theirs.
//!
//! ```text
//! made ──(whoever has the link accepts)──► accepted: account and role are there
//!   │ └─(seven days)──► expired
//!   └──(taken back)───► revoked
//! ```
//! An invitation gives what its author may give at the moment in which it is accepted: who lost their rights meanwhile, or was
//! disabled, invites nobody any more; nor does one whose site or machine is gone, or whose role has ended. Whether an e-mail address has
//! an account is told to nobody but who has the link, and where within an organization the role counts only to those who manage people.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::line::Visitor;
use super::logins::{self, Method, Request, account_target};
use super::password::{self, PASSWORD_MAX};
use super::set_up::{email_objection, locale_objection, name_objection, wrong_credentials};
use super::sign_in::Entered;
use super::{Caller, factors, invitation_mail, store};
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, FieldError, Result};
use crate::events::{Scope, Topic};
use crate::http::RequestInfo;
use crate::ids::{AccountId, AccountInvitationId, OrganizationId};
use crate::mail::{self, MailState};
use crate::organizations;
use crate::rights::{
    self, AssignmentPlace, Conditions, Gift, Moment, Permission, Reach, Role, RoleKey, Standing,
};
use crate::secrets::{self, Secret, looks_like_secret};
use crate::store::WriteTx;
use crate::store::entities::account::AccountKind;
use crate::store::entities::account_invitation::Model;

/// How long an invitation can be accepted.
pub const INVITATION_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Most open invitations of one author.
const OPEN_MAX: u64 = 200;

/// An invitation to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccountInvitation {
    /// Whom; they sign in with it.
    #[schema(format = Email, max_length = 254)]
    pub email: String,
    /// What role they get.
    pub role: RoleKey,
    /// Where.
    pub place: AssignmentPlace,
    /// When it counts, and what it asks for; always and nothing when left out.
    #[serde(default)]
    pub conditions: Conditions,
    /// Whether the server sends them the link by e-mail.
    #[serde(default)]
    #[schema(required = false)]
    pub send: bool,
}

/// An invitation, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountInvitation {
    /// Its identifier.
    pub id: AccountInvitationId,
    /// Whom.
    pub email: String,
    /// What role they get.
    pub role: RoleKey,
    /// Its name; of a built-in role its key.
    pub role_name: String,
    /// Where.
    pub place: AssignmentPlace,
    /// Name of the organization; `null` for the whole server.
    pub organization_name: Option<String>,
    /// Name of the site or machine, where the caller sees machines; `null` for other places, and once it is gone: then it gives nothing.
    pub place_name: Option<String>,
    /// When the role counts, and what it asks for.
    pub conditions: Conditions,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, by the name at that time.
    pub created_by_name: String,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
    /// What it is good for now.
    pub state: AccountInvitationState,
    /// How the newest e-mail with its link is; `null` = the server sent none, or it was long ago.
    pub mail: Option<MailState>,
}

/// What an invitation is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountInvitationState {
    /// It can be accepted.
    Open,
    /// Somebody came with it.
    Accepted,
    /// It was taken back.
    Revoked,
    /// Its time is over, or that of the role.
    Expired,
}

/// An invitation just made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CreatedAccountInvitation {
    /// It.
    #[serde(flatten)]
    pub invitation: AccountInvitation,
    /// What to send to the person, shown once. The secret is in the fragment, which browsers never send.
    pub url: String,
}

/// What somebody with the link of an invitation is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountInvitationLook {
    /// Whom it is for.
    pub email: String,
    /// Into which organization; `null` for the whole server.
    pub organization_name: Option<String>,
    /// As what.
    pub role: RoleKey,
    /// Name of that role; of a built-in role its key.
    pub role_name: String,
    /// Who asks.
    pub invited_by: String,
    /// There is an account with this e-mail address already: its password is asked for, and no new one.
    pub has_account: bool,
}

/// The answer of who was invited.
#[derive(Clone)]
pub struct Acceptance {
    /// The secret of the link.
    pub token: String,
    /// The person's name; for a new account.
    pub name: Option<String>,
    /// A new password, or the one of the account that is there.
    pub password: String,
    /// Language of the console; for a new account.
    pub locale: Option<String>,
}

impl std::fmt::Debug for Acceptance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acceptance")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Makes an invitation.
///
/// # Errors
/// `forbidden`, `step_up_required`, `not_found` (the organization), `archived`, `validation_failed`, `conflict` when too many are open; with
/// `send` also
/// `mail_not_set_up`, `mail_outbox_full`, `too_many_attempts`; those of the database.
pub async fn invite(
    ctx: &Ctx,
    by: &Caller,
    wanted: NewAccountInvitation,
) -> Result<CreatedAccountInvitation> {
    let email = wanted.email.trim().to_owned();
    if let Some(wrong) = email_objection(&email) {
        return Err(Error::Invalid(vec![wrong]));
    }
    let now = ctx.clock.now();
    let secret = Secret::random()?;
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let what = (&wanted.place, &wanted.conditions);
    let gift = Gift::checked(&tx, (by, now), wanted.role, what).await?;
    if store::open_invitations_by(&tx, by.account, now).await? >= OPEN_MAX {
        let detail = format!("You have {OPEN_MAX} open invitations. Take some back first.");
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let row = Model {
        id: AccountInvitationId::new(),
        organization_id: gift.reach.organization,
        role: gift.role.key,
        email,
        secret_hash: secret.hash().to_vec(),
        created_at: now,
        created_by: by.account_id(),
        created_by_name: by.name.clone(),
        expires_at: now.after(INVITATION_LIFE),
        accepted_at: None,
        accepted_by: None,
        revoked_at: None,
        scope: gift.reach.to_column(),
        conditions: gift.conditions.to_column().map_err(Error::internal)?,
    };
    store::insert_invitation(&tx, row.clone()).await?;
    record(ctx, &tx, by, &row, Action::AccountInvited).await?;
    let url = link(ctx, &secret);
    if wanted.send {
        mail::count_letter(ctx, by.account)?;
        invitation_mail::post(ctx, &tx, by, &row, &url).await?;
    }
    tx.commit().await?;
    nudge(ctx, by, row.organization_id);
    if wanted.send {
        mail::nudge(ctx).await?;
    }
    let state = wanted.send.then_some(MailState::Waiting);
    let places = place_names(ctx, by, std::slice::from_ref(&row)).await?;
    let invitation = shown(ctx, (row, &gift.role), &places, state).await?;
    Ok(CreatedAccountInvitation { invitation, url })
}

/// The link with its secret in the fragment, which browsers never send.
pub(super) fn link(ctx: &Ctx, secret: &Secret) -> String {
    format!("{}/invitation#token={}", ctx.config.public_url, secret.expose())
}

/// The invitations in places where the caller manages people, newest first; those that are over for a month, too.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn invitations(ctx: &Ctx, by: &Caller) -> Result<Vec<AccountInvitation>> {
    let organizations = by.require_any(Permission::AccountManage)?;
    let server = by.rights.permissions_everywhere().has(Permission::AccountManage);
    let db = ctx.db.read();
    let rows = store::invitations(db, &organizations, (server, ctx.clock.now())).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let mails = mail::states_about(db, &ids).await?;
    let places = place_names(ctx, by, &rows).await?;
    let mut invitations = Vec::with_capacity(rows.len());
    for row in rows {
        // One whose role is gone gives nothing; it is shown by what it said.
        let found = rights::find_role(db, row.role).await?;
        let role = found.unwrap_or_else(|| Role::gone(row.role));
        let mail = mails.get(&row.id.0).copied();
        invitations.push(shown(ctx, (row, &role), &places, mail).await?);
    }
    Ok(invitations)
}

/// Takes an invitation back. One that is over already stays as it is.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn revoke_invitation(ctx: &Ctx, by: &Caller, id: AccountInvitationId) -> Result<()> {
    let tx = ctx.db.write().await?;
    let row = store::find_invitation(&tx, id).await?;
    let row = row.ok_or_else(unknown)?;
    by.require_at(row.organization_id, Permission::AccountManage)
        .map_err(|_| unknown())?;
    if store::revoke_invitation(&tx, id, ctx.clock.now()).await? {
        mail::cancel_about(ctx, &tx, id.0).await?;
        record(ctx, &tx, by, &row, Action::AccountInvitationRevoked).await?;
    }
    tx.commit().await?;
    nudge(ctx, by, row.organization_id);
    Ok(())
}

/// Takes the open invitations into an organization back, in the transaction of whoever archives it, which holds the rights and proves it.
/// How many.
///
/// # Errors
/// Those of the database.
pub(crate) async fn revoke_invitations_into(
    ctx: &Ctx,
    tx: &WriteTx,
    organization: OrganizationId,
) -> Result<u64> {
    let now = ctx.clock.now();
    let mut revoked = 0;
    for id in store::open_invitations_into(tx, organization, now).await? {
        if store::revoke_invitation(tx, id, now).await? {
            mail::cancel_about(ctx, tx, id.0).await?;
            revoked += 1;
        }
    }
    Ok(revoked)
}

pub(super) fn unknown() -> Error {
    Error::NotFound("invitation")
}

/// What an invitation says, for whoever has its link.
///
/// # Errors
/// `link_invalid`, `invitation_ended`, `too_many_attempts`; those of the database.
pub async fn look_at_invitation(
    ctx: &Ctx,
    request: RequestInfo,
    token: &str,
) -> Result<AccountInvitationLook> {
    let (row, gift) = open(ctx, request, token).await?;
    let db = ctx.db.read();
    let organization_name = match row.organization_id {
        Some(id) => Some(organizations::find(db, id).await?.name),
        None => None,
    };
    Ok(AccountInvitationLook {
        has_account: store::find_by_email(db, &row.email).await?.is_some(),
        email: row.email,
        organization_name,
        role: gift.role.key,
        role_name: gift.role.name,
        invited_by: row.created_by_name,
    })
}

/// Accepts an invitation: makes the account, or takes the one that is there, gives it the role, and signs it in. Of several at once,
/// one wins.
///
/// # Errors
/// `link_invalid`, `invitation_ended`, `validation_failed`, `invalid_credentials`, `account_disabled`, `conflict` (the address has an
/// account since a moment ago, or the account too many roles), `too_many_attempts`; those of the database.
pub async fn accept_invitation(ctx: &Ctx, request: &Request<'_>, wanted: Acceptance) -> Result<Entered> {
    let now = ctx.clock.now();
    let (row, gift) = open(ctx, request.info, &wanted.token).await?;
    let known = store::find_by_email(ctx.db.read(), &row.email).await?;
    // Before the transaction: hashing takes long, and nobody should wait for the database meanwhile.
    let new = match &known {
        Some(account) => {
            prove(ctx, account, &wanted.password).await?;
            None
        }
        None => Some(new_account(ctx, &row, wanted, now).await?),
    };
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let account = match (&known, &new) {
        (Some(account), _) | (None, Some(account)) => account,
        (None, None) => return Err(super::links::invalid_invitation()),
    };
    if !store::accept_invitation(&tx, row.id, account.id, now).await? {
        return Err(super::links::invalid_invitation());
    }
    mail::cancel_about(ctx, &tx, row.id.0).await?;
    if let Some(account) = &new {
        store::insert(&tx, account.clone()).await?;
    }
    let had = rights::of_account(&tx, account.id, Moment::Running { now }).await?;
    let has_it = had.granted().iter().any(|granted| {
        let ended = matches!(granted.standing, Standing::Ended(_));
        // What a team has, they have no longer than they are in it.
        granted.role.key == gift.role.key && granted.reach == gift.reach && granted.team.is_none() && !ended
    });
    if !has_it {
        let what = (gift.role.key, &gift.reach, &gift.conditions);
        let author = (row.created_by, row.created_by_name.as_str());
        rights::give(&tx, now, (account.id, what), author).await?;
    }
    // Somebody who has second factors comes in by one of them, as at any other time.
    let asked = factors::ask_second_factor(ctx, account.id).await?;
    let entered = match asked {
        Some(asked) => Entered::Asked(asked),
        None => Entered::In(logins::start(ctx, &tx, request, account.id, Method::Invitation).await?),
    };
    let by = match &entered {
        Entered::In(started) => started.caller.clone(),
        Entered::Asked(_) => logins::not_yet(&tx, request, account).await?,
    };
    let mut detail = json!({
        "invitation_id": row.id,
        "invited_by": row.created_by_name,
        "role": gift.role.key,
        "role_name": gift.role.name,
        "place": AssignmentPlace::from(&gift.reach),
        "new_account": new.is_some(),
        "address": request.info.address,
    });
    if gift.conditions != Conditions::NONE {
        detail["conditions"] = json!(gift.conditions);
    }
    for organization in rights::chains(&tx, row.organization_id).await? {
        let entry = by
            .entry(organization, Action::AccountJoined)
            .on(account_target(account.id, &account.name))
            .detail(detail.clone());
        audit::record(&tx, now, entry).await?;
    }
    tx.commit().await?;
    tracing::info!(account = %by.account, "an invitation was accepted");
    rights::changed(ctx, &[by.account]).await;
    Ok(entered)
}

/// That whoever has the link is the one whose account there is.
async fn prove(ctx: &Ctx, account: &store::Account, password: &str) -> Result<()> {
    ctx.accounts.guard.account(&account.email_key, ctx.clock.now())?;
    let looked_at: String = password.chars().take(PASSWORD_MAX + 1).collect();
    let hash = Some(account.password_hash.as_str());
    if !ctx
        .accounts
        .hasher
        .verify(&looked_at, hash, Visitor::Known)
        .await?
    {
        return Err(wrong_credentials());
    }
    ctx.accounts.guard.forget_account(&account.email_key);
    super::sign_in::require_enabled(account)
}

async fn new_account(ctx: &Ctx, row: &Model, wanted: Acceptance, now: Timestamp) -> Result<store::Account> {
    let name = wanted.name.unwrap_or_default().trim().to_owned();
    let locale = wanted.locale.unwrap_or_default();
    let errors: Vec<FieldError> = [
        name_objection("name", &name),
        password::objection(&wanted.password, &[&name, &row.email]),
        locale_objection(&locale),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let own = [name.as_str(), row.email.as_str()];
    if let Some(wrong) = password::objection_to_new(ctx, &wanted.password, &own).await? {
        return Err(Error::Invalid(vec![wrong]));
    }
    Ok(store::Account {
        id: AccountId::new(),
        name,
        email_key: store::email_key(&row.email),
        email: row.email.clone(),
        password_hash: ctx.accounts.hasher.hash(&wanted.password, Visitor::Known).await?,
        locale,
        created_at: now,
        password_changed_at: now,
        disabled_at: None,
        kind: AccountKind::Person,
        note: String::new(),
    })
}

/// The open invitation of this secret, and what it gives, if its author may still give that.
async fn open(ctx: &Ctx, request: RequestInfo, token: &str) -> Result<(Model, Gift)> {
    let now = ctx.clock.now();
    let found = async {
        if !looks_like_secret(token) {
            return Ok(None);
        }
        let db = ctx.db.read();
        let Some(row) = store::open_invitation(db, secrets::hash(token), now).await? else {
            return Ok(None);
        };
        let Some(gift) = gift_of(db, &row).await? else {
            return Ok(None);
        };
        if has_ended(&gift, now) {
            return Err(super::links::ended_invitation());
        }
        Ok(still_given(ctx, &row, &gift).await?.then_some((row, gift)))
    };
    let from = (request.address, now);
    let open = ctx.accounts.invitations.count(from, found).await?;
    open.ok_or_else(super::links::invalid_invitation)
}

/// Whether what an invitation gives ended before anybody accepted it.
pub(super) fn has_ended(gift: &Gift, now: Timestamp) -> bool {
    gift.conditions.expires_at.is_some_and(|end| end <= now)
}

/// What an invitation gives; None when its role, its site or its machine is gone.
pub(super) async fn gift_of<C: ConnectionTrait>(db: &C, row: &Model) -> Result<Option<Gift>> {
    let Some(role) = rights::find_role(db, row.role).await? else {
        return Ok(None);
    };
    let (Some(reach), Some(conditions)) = (reach_of(row), Conditions::from_column(&row.conditions)) else {
        tracing::error!(invitation = %row.id, "where or under which conditions an invitation gives a role cannot be read; it gives none");
        return Ok(None);
    };
    let reach = rights::reach_now(db, reach).await?;
    Ok(reach.map(|reach| Gift {
        role,
        reach,
        conditions,
    }))
}

fn reach_of(row: &Model) -> Option<Reach> {
    Reach::from_columns(row.organization_id, &row.scope)
}

/// Where and under which conditions, as it was said, whether that is there or not.
fn said(row: &Model) -> (AssignmentPlace, Conditions) {
    let reach = reach_of(row).unwrap_or_else(|| Reach::wide(row.organization_id));
    let conditions = Conditions::from_column(&row.conditions).unwrap_or_default();
    (AssignmentPlace::from(&reach), conditions)
}

async fn still_given(ctx: &Ctx, row: &Model, gift: &Gift) -> Result<bool> {
    let Some(author) = row.created_by else {
        return Ok(true);
    };
    let db = ctx.db.read();
    let able = store::find(db, author)
        .await?
        .is_some_and(|author| author.disabled_at.is_none());
    let at = Moment::Running { now: ctx.clock.now() };
    let theirs = rights::of_account(db, author, at).await?;
    Ok(able && rights::may_give(&theirs, gift))
}

/// The names of their sites and machines, by their columns, as the caller may see them.
pub(super) async fn place_names(ctx: &Ctx, by: &Caller, rows: &[Model]) -> Result<HashMap<String, String>> {
    rights::place_names(ctx, &by.rights, rows.iter().filter_map(reach_of)).await
}

pub(super) async fn shown(
    ctx: &Ctx,
    (row, role): (Model, &Role),
    places: &HashMap<String, String>,
    mail: Option<MailState>,
) -> Result<AccountInvitation> {
    let (place, conditions) = said(&row);
    let until = conditions
        .expires_at
        .map_or(row.expires_at, |end| end.min(row.expires_at));
    let organization_name = match row.organization_id {
        Some(id) => Some(organizations::find(ctx.db.read(), id).await?.name),
        None => None,
    };
    let state = if row.accepted_at.is_some() {
        AccountInvitationState::Accepted
    } else if row.revoked_at.is_some() {
        AccountInvitationState::Revoked
    } else if until <= ctx.clock.now() {
        AccountInvitationState::Expired
    } else {
        AccountInvitationState::Open
    };
    Ok(AccountInvitation {
        id: row.id,
        email: row.email,
        role: row.role,
        role_name: role.name.clone(),
        place,
        organization_name,
        place_name: places.get(&row.scope).cloned(),
        conditions,
        created_at: row.created_at,
        created_by_name: row.created_by_name,
        expires_at: row.expires_at,
        state,
        mail,
    })
}

pub(super) async fn record(ctx: &Ctx, tx: &WriteTx, by: &Caller, row: &Model, action: Action) -> Result<()> {
    let (place, conditions) = said(row);
    let mut detail = json!({ "role": row.role, "place": place, "expires_at": row.expires_at });
    if conditions != Conditions::NONE {
        detail["conditions"] = json!(conditions);
    }
    for organization in rights::chains(tx, row.organization_id).await? {
        let entry = by
            .entry(organization, action)
            .on(Target::new(TargetKind::AccountInvitation, row.id, &row.email))
            .detail(detail.clone());
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

pub(super) fn nudge(ctx: &Ctx, by: &Caller, place: Option<OrganizationId>) {
    let all = match place {
        Some(organization) => vec![organization],
        None => by.rights.organizations().to_vec(),
    };
    for organization in all {
        ctx.events.publish(
            Scope::Organization(organization),
            &[Topic::Accounts, Topic::Audit],
        );
    }
}
