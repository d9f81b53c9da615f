//! What the server asks of everybody who signs in: who has to have a second factor, from when on, and what is left to who has none.

use std::time::Duration;

use farol_server::accounts::{self, Caller, NewSignInRules, Proof, SecondFactorRule, SignInRules, Started};
use farol_server::audit::{self, AuditFilter};
use farol_server::events::{Listener, Notice};
use farol_server::http::{IfMatch, PageQuery};
use farol_server::rights::RoleKey;
use farol_server::{Code, Ctx};

use super::factors::{shown, with_app};
use super::rights::{joined, within};
use crate::common::{PASSWORD, owner, rule_request, signed_in};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn rules(second_factor: SecondFactorRule, grace_days: u8) -> NewSignInRules {
    NewSignInRules {
        second_factor,
        trust_providers: true,
        grace_days,
    }
}

async fn change(ctx: &Ctx, by: &Caller, wanted: NewSignInRules) -> Result<SignInRules, Code> {
    let any = IfMatch::seen("*");
    let done = accounts::change_sign_in_rules(ctx, by, wanted, &any).await;
    done.map_err(|error| error.code())
}

/// The login as its next request finds it.
async fn again(ctx: &Ctx, started: &Started) -> Caller {
    let info = rule_request().info;
    accounts::authenticate(ctx, info, started.secret.expose())
        .await
        .unwrap()
}

async fn sign_in(ctx: &Ctx, email: &str) -> Started {
    let came = accounts::sign_in(ctx, &rule_request(), email, PASSWORD).await;
    signed_in(came.unwrap())
}

async fn is_held(ctx: &Ctx, started: &Started) -> bool {
    let due = again(ctx, started).await.second_factor_due;
    due.is_some_and(|due| due <= ctx.clock.now())
}

pub async fn who_turns_the_rule_on_has_a_factor(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let shown = accounts::sign_in_rules(&ctx, &by).await.unwrap();
    assert_eq!(
        (
            shown.second_factor,
            shown.trust_providers,
            shown.grace_days,
            shown.since
        ),
        (SecondFactorRule::Optional, true, 0, None)
    );
    assert_eq!(
        (shown.without_factor.technicians, shown.without_factor.everybody),
        (1, 1)
    );
    let refused = change(&ctx, &by, rules(SecondFactorRule::Technicians, 5)).await;
    assert_eq!(refused.unwrap_err(), Code::ValidationFailed);
    let refused = change(&ctx, &by, rules(SecondFactorRule::Optional, 31)).await;
    assert_eq!(refused.unwrap_err(), Code::ValidationFailed);
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Owner, within(here)).await;
    let refused = change(&ctx, &ana, rules(SecondFactorRule::Optional, 0)).await;
    assert_eq!(refused.unwrap_err(), Code::Forbidden);
    assert_eq!(
        accounts::sign_in_rules(&ctx, &ana).await.unwrap_err().code(),
        Code::Forbidden
    );
}

pub async fn a_rule_counts_at_once_and_ends_with_the_first_factor(ctx: Ctx) {
    let (by, ..) = with_app(&ctx).await;
    let here = by.rights.organizations()[0];
    joined(&ctx, &by, "ana@a.example", RoleKey::Technician, within(here)).await;
    joined(&ctx, &by, "rui@a.example", RoleKey::Requester, within(here)).await;
    let (ana, rui) = (
        sign_in(&ctx, "ana@a.example").await,
        sign_in(&ctx, "rui@a.example").await,
    );
    let mut stream = ctx.events.subscribe(Listener::of(&ana.caller)).unwrap();
    let set = change(&ctx, &by, rules(SecondFactorRule::Technicians, 0))
        .await
        .unwrap();
    assert_eq!(
        (set.without_factor.technicians, set.without_factor.everybody),
        (1, 2)
    );
    assert!(is_held(&ctx, &ana).await && !is_held(&ctx, &rui).await);
    // What she has open is cut.
    while let Some(notice) = stream.next().await {
        assert!(
            matches!(notice, Notice::Invalidate(_) | Notice::Resync),
            "{notice:?}"
        );
    }
    let me = accounts::me(&ctx, &again(&ctx, &ana).await).await.unwrap();
    assert!(me.second_factor_missing.unwrap().overdue);

    change(&ctx, &by, rules(SecondFactorRule::Everybody, 0))
        .await
        .unwrap();
    assert!(is_held(&ctx, &rui).await);
    let new = accounts::start_totp(&ctx, &again(&ctx, &ana).await)
        .await
        .unwrap();
    let code = shown(&ctx, &new, 0);
    accounts::confirm_totp(&ctx, &again(&ctx, &ana).await, &code)
        .await
        .unwrap();
    // The same login goes on.
    let caller = again(&ctx, &ana).await;
    assert_eq!(caller.second_factor_due, None);
    let last = accounts::remove_totp(&ctx, &caller).await;
    assert_eq!(last.unwrap_err().code(), Code::SecondFactorLast);
    assert!(
        accounts::factors(&ctx, &caller)
            .await
            .unwrap()
            .totp_since
            .is_some()
    );
    change(&ctx, &by, rules(SecondFactorRule::Optional, 0))
        .await
        .unwrap();
    assert!(!is_held(&ctx, &rui).await);
    accounts::remove_totp(&ctx, &caller).await.unwrap();

    let entries = audit::list(&ctx, &by, &PageQuery::default(), &AuditFilter::default()).await;
    let entries = entries.unwrap().items;
    let said = entries
        .iter()
        .find(|entry| entry.action == "sign_in_rules.changed")
        .unwrap();
    assert_eq!(said.before.as_ref().unwrap()["second_factor"], "everybody");
    assert_eq!(said.after.as_ref().unwrap()["second_factor"], "optional");
}

pub async fn a_grace_tells_and_does_not_stop(ctx: Ctx) {
    let (by, ..) = with_app(&ctx).await;
    let here = by.rights.organizations()[0];
    joined(&ctx, &by, "ana@a.example", RoleKey::Technician, within(here)).await;
    change(&ctx, &by, rules(SecondFactorRule::Everybody, 2))
        .await
        .unwrap();
    let ana = sign_in(&ctx, "ana@a.example").await;
    let due = ana.caller.second_factor_due.unwrap();
    assert_eq!(due, ctx.clock.now().after(2 * DAY));
    assert!(!is_held(&ctx, &ana).await);
    ctx.clock.advance(DAY);
    // Longer is no new rule, so it ends two days later than before, not three.
    change(&ctx, &by, rules(SecondFactorRule::Everybody, 4))
        .await
        .unwrap();
    let ana = sign_in(&ctx, "ana@a.example").await;
    assert_eq!(ana.caller.second_factor_due.unwrap(), due.after(2 * DAY));
    ctx.clock.advance(3 * DAY);
    let late = sign_in(&ctx, "ana@a.example").await;
    let mut stream = ctx.events.subscribe(Listener::of(&late.caller)).unwrap();
    assert!(is_held(&ctx, &late).await);
    accounts::cut_held(&ctx).await.unwrap();
    assert_eq!(stream.next().await, None);
}

pub async fn a_recovered_owner_is_asked_for_a_new_factor(ctx: Ctx) {
    let (by, ..) = with_app(&ctx).await;
    change(&ctx, &by, rules(SecondFactorRule::Everybody, 0))
        .await
        .unwrap();
    let recovered = accounts::recover(&ctx, None, false).await.unwrap();
    let token = recovered.link.path.split_once("#link=").unwrap().1.to_owned();
    let started = accounts::sign_in_by_link(&ctx, &rule_request(), &token)
        .await
        .unwrap();
    assert!(is_held(&ctx, &started).await);
    let caller = again(&ctx, &started).await;
    let new = accounts::start_totp(&ctx, &caller).await.unwrap();
    accounts::confirm_totp(&ctx, &caller, &shown(&ctx, &new, 0))
        .await
        .unwrap();
    assert!(!is_held(&ctx, &started).await);
    // Another login of the account proves the new one.
    let came = accounts::sign_in(&ctx, &rule_request(), crate::common::EMAIL, PASSWORD).await;
    let accounts::Entered::Asked(asked) = came.unwrap() else {
        panic!("not asked for a second factor");
    };
    ctx.clock.advance(Duration::from_secs(60));
    let proof = Proof::Totp {
        code: shown(&ctx, &new, 0),
    };
    let again = accounts::sign_in_by_second_factor(&ctx, &rule_request(), &asked.token, proof).await;
    assert_eq!(again.unwrap().caller.second_factor_due, None);
}

pub async fn of_two_changes_of_the_rules_at_once_one_wins(ctx: Ctx) {
    let (by, ..) = with_app(&ctx).await;
    let seen = accounts::sign_in_rules(&ctx, &by).await.unwrap().etag;
    let seen = IfMatch::seen(&seen);
    let set = |rule| accounts::change_sign_in_rules(&ctx, &by, rules(rule, 0), &seen);
    let (one, two) = tokio::join!(
        set(SecondFactorRule::Technicians),
        set(SecondFactorRule::Everybody)
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let lost = one.err().or(two.err()).unwrap();
    assert_eq!(lost.code(), Code::VersionMismatch);
}
