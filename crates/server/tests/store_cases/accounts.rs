//! Set-up, links, logins.

use std::time::Duration;

use farol_server::accounts::{self, LINK_LIFE};
use farol_server::config::{LOGIN_ABSOLUTE, LOGIN_IDLE};
use farol_server::http::PageQuery;
use farol_server::{Code, Ctx, audit};
use serde_json::json;

use crate::common::{EMAIL, PASSWORD, owner, rule_request, set_up_form, signed_in};

async fn token(ctx: &Ctx, email: Option<&str>) -> String {
    let link = accounts::create_link(&ctx.db, &ctx.clock, email).await.unwrap();
    link.path.split_once('=').unwrap().1.to_owned()
}

async fn recognized(ctx: &Ctx, secret: &str) -> bool {
    accounts::authenticate(ctx, rule_request().info, secret)
        .await
        .is_ok()
}

pub async fn of_two_set_ups_at_once_one_wins(ctx: Ctx) {
    let mut attempts = Vec::new();
    for _ in 0..4 {
        let (ctx, form) = (ctx.clone(), set_up_form(&token(&ctx, None).await));
        attempts.push(tokio::spawn(async move {
            accounts::set_up(&ctx, &rule_request(), form).await
        }));
    }
    let mut won = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert!(
                matches!(error.code(), Code::NotFound | Code::LinkInvalid),
                "{error}"
            ),
        }
    }
    assert_eq!(won, 1);
    assert!(accounts::any(&ctx).await.unwrap());
}

pub async fn a_link_works_once_and_not_too_late(ctx: Ctx) {
    let late = token(&ctx, None).await;
    ctx.clock.advance(LINK_LIFE);
    let error = accounts::set_up(&ctx, &rule_request(), set_up_form(&late))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::LinkInvalid);
    owner(&ctx).await;

    let link = token(&ctx, None).await;
    let request = rule_request();
    let (one, two) = tokio::join!(
        accounts::sign_in_by_link(&ctx, &request, &link),
        accounts::sign_in_by_link(&ctx, &request, &link),
    );
    assert!(one.is_ok() != two.is_ok());
    let error = accounts::sign_in_by_link(&ctx, &request, &link)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::LinkInvalid);
}

pub async fn a_login_lives_and_ends(ctx: Ctx) {
    let started = owner(&ctx).await;
    let secret = started.secret.expose();
    let almost = LOGIN_IDLE - Duration::from_secs(1);
    for _ in 0..3 {
        assert!(recognized(&ctx, secret).await);
        ctx.clock.advance(almost);
    }
    accounts::sign_out(&ctx, &started.caller).await.unwrap();
    assert!(!recognized(&ctx, secret).await);

    let idle = signed_in(
        accounts::sign_in(&ctx, &rule_request(), &EMAIL.to_uppercase(), PASSWORD)
            .await
            .unwrap(),
    );
    ctx.clock.advance(LOGIN_IDLE);
    assert!(!recognized(&ctx, idle.secret.expose()).await);

    let old = signed_in(
        accounts::sign_in(&ctx, &rule_request(), EMAIL, PASSWORD)
            .await
            .unwrap(),
    );
    let mut age = Duration::ZERO;
    while age + almost < LOGIN_ABSOLUTE {
        assert!(recognized(&ctx, old.secret.expose()).await);
        ctx.clock.advance(almost);
        age += almost;
    }
    ctx.clock.advance(LOGIN_ABSOLUTE - age);
    assert!(!recognized(&ctx, old.secret.expose()).await);
}

pub async fn expired_logins_are_ended(ctx: Ctx) {
    owner(&ctx).await;
    assert_eq!(accounts::end_expired(&ctx).await.unwrap(), 0);
    ctx.clock.advance(LOGIN_IDLE);
    let fresh = signed_in(
        accounts::sign_in(&ctx, &rule_request(), EMAIL, PASSWORD)
            .await
            .unwrap(),
    );
    assert_eq!(accounts::end_expired(&ctx).await.unwrap(), 1);
    assert_eq!(accounts::end_expired(&ctx).await.unwrap(), 0);
    assert!(recognized(&ctx, fresh.secret.expose()).await);
}

pub async fn links_sign_in_the_account_they_name(ctx: Ctx) {
    let started = owner(&ctx).await;
    let link = token(&ctx, Some("ANN@example.org")).await;
    let by_link = accounts::sign_in_by_link(&ctx, &rule_request(), &link)
        .await
        .unwrap();
    assert_eq!(by_link.caller.account, started.caller.account);
    assert_ne!(by_link.caller.login(), started.caller.login());
    let unknown = accounts::create_link(&ctx.db, &ctx.clock, Some("nobody@example.org"))
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

pub async fn a_changed_profile_is_proved_with_before_and_after(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let change = accounts::ProfileChange {
        name: Some("Ann B.".into()),
        locale: None,
    };
    accounts::change_profile(&ctx, &by, change).await.unwrap();
    let all = audit::AuditFilter::default();
    let entries = audit::list(&ctx, &by, &PageQuery::default(), &all)
        .await
        .unwrap()
        .items;
    let entry = &entries[0];
    assert_eq!(entry.action, "account.changed");
    assert_eq!(entry.before, Some(json!({ "name": "Ann Martins" })));
    assert_eq!(
        entry.after,
        Some(json!({ "name": "Ann B." })),
        "what stayed is left out"
    );
    assert_eq!(entry.address.as_deref(), Some("192.0.2.1"));
}
