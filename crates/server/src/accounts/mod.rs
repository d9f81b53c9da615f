//! Accounts and their logins: set-up, invitations, signing in and out, one-time links, what an account says about itself.
//!
//! - `caller.rs`: [`Caller`], who asks and what they may do
//! - `factors/`: second factors, passkeys, proving again · `my_logins.rs`: where one is signed in · `places.rs`: from where
//! - `people.rs`: accounts as others see them, disabling, deleting · `invitations.rs`: asking somebody to make one,
//!   `invitation_mail.rs`: by e-mail
//! - `service/`: accounts of programs · `team.rs`: those of teams
//! - `set_up.rs`: the first account · `sign_in.rs`: by password or link · `logins.rs`: the signed-in period
//! - `vouched.rs`: accounts for which identity providers vouch
//! - `links.rs`: one-time links · `profile.rs`: name and language
//! - `sign_in_rules/`: what the server asks of everybody who signs in
//! - `change_password.rs` · `recover.rs`: back in from the server's command line · `breached.rs`: passwords that others know
//! - `password.rs`: strength and hashing · `guard.rs`: slowing guesses down · `line.rs`: who waits for a hash
//! - `store.rs`: queries · `api.rs`: handlers
//!
//! # Life of a login
//! ```text
//! password, factor ──► live ──(sign-out)──────────────► ended: row deleted, sockets cut, streams closed
//!                       │ └─(unused for login_idle)────►   "
//!                       └───(login_absolute reached)───►   "
//! ```

mod api;
mod breached;
mod caller;
mod change_password;
mod factors;
mod guard;
mod invitation_mail;
mod invitations;
mod line;
mod links;
mod logins;
mod my_logins;
mod password;
mod people;
mod places;
mod profile;
mod recover;
mod service;
mod set_up;
mod sign_in;
mod sign_in_rules;
mod store;
mod team;
mod vouched;

use crate::config::Hashing;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::guessing;
use crate::ids::AccountId;

pub use api::routes;
pub use breached::BreachedPasswords;
pub use caller::{ApiTokenUse, Caller, Credential, Leaves};
pub use change_password::change_password;
pub use factors::{
    FRESH, Factors, Kind as FactorKind, NewFactor, NewTotp, PasskeyStart, PasskeyView, Proof, ProofAsked,
    RECOVERY_CODES, SecondFactorAsked, add_passkey, begin_passkey_sign_in, confirm_totp, factors,
    make_recovery_codes, prove, remove_passkey, remove_totp, rename_passkey, require_fresh,
    reset as reset_factors, sign_in_by_passkey, sign_in_by_second_factor, start_passkey, start_proof,
    start_totp,
};
pub use guard::Guard;
pub use invitation_mail::resend_invitation;
pub(crate) use invitations::revoke_invitations_into;
pub use invitations::{
    Acceptance, AccountInvitation, AccountInvitationLook, AccountInvitationState, CreatedAccountInvitation,
    INVITATION_LIFE, NewAccountInvitation, accept_invitation, invitations, invite, look_at_invitation,
    revoke_invitation,
};
pub use line::Visitor;
pub use links::{CreatedLink, LINK_LIFE, create_link, forget_stale_links};
pub(crate) use logins::ended as login_ended;
pub use logins::{Request, Started, authenticate, cut_gone, end_expired, has_login, sign_out};
pub use my_logins::{LoginView, end_login, end_other_logins, logins, sign_ins};
pub use password::{Hasher, PASSWORD_MIN, PasswordStrength, strength};
pub use people::recognized;
pub use people::{Person, PersonView, delete, disable, enable, find_person, list, person};
pub(crate) use people::{chains as account_chains, may_manage, people_of, target_of};
pub use places::{Device, forget_old_places};
pub use profile::{
    AccountView, Me, MyOrganization, MyRole, ProfileChange, SecondFactorMissing, change_profile, me,
};
pub use recover::{Recovered, recover};
pub use service::{
    NewServiceAccount, SERVICE_ACCOUNTS_MAX, ServiceAccount, ServiceAccountChange, change_service_account,
    create_service_account, routes as service_account_routes, service_accounts,
};
pub use set_up::{SetUp, set_up};
pub use sign_in::{Entered, sign_in, sign_in_by_link};
pub use sign_in_rules::{
    GRACE_MAX, NewSignInRules, SecondFactorRule, SignInRules, WithoutFactor, change as change_sign_in_rules,
    cut_held, view as sign_in_rules,
};
pub(crate) use sign_in_rules::{allows as is_left_without_factor, require_second_factor};
pub(crate) use team::{change_team, checked_team, delete_team, make_team};
pub(crate) use vouched::{
    NewPerson, count_attempt, delete_logins, find_account, find_by_email, find_to_manage, has_password,
    is_email, logins_ended, make_vouched, require_enabled, start_vouched, target, was_invited, welcome,
};

/// Longest name of an account, in characters; what fits on one line of the console.
pub const NAME_MAX: usize = 80;
/// Languages of the console.
pub const LOCALES: [&str; 2] = ["en", "pt-BR"];

/// Whether any account exists.
///
/// # Errors
/// Those of the database.
pub async fn any(ctx: &Ctx) -> Result<bool> {
    store::any(ctx.db.read()).await
}

/// The name of an account; None when there is none.
///
/// # Errors
/// Those of the database.
pub async fn name<C: sea_orm::ConnectionTrait>(db: &C, id: AccountId) -> Result<Option<String>> {
    Ok(store::find(db, id).await?.map(|account| account.name))
}

/// The domain's memory.
#[derive(Debug)]
pub struct AccountsState {
    /// Password hashing, a few at a time.
    pub hasher: Hasher,
    /// Attempts, counted.
    pub guard: Guard,
    /// What was begun and waits for its second half.
    ceremonies: factors::Ceremonies,
    /// Passwords that are known from breaches.
    pub breached: BreachedPasswords,
    /// Wrong links of invitations, counted.
    invitations: guessing::Guard,
}

impl AccountsState {
    /// Nobody has tried anything, all slots free.
    #[must_use]
    pub fn new(cost: Hashing, breached: BreachedPasswords) -> Self {
        Self {
            hasher: Hasher::new(cost),
            guard: Guard::default(),
            ceremonies: factors::Ceremonies::default(),
            breached,
            invitations: guessing::Guard::new(guessing::Guessed {
                what: "links",
                counter: "farol_account_invitations_wrong_total",
            }),
        }
    }
}
