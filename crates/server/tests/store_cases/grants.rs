//! Relay grants: each opens the door once, whoever asks, however often the server was started anew.

use std::time::Duration;

use farol_server::ids::{AccountId, LoginId, RequestId, SessionId};
use farol_server::sessions::grants::{self, Binding, GRANT_LIFE, GrantError, Pair};
use farol_server::sessions::lifecycle::Side;
use farol_server::store::entities::{organization, relay_grant, session};
use farol_server::{Ctx, server};
use sea_orm::{ActiveModelTrait, EntityTrait, PaginatorTrait};

/// A session and grants for both of its ends.
async fn pair(ctx: &Ctx, attempt: u32) -> (Binding, Pair) {
    let organization = organization::Entity::find()
        .one(ctx.db.read())
        .await
        .unwrap()
        .unwrap();
    let binding = Binding {
        session: SessionId::new(),
        attempt,
        login: LoginId::new(),
    };
    let row = session::Model {
        id: binding.session,
        organization_id: organization.id,
        machine_id: None,
        machine_name: "pc".into(),
        account_id: Some(AccountId::new()),
        technician_name: "Ann".into(),
        login_id: Some(binding.login),
        rights: "view".into(),
        state: "active".into(),
        asked: String::new(),
        attempt: i64::from(attempt),
        requested_at: ctx.clock.now(),
        connected_at: None,
        interrupted_at: None,
        resumes: 0,
        reason: String::new(),
        consent_outcome: None,
        consent_by: None,
        consent_at: None,
        ended_at: None,
        end_reason: None,
        end_by_kind: None,
        end_by_name: None,
        end_detail: None,
        bytes_to_viewer: 0,
        bytes_to_agent: 0,
        figures: None,
        request_id: RequestId::new().to_string(),
        guest_of: None,
    };
    let tx = ctx.db.write().await.unwrap();
    session::Entity::insert(session::ActiveModel::from(row).reset_all())
        .exec_without_returning(&tx)
        .await
        .unwrap();
    let pair = grants::issue(ctx, &tx, binding).await.unwrap();
    tx.commit().await.unwrap();
    (binding, pair)
}

pub async fn a_grant_names_its_end_and_works_once_though_many_try(ctx: Ctx) {
    let (binding, pair) = pair(&ctx, 3).await;
    let tries = (0..8).map(|_| {
        let ctx = ctx.clone();
        tokio::spawn(async move { grants::redeem(&ctx, &pair.viewer).await })
    });
    let (mut opened, mut used) = (Vec::new(), 0);
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.unwrap() {
            Ok(found) => opened.push(found),
            Err(GrantError::Used) => used += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((opened, used), (vec![(binding, Side::Viewer)], 7));
    let agent = grants::redeem(&ctx, &pair.agent).await.unwrap();
    assert_eq!(agent, (binding, Side::Agent));
}

pub async fn a_grant_that_was_used_stays_used_after_a_restart(ctx: Ctx) {
    let (binding, pair) = pair(&ctx, 1).await;
    grants::redeem(&ctx, &pair.viewer).await.unwrap();
    let again = server::open(ctx.config.clone(), ctx.clock.clone()).await.unwrap();
    assert!(matches!(
        grants::redeem(&again, &pair.viewer).await,
        Err(GrantError::Used)
    ));
    // One that was not used opens the door of the same relay.
    assert_eq!(grants::redeem(&again, &pair.agent).await.unwrap().0, binding);
    again.db.close().await;
}

pub async fn grants_of_other_relays_and_made_up_ones_open_nothing(ctx: Ctx) {
    let (_, pair) = pair(&ctx, 1).await;
    for secret in [&[][..], &[0; 31], &[0; 32], &[0; 33]] {
        assert!(matches!(
            grants::redeem(&ctx, secret).await,
            Err(GrantError::Unknown)
        ));
    }
    // Another server, with an identity of its own, over the same rows.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut config = ctx.config.clone();
    config.data = elsewhere.path().to_owned();
    let other = server::open(config, ctx.clock.clone()).await.unwrap();
    assert!(matches!(
        grants::redeem(&other, &pair.viewer).await,
        Err(GrantError::Void)
    ));
    other.db.close().await;
    grants::redeem(&ctx, &pair.viewer).await.unwrap();
}

pub async fn a_grant_expires_and_is_forgotten_an_hour_later(ctx: Ctx) {
    let (_, early) = pair(&ctx, 1).await;
    ctx.clock
        .advance(GRANT_LIFE.saturating_sub(Duration::from_millis(1)));
    grants::redeem(&ctx, &early.viewer).await.unwrap();
    ctx.clock.advance(Duration::from_millis(1));
    assert!(matches!(
        grants::redeem(&ctx, &early.agent).await,
        Err(GrantError::Expired)
    ));
    let (_, _late) = pair(&ctx, 1).await;
    ctx.clock.advance(Duration::from_secs(3600));
    assert_eq!(grants::sweep(&ctx).await.unwrap(), 0);
    assert!(matches!(
        grants::redeem(&ctx, &early.viewer).await,
        Err(GrantError::Used)
    ));
    ctx.clock.advance(Duration::from_millis(1));
    assert_eq!(grants::sweep(&ctx).await.unwrap(), 2);
    let left = relay_grant::Entity::find().count(ctx.db.read()).await.unwrap();
    assert_eq!(left, 2);
}

pub async fn grants_go_with_their_session(ctx: Ctx) {
    let (binding, pair) = pair(&ctx, 1).await;
    let tx = ctx.db.write().await.unwrap();
    session::Entity::delete_by_id(binding.session)
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(
        grants::redeem(&ctx, &pair.viewer).await,
        Err(GrantError::Unknown)
    ));
}
