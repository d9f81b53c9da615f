//! Which account that is for whom an issuer vouches, and what it may do.
//!
//! In this order, and nothing else:
//! 1. The identity, issuer and subject, is known: its account.
//! 2. Somebody who is signed in connects: their account, for good.
//! 3. The address is verified, has an account that came by an invitation to that very address, has no role for the whole server, and the
//!    provider is trusted with that (`links_invited`): that account, for good.
//! 4. The address has no account, and the provider makes accounts: a new one.
//!
//! An address alone opens no account: whoever writes it into their profile at some issuer would be in.

use serde_json::json;

use super::providers::{mappings_of, target};
use super::store;
use super::token::Vouched;
use super::view::GroupMapping;
use crate::accounts::{self, NewPerson, Person, Request, Started};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::{AccountId, IdentityId, OrganizationId};
use crate::rights::{self, Moment, Provided, Reach};
use crate::store::WriteTx;
use crate::store::entities::identity::Model as Identity;
use crate::store::entities::identity_provider::Model as Provider;
use crate::store::entities::provider_attempt::Model as Attempt;

/// The group of everybody who signs in with a provider.
pub(super) const EVERYBODY: &str = "*";

/// What became of it.
pub(super) enum Admitted {
    /// They are signed in.
    SignedIn(Box<Started>),
    /// The account that was signed in is connected.
    Connected,
}

/// Finds or makes the account, gives it the roles of its groups, and signs it in.
///
/// # Errors
/// `account_missing`, `account_limit_reached`, `account_disabled`, `email_domain_refused`, `email_not_verified`, `email_taken`,
/// `identity_taken`, `not_signed_in` (the login that wanted to connect has ended); those of the database.
pub(super) async fn admit(
    ctx: &Ctx,
    request: &Request<'_>,
    (provider, attempt): (&Provider, &Attempt),
    vouched: Vouched,
) -> Result<Admitted> {
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let case = Case {
        ctx,
        tx: &tx,
        request,
        provider,
        vouched: &vouched,
        now: ctx.clock.now(),
    };
    let known = store::find_identity(&tx, provider.id, &vouched.subject).await?;
    if let Some(account) = attempt.account_id {
        let changed = case.connect(attempt, account, known).await?;
        tx.commit().await?;
        if changed {
            rights::changed(ctx, &[account]).await;
        }
        return Ok(Admitted::Connected);
    }
    let (account, new) = case.account(known).await?;
    accounts::require_enabled(&account)?;
    let email = vouched.email.as_deref().unwrap_or_default();
    store::use_identity(&tx, (provider.id, account.id), email, case.now).await?;
    let changed = case.give_roles(&account).await?;
    let started = accounts::start_vouched(ctx, &tx, request, (account.id, &provider.name)).await?;
    let id_token = vouched.id_token.as_deref();
    store::insert_login(
        &tx,
        &ctx.sealed,
        (started.caller.login(), account.id, provider.id),
        id_token,
    )
    .await?;
    if new {
        case.prove_new(&started).await?;
    }
    tx.commit().await?;
    accounts::welcome(ctx, &started).await;
    if changed || new {
        rights::changed(ctx, &[account.id]).await;
    }
    Ok(Admitted::SignedIn(Box::new(started)))
}

/// One sign-in.
struct Case<'a> {
    ctx: &'a Ctx,
    tx: &'a WriteTx,
    request: &'a Request<'a>,
    provider: &'a Provider,
    vouched: &'a Vouched,
    now: Timestamp,
}

impl Case<'_> {
    /// Connects the account of a login that is still there. Whether its rights changed.
    async fn connect(&self, attempt: &Attempt, account: AccountId, known: Option<Identity>) -> Result<bool> {
        let row = accounts::find_account(self.tx, account).await?;
        let row = row.ok_or_else(Error::not_signed_in)?;
        let login = attempt.login_id.ok_or_else(Error::not_signed_in)?;
        if !accounts::has_login(self.tx, login).await? {
            return Err(Error::not_signed_in());
        }
        accounts::require_enabled(&row)?;
        match known {
            Some(identity) if identity.account_id == account => {}
            Some(_) => return Err(self.taken("belongs to another account here")),
            None => self.link(&row, false).await?,
        }
        self.give_roles(&row).await
    }

    /// The account, and whether it was made just now.
    async fn account(&self, known: Option<Identity>) -> Result<(Person, bool)> {
        if let Some(identity) = known {
            let found = accounts::find_account(self.tx, identity.account_id).await?;
            return Ok((found.ok_or_else(|| self.missing())?, false));
        }
        if !self.provider.creates_accounts && !self.provider.links_invited {
            return Err(self.missing());
        }
        let email = self.verified_email()?;
        if let Some(account) = accounts::find_by_email(self.tx, email).await? {
            if !self.was_invited(&account, email).await? {
                return Err(self.email_taken());
            }
            self.link(&account, false).await?;
            return Ok((account, false));
        }
        if !self.provider.creates_accounts {
            return Err(self.missing());
        }
        self.require_domain(email)?;
        let (_, made) = store::count_identities(self.tx, self.provider.id).await?;
        let most = self
            .provider
            .accounts_max
            .and_then(|most| u64::try_from(most).ok());
        if most.is_some_and(|most| made >= most) {
            return Err(self.full());
        }
        let account = accounts::make_vouched(self.ctx, self.tx, self.new_person(email)).await?;
        self.link(&account, true).await?;
        Ok((account, true))
    }

    /// The address, if the issuer says that it is theirs. What it denies nobody overrules.
    fn verified_email(&self) -> Result<&str> {
        let verified = self.vouched.email_verified.unwrap_or(self.provider.trusts_email);
        let email = self
            .vouched
            .email
            .as_deref()
            .filter(|email| accounts::is_email(email));
        email.filter(|_| verified).ok_or_else(|| {
            let name = &self.provider.name;
            refused(
                Code::EmailNotVerified,
                format!("“{name}” does not say that your e-mail address is verified, so no account can be found or made for you. Ask whoever manages “{name}”."),
            )
        })
    }

    /// Whether an account may be connected because of its address: it was invited with it, the issuer itself says that it is theirs, and
    /// nobody would own the server by it.
    async fn was_invited(&self, account: &Person, email: &str) -> Result<bool> {
        if !self.provider.links_invited || self.vouched.email_verified != Some(true) {
            return Ok(false);
        }
        self.require_domain(email)?;
        let rights = rights::of_account(self.tx, account.id, Moment::Whenever).await?;
        let everywhere = rights.granted().iter().any(|one| one.reach == Reach::EVERYTHING);
        let other = store::find_identity_of(self.tx, self.provider.id, account.id).await?;
        Ok(!everywhere && other.is_none() && accounts::was_invited(self.tx, account.id, email).await?)
    }

    fn require_domain(&self, email: &str) -> Result<()> {
        let domain = email.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        let mut domains = self.provider.email_domains.split_whitespace();
        let fine = self.provider.email_domains.is_empty()
            || domain.is_some_and(|domain| domains.any(|one| one == domain));
        if fine {
            return Ok(());
        }
        let name = &self.provider.name;
        Err(refused(
            Code::EmailDomainRefused,
            format!("Addresses like yours get no account through “{name}”. Ask for an invitation."),
        ))
    }

    fn new_person<'b>(&'b self, email: &'b str) -> NewPerson<'b> {
        let portuguese = |locale: &String| locale.to_lowercase().starts_with("pt");
        NewPerson {
            name: self.vouched.name.as_deref().unwrap_or(email),
            email,
            portuguese: self.vouched.locale.as_ref().is_some_and(portuguese),
        }
    }

    async fn link(&self, account: &Person, made_account: bool) -> Result<()> {
        if store::find_identity_of(self.tx, self.provider.id, account.id)
            .await?
            .is_some()
        {
            return Err(
                self.taken("is not the one with which your account is connected; disconnect that first")
            );
        }
        let row = Identity {
            id: IdentityId::new(),
            provider_id: self.provider.id,
            account_id: account.id,
            subject: self.vouched.subject.clone(),
            email: self.vouched.email.clone().unwrap_or_default(),
            made_account,
            linked_at: self.now,
            last_used_at: None,
        };
        store::insert_identity(self.tx, row).await?;
        if made_account {
            return Ok(());
        }
        let mut chains = rights::of_account(self.tx, account.id, Moment::Whenever)
            .await?
            .belongs_to()
            .to_vec();
        if chains.is_empty() {
            chains = rights::chains(self.tx, None).await?;
        }
        for organization in chains {
            let entry = self
                .entry(
                    organization,
                    Actor::account(account.id, &account.name),
                    Action::IdentityLinked,
                )
                .on(accounts::target(account.id, &account.name));
            audit::record(self.tx, self.now, entry).await?;
        }
        Ok(())
    }

    fn entry(&self, organization: OrganizationId, actor: Actor, action: Action) -> Entry {
        Entry::new(organization, actor, action)
            .detail(json!({
                "provider_id": self.provider.id,
                "provider": self.provider.name,
                "subject": self.vouched.subject,
                "address": self.request.info.address,
            }))
            .request(self.request.info.id)
            .from(self.request.info.address)
    }

    /// An account without a role is in no organization, so each of them learns of it.
    async fn prove_new(&self, started: &Started) -> Result<()> {
        let by = &started.caller;
        let mut chains = by.rights.belongs_to().to_vec();
        if chains.is_empty() {
            chains = rights::chains(self.tx, None).await?;
        }
        for organization in chains {
            let entry = self
                .entry(organization, Actor::server(), Action::AccountProvisioned)
                .on(accounts::target(by.account, &by.name));
            audit::record(self.tx, self.now, entry).await?;
        }
        Ok(())
    }

    /// Gives and takes the roles of the person's groups. Whether anything changed.
    async fn give_roles(&self, account: &Person) -> Result<bool> {
        let mappings = mappings_of(self.provider);
        let groups = self.vouched.groups.as_deref().unwrap_or_default();
        let mut wanted = Vec::new();
        for one in roles_of(&mappings, groups) {
            // As assignments do, it names the record that was meant, and reaches the machine that speaks for it.
            if rights::reach_now(self.tx, one.reach.clone()).await?.is_some() {
                wanted.push(one);
            }
        }
        let by = (self.provider.id, self.provider.name.as_str());
        rights::set_provided(self.tx, self.request.info, self.now, (account, by), &wanted).await
    }

    fn missing(&self) -> Error {
        let name = &self.provider.name;
        refused(
            Code::AccountMissing,
            format!(
                "“{name}” knows you, but you have no account here. Ask for an invitation; when you have an account, connect it with “{name}” on its page."
            ),
        )
    }

    fn full(&self) -> Error {
        let name = &self.provider.name;
        refused(
            Code::AccountLimitReached,
            format!(
                "As many accounts as allowed were made through “{name}”. Ask whoever looks after this server."
            ),
        )
    }

    fn email_taken(&self) -> Error {
        let name = &self.provider.name;
        refused(
            Code::EmailTaken,
            format!(
                "There is an account with your e-mail address already. Sign in to it as before, then connect it with “{name}” on its page."
            ),
        )
    }

    fn taken(&self, why: &str) -> Error {
        let name = &self.provider.name;
        refused(
            Code::IdentityTaken,
            format!("The person you are at “{name}” {why}."),
        )
    }
}

fn refused(code: Code, detail: String) -> Error {
    Error::Refused { code, detail }
}

/// What these groups give, each role once in each place: under the looser of several conditions, or else the first.
fn roles_of(mappings: &[GroupMapping], groups: &[String]) -> Vec<Provided> {
    let mut wanted: Vec<Provided> = Vec::new();
    let counts = |one: &&GroupMapping| one.group == EVERYBODY || groups.contains(&one.group);
    for mapping in mappings.iter().filter(counts) {
        let Some(reach) = mapping.place.reach() else {
            continue;
        };
        let same = |one: &&mut Provided| (one.role, &one.reach) == (mapping.role, &reach);
        match wanted.iter_mut().find(same) {
            Some(one) if one.conditions.within(&mapping.conditions) => {
                one.conditions = mapping.conditions.clone();
            }
            Some(_) => {}
            None => wanted.push(Provided {
                role: mapping.role,
                reach,
                conditions: mapping.conditions.clone(),
            }),
        }
    }
    wanted
}

/// The provider as the target of an entry.
pub(super) fn refusal_entry(provider: &Provider, organization: OrganizationId) -> Entry {
    Entry::new(organization, Actor::server(), Action::LoginRefused).on(target(provider))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SiteId;
    use crate::rights::{AssignmentPlace, Conditions, RoleKey};

    fn mapping(group: &str, role: RoleKey, place: &AssignmentPlace, conditions: &Conditions) -> GroupMapping {
        GroupMapping {
            group: group.to_owned(),
            role,
            place: place.clone(),
            conditions: conditions.clone(),
        }
    }

    fn of(mappings: &[GroupMapping], groups: &[&str]) -> Vec<(RoleKey, Reach, Conditions)> {
        let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
        let wanted = roles_of(mappings, &groups).into_iter();
        wanted.map(|one| (one.role, one.reach, one.conditions)).collect()
    }

    #[test]
    fn groups_count_letter_for_letter_and_each_role_once() {
        let here = OrganizationId::new();
        let place = AssignmentPlace::Organization {
            organization_id: here,
        };
        let none = &Conditions::NONE;
        let mappings = [
            mapping("staff", RoleKey::Technician, &place, none),
            mapping("night", RoleKey::Technician, &place, none),
            mapping("admins", RoleKey::Owner, &AssignmentPlace::Server, none),
            mapping(EVERYBODY, RoleKey::Viewer, &place, none),
        ];
        let all_of = Reach::of_organization(here);
        let viewer = (RoleKey::Viewer, all_of.clone(), Conditions::NONE);
        let technician = (RoleKey::Technician, all_of, Conditions::NONE);
        let owner = (RoleKey::Owner, Reach::EVERYTHING, Conditions::NONE);
        let looks_on = std::slice::from_ref(&viewer);
        assert_eq!(of(&mappings, &[]), looks_on);
        assert_eq!(of(&mappings, &["Staff", "staff ", "STAFF"]), looks_on);
        assert_eq!(of(&mappings, &["staff", "night"]), [technician, viewer.clone()]);
        assert_eq!(of(&mappings, &["admins"]), [owner, viewer]);
    }

    #[test]
    fn of_the_same_role_in_a_place_the_looser_conditions_count() {
        let organization_id = OrganizationId::new();
        let place = AssignmentPlace::Site {
            organization_id,
            site_id: SiteId::new(),
        };
        let proof = |minutes| Conditions {
            step_up_minutes: Some(minutes),
            ..Conditions::NONE
        };
        let reason = Conditions {
            reason_required: true,
            ..Conditions::NONE
        };
        let other = AssignmentPlace::Tags {
            organization_id,
            tags: vec!["till".into()],
        };
        let technician = RoleKey::Technician;
        let mappings = [
            mapping("day", technician, &place, &proof(5)),
            mapping("night", technician, &place, &proof(60)),
            mapping("new", technician, &place, &reason),
            mapping("lead", technician, &place, &Conditions::NONE),
            mapping("night", technician, &other, &reason),
        ];
        let conditions = |groups: &[&str]| -> Vec<Conditions> {
            let wanted = of(&mappings, groups).into_iter();
            wanted.map(|(_, _, conditions)| conditions).collect()
        };
        assert_eq!(conditions(&["day"]), [proof(5)]);
        assert_eq!(conditions(&["day", "night"]), [proof(60), reason.clone()]);
        assert_eq!(conditions(&["day", "new"]), [proof(5)], "neither is looser");
        assert_eq!(conditions(&["lead", "new", "day"]), [Conditions::NONE]);
        let no_tags = AssignmentPlace::Tags {
            organization_id,
            tags: Vec::new(),
        };
        let nothing = [mapping(EVERYBODY, technician, &no_tags, &Conditions::NONE)];
        assert_eq!(of(&nothing, &[]), [], "no tags are not everything");
    }
}
