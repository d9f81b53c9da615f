//! How guests' sessions end, and what they outlive.

use std::time::{Duration, Instant};

use axum::http::Method;
use farol_server::store::entities::{invitation, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{Invited, accept, as_guest, comes_back, invite, invited, seen_by_guest};
use crate::stage::kinds;

#[tokio::test]
async fn revoking_an_invitation_sends_the_guest_away_at_once() {
    let mut invited = invited(json!(["view", "control"])).await;
    let mut guest = invited.comes().await;
    let from = Instant::now();
    assert_eq!(invited.revoke().await, 204);
    let reason = (4410, "invitation_revoked".to_owned());
    assert_eq!(guest.running.viewer.closed().await, reason);
    assert!(from.elapsed() < Duration::from_secs(1), "{:?}", from.elapsed());
    assert_eq!(guest.running.agent.closed().await, reason);
    assert_eq!(invited.link.end().await.1, "invitation_revoked");
    let over = invited
        .stage
        .until(&guest.running.id, "the end", |session| {
            session["ended_at"].is_string()
        })
        .await;
    assert_eq!(
        over["end"]["by"],
        json!({ "kind": "technician", "name": "Ann Martins" })
    );
    assert_eq!(invited.listed().await["state"], "revoked");
    assert_eq!(invited.revoke().await, 204, "once more is no error");
    let entries = invited.stage.get("/api/audit?action=invitation.revoked").await;
    assert_eq!(entries["items"].as_array().unwrap().len(), 1);
    assert_eq!(entries["items"][0]["detail"]["guest"], "Gil Souza");
    invited.stage.state(&invited.host.id, "active").await;
    let (status, problem) = comes_back(&invited.stage, &guest.key).await;
    assert_eq!((status, &problem["code"]), (410, &json!("session_over")));
    assert_eq!(problem["end"]["reason"], "invitation_revoked");
    let seen = seen_by_guest(&invited.stage, &guest.key).await;
    assert_eq!(seen["end"]["reason"], "invitation_revoked");
}

#[tokio::test]
async fn a_guest_goes_with_who_invited_them() {
    let mut invited = invited(json!(["view"])).await;
    let mut guest = invited.comes().await;
    let path = format!("/api/sessions/{}", invited.host.id);
    assert_eq!(invited.stage.delete(&path).await, 204);
    assert_eq!(guest.running.viewer.closed().await, (4410, "host_left".into()));
    let told = [invited.link.end().await.1, invited.link.end().await.1];
    assert_eq!(told, ["technician_ended", "host_left"]);
    let over = invited.stage.state(&guest.running.id, "ended").await;
    assert_eq!(over["end"]["reason"], "host_left");
}

#[tokio::test]
async fn a_guest_goes_with_the_login_of_who_invited_them() {
    let mut invited = invited(json!(["view"])).await;
    let mut guest = invited.comes().await;
    let from = Instant::now();
    assert_eq!(invited.stage.delete("/api/logins/current").await, 204);
    assert_eq!(guest.running.viewer.closed().await, (4410, "host_left".into()));
    assert!(from.elapsed() < Duration::from_secs(1), "{:?}", from.elapsed());
    assert_eq!(invited.host.viewer.closed().await, (4410, "login_ended".into()));
    let (status, problem) = comes_back(&invited.stage, &guest.key).await;
    assert_eq!((status, &problem["end"]["reason"]), (410, &json!("host_left")));
}

#[tokio::test]
async fn a_guest_leaves_and_who_invited_them_stays() {
    let mut invited = invited(json!(["view"])).await;
    let mut guest = invited.comes().await;
    let (status, _) = as_guest(
        &invited.stage,
        Method::DELETE,
        "/api/guest/session",
        (&guest.key, None),
    )
    .await;
    assert_eq!(status, 204);
    assert_eq!(guest.running.viewer.closed().await.0, 4410);
    let over = invited.stage.state(&guest.running.id, "ended").await;
    let by = json!({ "kind": "guest", "name": "Gil Souza" });
    assert_eq!(
        (&over["end"]["reason"], &over["end"]["by"]),
        (&json!("technician_ended"), &by)
    );
    assert_eq!(over["timeline"].as_array().unwrap().last().unwrap()["who"], by);
    invited.stage.state(&invited.host.id, "active").await;
    assert_eq!(invited.listed().await["state"], "accepted");
}

#[tokio::test]
async fn guests_and_who_invited_them_supersede_nobody_of_each_other() {
    let mut invited = invited(json!(["view"])).await;
    let (_, second) = invite(&invited.stage, &invited.host.id, json!(["view"])).await;
    let guest = invited.comes().await;
    drop((guest.running.viewer, guest.running.agent));
    invited.stage.state(&guest.running.id, "interrupted").await;
    let (status, _) = invited.stage.open(&json!(["view"])).await;
    assert_eq!(status, 201);
    invited.link.offer().await;
    let still = seen_by_guest(&invited.stage, &guest.key).await;
    assert_eq!(still["state"], "interrupted");

    drop((invited.host.viewer, invited.host.agent));
    invited.stage.state(&invited.host.id, "interrupted").await;
    let (status, _) = accept(&invited.stage, second["secret"].as_str().unwrap()).await;
    assert_eq!(status, 201, "who invited them may come back yet");
    for id in [&invited.host.id, &guest.running.id] {
        let session = invited.stage.get(&format!("/api/sessions/{id}")).await;
        assert_eq!(session["state"], "interrupted", "{session}");
    }
}

#[tokio::test]
async fn a_guest_outlives_a_restart_of_the_server_with_who_invited_them() {
    let mut invited = invited(json!(["view"])).await;
    let guest = invited.comes().await;
    let Invited {
        stage, link, host, ..
    } = invited;
    drop(link);
    let stage = stage.restart().await;
    let session = stage.state(&guest.running.id, "interrupted").await;
    assert_eq!(session["guest_of"], json!(host.id));
    assert_eq!(session["technician"], json!({ "id": null, "name": "Gil Souza" }));
    let mut link = stage.link().await;
    let (status, again) = comes_back(&stage, &guest.key).await;
    assert_eq!(status, 200, "{again}");
    let offer = link.offer().await;
    assert!(offer.statement.guest);
    link.accept(&offer).await;
    let mut back = stage.couple(&again, &offer).await;
    let session = stage
        .until(&back.id, "the record", |session| {
            kinds(session).contains(&"resumed")
        })
        .await;
    let resumed = session["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!(resumed["who"], json!({ "kind": "guest", "name": "Gil Souza" }));
    // And goes with them still.
    assert_eq!(stage.delete(&format!("/api/sessions/{}", host.id)).await, 204);
    assert_eq!(back.viewer.closed().await, (4410, "host_left".into()));
}

/// What is written by a server that is stopped before it can end the guest's session.
#[tokio::test]
async fn a_guest_whose_host_left_or_whose_invitation_was_revoked_does_not_outlive_a_restart() {
    for reason in ["invitation_revoked", "host_left"] {
        let mut invited = invited(json!(["view"])).await;
        let guest = invited.comes().await;
        let stage = invited.stage.restart().await;
        let tx = stage.ctx().db.write().await.unwrap();
        let now = stage.ctx().clock.now();
        if reason == "host_left" {
            let host: farol_server::ids::SessionId = invited.host.id.parse().unwrap();
            session::Entity::update_many()
                .col_expr(session::Column::State, Expr::value("ended"))
                .filter(session::Column::Id.eq(host))
                .exec(&tx)
                .await
                .unwrap();
        } else {
            invitation::Entity::update_many()
                .col_expr(invitation::Column::RevokedAt, Expr::value(Some(now)))
                .exec(&tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let stage = stage.restart().await;
        let over = stage.state(&guest.running.id, "ended").await;
        assert_eq!(over["end"]["reason"], reason);
    }
}
