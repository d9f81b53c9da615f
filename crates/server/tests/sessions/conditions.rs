//! Sessions by roles that end, ask for a proof, or for a reason.

use std::time::Duration;

use farol_server::rights::Moments;
use farol_server::store::entities::assignment::{Column, Entity};
use sea_orm::EntityTrait;
use sea_orm::sea_query::{Expr, SimpleExpr};
use serde_json::json;

use crate::stage::{Stage, viewer_key};

/// The one role that there is gets another condition.
async fn set(stage: &Stage, column: Column, value: SimpleExpr) {
    let tx = stage.ctx().db.write().await.unwrap();
    let change = Entity::update_many().col_expr(column, value);
    assert_eq!(change.exec(&tx).await.unwrap().rows_affected, 1);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_session_ends_when_the_role_does_that_allowed_it() {
    const TIME: Duration = Duration::from_secs(600);
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let mut running = stage.session(&mut link).await;
    let end = stage.ctx().clock.now().after(TIME);
    set(&stage, Column::ExpiresAt, Expr::value(Some(end))).await;
    let mut moments = Moments::default();
    moments.look(stage.ctx()).await.unwrap();
    assert_eq!(stage.ctx().live.find(|_| true).len(), 1);
    stage.ctx().clock.advance(TIME);
    moments.look(stage.ctx()).await.unwrap();
    assert_eq!(link.end().await.1, "access_changed");
    assert_eq!(running.viewer.closed().await, (4410, "access_changed".into()));
}

#[tokio::test]
async fn a_proof_is_for_opening_a_session_and_for_more_of_it_not_for_going_on() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    set(&stage, Column::StepUpMinutes, Expr::value(Some(5_i64))).await;
    let running = stage.session(&mut link).await;
    stage.ctx().clock.advance(Duration::from_secs(300));
    let (status, problem) = stage.open(&json!(["view"])).await;
    assert_eq!((status, &problem["code"]), (403, &json!("step_up_required")));
    // Whatever changes in the organization: what runs goes on.
    let organization = stage.get("/api/organizations").await["items"][0]["id"].clone();
    let organization = organization.as_str().unwrap().parse().unwrap();
    farol_server::sessions::recheck(stage.ctx(), organization)
        .await
        .unwrap();
    let path = format!("/api/sessions/{}/rights", running.id);
    let (status, problem) = stage
        .post(&path, &json!({ "rights": ["view", "control", "clipboard"] }))
        .await;
    assert_eq!((status, &problem["code"]), (403, &json!("step_up_required")));
    let (status, less) = stage.post(&path, &json!({ "rights": ["view"] })).await;
    assert_eq!(status, 202, "{less}");
    let (status, back) = stage.resume(&running.id, 2).await;
    assert_eq!(status, 200, "{back}");
}

#[tokio::test]
async fn a_reason_is_asked_for_kept_and_told() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    set(&stage, Column::ReasonRequired, Expr::value(true)).await;
    let (status, problem) = stage.open(&json!(["view"])).await;
    assert_eq!((status, &problem["code"]), (422, &json!("validation_failed")));
    assert_eq!(problem["errors"][0]["code"], "required", "{problem}");
    let path = format!("/api/machines/{}/sessions", stage.machine.id);
    let asked = |reason: &str| json!({ "rights": ["view"], "viewer_key": viewer_key(1), "reason": reason });
    for wrong in [" ".to_owned(), "x".repeat(301), "a\u{202e}b".into()] {
        let (status, problem) = stage.post(&path, &asked(&wrong)).await;
        assert_eq!(status, 422, "{problem}");
    }
    let (status, opened) = stage.post(&path, &asked(" Ticket 7 ")).await;
    assert_eq!(status, 201, "{opened}");
    assert_eq!(opened["session"]["reason"], "Ticket 7");
    link.offer().await;
    let entry = stage.until_audit("session.requested").await;
    assert_eq!(entry["detail"]["why"], "Ticket 7");
    let id = opened["session"]["id"].as_str().unwrap();
    assert_eq!(stage.delete(&format!("/api/sessions/{id}")).await, 204);
    link.end().await;
    let over = stage.state(id, "ended").await;
    assert_eq!(over["reason"], "Ticket 7");
}
