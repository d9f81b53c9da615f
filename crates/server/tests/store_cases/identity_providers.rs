//! Identity providers, identities and sign-ins under way.

use farol_server::accounts::{self, Caller};
use farol_server::http::IfMatch;
use farol_server::identity_providers::{
    self as providers, Answered, Begun, GroupMapping, IdentityProviderChange, NewIdentityProvider,
};
use farol_server::rights::{self, AssignmentPlace, Conditions, RoleKey};
use farol_server::{Code, Ctx};
use serde_json::json;

use super::rights::within;
use crate::common::{owner, rule_request};
use crate::double::{Double, parameter};

pub(super) async fn issuer(ctx: &Ctx) -> Double {
    let redirect_uri = format!("{}/api/oidc/callback", ctx.config.public_url);
    Double::start(&ctx.clock, &redirect_uri).await
}

pub(super) fn wanted(issuer: &str) -> NewIdentityProvider {
    let wanted = json!({
        "name": "Example ID", "issuer": issuer, "client_id": "farol", "creates_accounts": true,
        "client_secret": "a secret of the two of us", "groups_claim": "groups",
    });
    serde_json::from_value(wanted).unwrap()
}

pub(super) fn mapping(group: &str, role: RoleKey, place: AssignmentPlace) -> GroupMapping {
    GroupMapping {
        group: group.to_owned(),
        role,
        place,
        conditions: Conditions::NONE,
    }
}

async fn finish(ctx: &Ctx, begun: &Begun) -> Result<Caller, Code> {
    let answered = Answered {
        state: Some(parameter(&begun.url, "state")),
        code: Some("abc".into()),
        ..Answered::default()
    };
    let done = providers::finish(ctx, &rule_request(), answered, Some(begun.browser.expose())).await;
    match done {
        Ok(finished) => Ok(finished.started.unwrap().caller),
        Err(refusal) => Err(refusal.error.code()),
    }
}

pub(super) async fn comes(
    ctx: &Ctx,
    issuer: &Double,
    by: &Caller,
    claims: serde_json::Value,
) -> Result<Caller, Code> {
    let provider = providers::list(ctx, by).await.unwrap().remove(0);
    let begun = providers::begin(ctx, rule_request().info, provider.id, (None, None))
        .await
        .unwrap();
    issuer.vouches(&begun.url, claims);
    finish(ctx, &begun).await
}

pub async fn whoever_a_provider_vouches_for_has_roles_by_groups(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let issuer = issuer(&ctx).await;
    let mut wanted = wanted(&issuer.issuer);
    wanted.mappings = vec![
        mapping("support", RoleKey::Technician, within(here)),
        mapping("bosses", RoleKey::Owner, AssignmentPlace::Server),
    ];
    let provider = providers::create(&ctx, &by, wanted.clone()).await.unwrap();
    let again = providers::create(&ctx, &by, wanted).await.unwrap_err();
    assert_eq!(
        again.code(),
        Code::ValidationFailed,
        "one provider for each issuer"
    );

    let ana = |groups: &[&str]| json!({ "email": "ana@a.example", "email_verified": true, "name": "Ana", "groups": groups });
    let first = comes(&ctx, &issuer, &by, ana(&["support", "bosses"]))
        .await
        .unwrap();
    let mut keys: Vec<RoleKey> = first.rights.granted().iter().map(|one| one.role.key).collect();
    keys.sort_unstable();
    assert_eq!(keys, [RoleKey::Technician, RoleKey::Owner]);
    let second = comes(&ctx, &issuer, &by, ana(&["support"])).await.unwrap();
    assert_eq!(second.account, first.account);
    assert_eq!(second.rights.role_keys_in(here), [RoleKey::Technician]);
    assert_eq!(second.rights.granted().len(), 1);

    // The same role by hand beside it; the provider takes only its own away.
    let new = rights::NewAssignment {
        account_id: first.account,
        role: RoleKey::Technician,
        place: within(here),
        conditions: rights::Conditions::NONE,
    };
    rights::assign(&ctx, &by, new).await.unwrap();
    let third = comes(&ctx, &issuer, &by, ana(&[])).await.unwrap();
    assert_eq!(third.rights.granted().len(), 1);
    let url = providers::sign_out_url(&ctx, &third).await.unwrap().unwrap();
    assert!(url.contains("id_token_hint=ey"), "{url}");

    let seen = IfMatch::seen(&provider.etag);
    providers::delete(&ctx, &by, provider.id, &seen).await.unwrap();
    assert!(!accounts::has_login(ctx.db.read(), third.login()).await.unwrap());
    let rights = rights::of_account(ctx.db.read(), first.account, rights::Moment::Whenever)
        .await
        .unwrap();
    assert_eq!(
        rights.role_keys_in(here),
        [RoleKey::Technician],
        "what was given by hand"
    );
    let left = providers::list_identities(&ctx, &by, first.account)
        .await
        .unwrap();
    assert_eq!(left, []);
}

pub async fn of_two_who_finish_a_sign_in_at_once_one_does(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let issuer = issuer(&ctx).await;
    let provider = providers::create(&ctx, &by, wanted(&issuer.issuer))
        .await
        .unwrap();
    let begun = providers::begin(&ctx, rule_request().info, provider.id, (None, None))
        .await
        .unwrap();
    issuer.vouches(
        &begun.url,
        json!({ "email": "ana@a.example", "email_verified": true }),
    );
    let (one, two) = tokio::join!(finish(&ctx, &begun), finish(&ctx, &begun));
    let refused: Vec<Code> = [one, two].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused, [Code::SignInUsed]);

    // Of two who would be the last that may come, one does.
    let change = IdentityProviderChange {
        accounts_max: Some(Some(2)),
        ..IdentityProviderChange::default()
    };
    let seen = IfMatch::seen(&provider.etag);
    providers::change(&ctx, &by, provider.id, change.clone(), &seen)
        .await
        .unwrap();
    let late = providers::change(&ctx, &by, provider.id, change, &seen)
        .await
        .unwrap_err();
    assert_eq!(late.code(), Code::VersionMismatch);
    let bia = json!({ "sub": "bia-1", "email": "bia@a.example", "email_verified": true });
    comes(&ctx, &issuer, &by, bia).await.unwrap();
    let caio = json!({ "sub": "caio-1", "email": "caio@a.example", "email_verified": true });
    let full = comes(&ctx, &issuer, &by, caio).await.unwrap_err();
    assert_eq!(full, Code::AccountLimitReached);
    providers::forget_stale(&ctx.db, &ctx.clock).await.unwrap();
    assert_eq!(
        finish(&ctx, &begun).await.unwrap_err(),
        Code::SignInUsed,
        "kept for an hour"
    );
    ctx.clock
        .advance(providers::ATTEMPT_LIFE + std::time::Duration::from_secs(60 * 60 + 1));
    providers::forget_stale(&ctx.db, &ctx.clock).await.unwrap();
    assert_eq!(finish(&ctx, &begun).await.unwrap_err(), Code::SignInUnknown);
}
