//! Guests: whom a technician invited into a session; how they come, what they may do.

mod ends;

use axum::http::Method;
use farol_protocol::link::Answer;
use farol_protocol::pipe::PipeKey;
use farol_protocol::rights::{Right, Rights};
use farol_server::accounts::{Caller, Credential};
use farol_server::events::{Listener, Notice, Topic};
use farol_server::ids::{AccountId, LoginId, OrganizationId};
use farol_server::rights::{self, RoleKey};
use farol_server::sessions::invitations::{self, NewInvitation, OPEN_PER_SESSION};
use farol_server::sessions::{self, RightSet};
use farol_server::store::entities::invitation;
use farol_server::{Code, openapi};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::stage::{Link, Running, Stage, kinds, viewer_key};

/// What whoever invited a guest has, and the invitation.
struct Invited {
    stage: Stage,
    link: Link,
    host: Running,
    invitation: String,
    secret: String,
}

/// A guest who is there.
struct Came {
    running: Running,
    key: String,
}

async fn invite(stage: &Stage, host: &str, rights: Value) -> (u16, Value) {
    let path = format!("/api/sessions/{host}/invitations");
    stage.post(&path, &json!({ "rights": rights })).await
}

async fn invited(rights: Value) -> Invited {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let host = stage.session(&mut link).await;
    let (status, made) = invite(&stage, &host.id, rights).await;
    assert_eq!(status, 201, "{made}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Invited {
        invitation: text(&made["invitation"]["id"]),
        secret: text(&made["secret"]),
        stage,
        link,
        host,
    }
}

async fn look(stage: &Stage, secret: &str) -> (u16, Value) {
    let body = json!({ "secret": secret });
    stage
        .send(Method::POST, "/api/guest/look", (&[], Some(&body)))
        .await
}

async fn accept(stage: &Stage, secret: &str) -> (u16, Value) {
    let body = json!({ "secret": secret, "name": "Gil\u{202e} Souza", "viewer_key": viewer_key(5) });
    stage
        .send(Method::POST, "/api/guest/sessions", (&[], Some(&body)))
        .await
}

async fn as_guest(
    stage: &Stage,
    method: Method,
    path: &str,
    (key, body): (&str, Option<&Value>),
) -> (u16, Value) {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str())];
    stage.send(method, path, (&headers, body)).await
}

async fn comes_back(stage: &Stage, key: &str) -> (u16, Value) {
    let body = json!({ "viewer_key": viewer_key(6) });
    let path = "/api/guest/session/resume";
    as_guest(stage, Method::POST, path, (key, Some(&body))).await
}

async fn seen_by_guest(stage: &Stage, key: &str) -> Value {
    let (status, session) = as_guest(stage, Method::GET, "/api/guest/session", (key, None)).await;
    assert_eq!(status, 200, "{session}");
    session
}

impl Invited {
    /// Somebody comes with the invitation, and the agent says yes.
    async fn comes(&mut self) -> Came {
        let (status, opened) = accept(&self.stage, &self.secret).await;
        assert_eq!(status, 201, "{opened}");
        let offer = self.link.offer().await;
        self.link.accept(&offer).await;
        Came {
            running: self.stage.couple(&opened["opening"], &offer).await,
            key: opened["key"].as_str().unwrap().to_owned(),
        }
    }

    /// How the invitation is listed.
    async fn listed(&self) -> Value {
        let path = format!("/api/sessions/{}/invitations", self.host.id);
        let list = self.stage.get(&path).await;
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
        list["items"][0].clone()
    }

    async fn states(&self) -> Vec<String> {
        let path = format!("/api/sessions/{}/invitations", self.host.id);
        let list = self.stage.get(&path).await;
        let items = list["items"].as_array().unwrap().iter();
        items
            .map(|one| one["state"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn revoke(&self) -> u16 {
        let path = format!("/api/sessions/{}/invitations/{}", self.host.id, self.invitation);
        self.stage.delete(&path).await
    }
}

#[tokio::test]
async fn an_invitation_is_made_looked_at_and_used_once() {
    let mut invited = invited(json!(["view"])).await;
    let (status, seen) = look(&invited.stage, &invited.secret).await;
    let listed = invited.listed().await;
    assert_eq!(
        (status, seen),
        (
            200,
            json!({
                "inviter": "Ann Martins", "organization": "Rock Light", "machine_name": "paper", "rights": ["view"],
                "expires_at": listed["expires_at"],
            })
        )
    );
    assert_eq!(
        (&listed["state"], &listed["guest"]),
        (&json!("open"), &json!(null))
    );
    assert_eq!(listed["created_by"], "Ann Martins");

    let (status, opened) = accept(&invited.stage, &invited.secret).await;
    assert_eq!(status, 201, "{opened}");
    let session = &opened["opening"]["session"];
    assert_eq!(session["guest_of"], json!(invited.host.id));
    assert_eq!(session["technician"], json!({ "id": null, "name": "Gil Souza" }));
    assert_eq!(session["rights"], json!(["view"]));
    let offer = invited.link.offer().await;
    assert!(offer.statement.guest && !offer.resume);
    assert_eq!(offer.statement.technician, "Gil Souza");
    assert_eq!(offer.statement.rights, Rights::VIEW);
    assert_eq!(offer.statement.viewer_key, PipeKey::from_seed([5; 32]).public());
    invited.link.accept(&offer).await;
    let guest = invited.stage.couple(&opened["opening"], &offer).await;

    let listed = invited.listed().await;
    assert_eq!(listed["state"], "accepted");
    assert_eq!(
        listed["guest"],
        json!({ "name": "Gil Souza", "session_id": guest.id })
    );
    for (status, problem) in [
        accept(&invited.stage, &invited.secret).await,
        look(&invited.stage, &invited.secret).await,
    ] {
        assert_eq!((status, &problem["code"]), (404, &json!("invitation_not_valid")));
    }
    assert_eq!(invited.stage.ctx().live.find(|_| true).len(), 2);
    let timeline = invited.stage.get(&format!("/api/sessions/{}", guest.id)).await;
    let who = json!({ "kind": "guest", "name": "Gil Souza" });
    assert_eq!(timeline["timeline"][0]["who"], who);
    let accepted = invited.stage.until_audit("invitation.accepted").await;
    assert_eq!(
        accepted["actor"],
        json!({ "kind": "guest", "id": guest.id, "name": "Gil Souza" })
    );
    assert_eq!(accepted["detail"]["session_id"], json!(invited.host.id));

    // Neither secret stands anywhere but with who holds it.
    let rows = invitation::Entity::find()
        .all(invited.stage.ctx().db.read())
        .await;
    let kept = format!(
        "{:?}{}",
        rows.unwrap(),
        invited.stage.get("/api/audit?limit=200").await
    );
    let key = opened["key"].as_str().unwrap();
    assert!(!kept.contains(&invited.secret) && !kept.contains(key));
}

#[tokio::test]
async fn what_is_no_name_and_no_key_is_refused_and_uses_nothing_up() {
    let invited = invited(json!(["view"])).await;
    for (name, key, field) in [
        ("\u{200b} ", viewer_key(5), "name"),
        (&"x".repeat(65), viewer_key(5), "name"),
        ("Gil", "AAAA".to_owned(), "viewer_key"),
    ] {
        let body = json!({ "secret": invited.secret, "name": name, "viewer_key": key });
        let sent: (&[_], _) = (&[], Some(&body));
        let (status, problem) = invited
            .stage
            .send(Method::POST, "/api/guest/sessions", sent)
            .await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)));
    }
    assert_eq!(invited.listed().await["state"], "open");
}

/// Wrong, expired, revoked and used ones, and those of sessions that are over, are not told apart.
#[tokio::test]
async fn an_invitation_that_does_not_work_says_one_and_the_same() {
    let invited = invited(json!(["view"])).await;
    let stage = &invited.stage;
    let secret = async || {
        let (_, made) = invite(stage, &invited.host.id, json!(["view"])).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&made["invitation"]["id"]), text(&made["secret"]))
    };
    let (late, revoked) = (secret().await, secret().await);
    let path = format!("/api/sessions/{}/invitations/{}", invited.host.id, revoked.0);
    assert_eq!(stage.delete(&path).await, 204);
    let tx = stage.ctx().db.write().await.unwrap();
    let id: farol_server::ids::InvitationId = late.0.parse().unwrap();
    invitation::Entity::update_many()
        .col_expr(
            invitation::Column::ExpiresAt,
            Expr::value(stage.ctx().clock.now()),
        )
        .filter(invitation::Column::Id.eq(id))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let over = secret().await;
    let wrong = "A".repeat(43);
    let mut answers = Vec::new();
    for secret in [&late.1, &revoked.1, &wrong, &"short".to_owned()] {
        answers.push(look(stage, secret).await);
    }
    answers.push(accept(stage, &revoked.1).await);
    assert_eq!(invited.states().await, ["open", "revoked", "expired", "open"]);
    assert_eq!(
        stage.delete(&format!("/api/sessions/{}", invited.host.id)).await,
        204
    );
    answers.push(look(stage, &over.1).await);
    answers.push(accept(stage, &over.1).await);
    let said =
        |(status, problem): &(u16, Value)| (*status, problem["code"].clone(), problem["detail"].clone());
    for answer in &answers {
        assert_eq!(said(answer), said(&answers[0]));
    }
    assert_eq!(
        (answers[0].0, &answers[0].1["code"]),
        (404, &json!("invitation_not_valid"))
    );
    assert_eq!(
        invited.states().await,
        ["expired", "revoked", "expired", "expired"]
    );
    // Ten wrong ones in ten minutes, and no more.
    for _ in answers.len()..10 {
        assert_eq!(look(stage, &wrong).await.0, 404);
    }
    let (status, problem) = look(stage, &wrong).await;
    assert_eq!((status, &problem["code"]), (429, &json!("too_many_attempts")));
}

#[tokio::test]
async fn a_guest_comes_back_with_their_key_and_nobody_else_does() {
    let mut invited = invited(json!(["view"])).await;
    let guest = invited.comes().await;
    let (stage, id) = (&invited.stage, guest.running.id.clone());
    drop((guest.running.viewer, guest.running.agent));
    stage.state(&id, "interrupted").await;
    assert_eq!(seen_by_guest(stage, &guest.key).await["state"], "interrupted");

    let (status, problem) = stage.resume(&id, 7).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));
    let rights = json!({ "rights": ["view", "control"] });
    let (status, problem) = stage.post(&format!("/api/sessions/{id}/rights"), &rights).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));
    let (status, problem) = invite(stage, &id, json!(["view"])).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));

    let (status, again) = comes_back(stage, &guest.key).await;
    assert_eq!(status, 200, "{again}");
    let offer = invited.link.offer().await;
    assert!(offer.resume && offer.statement.guest);
    assert_eq!(offer.statement.technician, "Gil Souza");
    invited.link.accept(&offer).await;
    let mut back = stage.couple(&again, &offer).await;
    assert_eq!(back.id, id);
    // Whoever invited them may send them away.
    assert_eq!(stage.delete(&format!("/api/sessions/{id}")).await, 204);
    assert_eq!(back.viewer.closed().await, (4410, "technician_ended".into()));
    stage.state(&invited.host.id, "active").await;
}

/// Every route for accounts is tried with what a guest has, and those of guests with what others have.
#[tokio::test]
async fn a_guests_key_is_no_login_and_a_login_no_guests_key() {
    let mut invited = invited(json!(["view"])).await;
    let guest = invited.comes().await;
    let stage = &invited.stage;
    let login = stage.cookie.split_once('=').unwrap().1;
    let bearer = |text: &str| ("authorization", format!("Bearer {text}"));
    let cookie = |text: &str| ("cookie", format!("__Host-farol={text}"));
    let (mut accounts, mut guests) = (0, 0);
    let document = openapi::document();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path
            .split('/')
            .map(|part| {
                if part.starts_with('{') {
                    &guest.running.id
                } else {
                    part
                }
            })
            .collect::<Vec<_>>()
            .join("/");
        for (method, operation) in methods.as_object().unwrap() {
            let (shown, code) = match operation["security"][0]
                .as_object()
                .and_then(|one| one.keys().next())
            {
                Some(scheme) if scheme == "login" => {
                    accounts += 1;
                    let shown = vec![bearer(&guest.key), cookie(&guest.key), cookie(&invited.secret)];
                    (shown, "not_signed_in")
                }
                Some(scheme) if scheme == "guest" => {
                    guests += 1;
                    let shown = vec![
                        bearer(login),
                        cookie(login),
                        cookie(&guest.key),
                        bearer(&invited.secret),
                    ];
                    (shown, "guest_key_invalid")
                }
                _ => continue,
            };
            let method: Method = method.to_uppercase().parse().unwrap();
            let body = json!({});
            for (name, value) in shown {
                let body = Some(&body).filter(|_| ![Method::GET, Method::DELETE].contains(&method));
                let sent: (&[_], _) = (&[(name, value.as_str())], body);
                let (status, problem) = stage.send(method.clone(), &path, sent).await;
                assert_eq!(
                    (status, &problem["code"]),
                    (401, &json!(code)),
                    "{method} {path} took {name}"
                );
            }
        }
    }
    assert!(accounts > 20 && guests == 3, "{accounts} {guests}");
    stage.state(&guest.running.id, "active").await;
}

#[tokio::test]
async fn no_guest_has_a_right_that_who_invited_them_lacks() {
    let mut invited = invited(json!(["view", "control"])).await;
    let stage = &invited.stage;
    for (rights, code) in [
        (json!(["control"]), "required"),
        (json!(["view", "clipboard"]), "not_for_guests"),
    ] {
        let (status, problem) = invite(stage, &invited.host.id, rights).await;
        assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!(code)));
    }
    let host: farol_server::ids::SessionId = invited.host.id.parse().unwrap();
    let host = farol_protocol::ids::SessionId(host.bytes());
    invited.link.rights(host, Rights::VIEW, "taken_back").await;
    let stage = &invited.stage;
    stage
        .until(&invited.host.id, "taking back", |session| {
            session["rights"] == json!(["view"])
        })
        .await;
    let (status, problem) = invite(stage, &invited.host.id, json!(["view", "control"])).await;
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("not_held")));
    // What was promised before is not kept either.
    assert_eq!(look(stage, &invited.secret).await.1["rights"], json!(["view"]));
    let guest = invited.comes().await;
    let session = seen_by_guest(&invited.stage, &guest.key).await;
    assert_eq!(session["rights"], json!(["view"]));
}

#[tokio::test]
async fn nobody_is_taken_for_a_technician_by_the_name_that_they_gave() {
    let mut invited = invited(json!(["view"])).await;
    let body = json!({ "secret": invited.secret, "name": "Ann Martins", "viewer_key": viewer_key(5) });
    let sent: (&[_], _) = (&[], Some(&body));
    let (status, _) = invited
        .stage
        .send(Method::POST, "/api/guest/sessions", sent)
        .await;
    assert_eq!(status, 201);
    invited.link.offer().await;
    let host: farol_server::ids::SessionId = invited.host.id.parse().unwrap();
    let host = farol_protocol::ids::SessionId(host.bytes());
    let said = ("Ann Martins", "somebody");
    invited.link.note((host, 1), "handed_over", said).await;
    let session = invited
        .stage
        .until(&invited.host.id, "the note", |session| {
            kinds(session).contains(&"handed_over")
        })
        .await;
    let event = session["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!(event["who"], json!({ "kind": "agent", "name": "Ann Martins" }));
}

#[tokio::test]
async fn the_person_at_the_machine_is_asked_about_a_guest_where_that_is_the_rule() {
    let mut invited = invited(json!(["view", "control"])).await;
    let rule = json!({
        "scope": { "kind": "organization" }, "role": null, "right": "control", "mode": "ask",
    });
    let (status, made) = invited.stage.post("/api/access-rules", &rule).await;
    assert_eq!(status, 201, "{made}");
    let (status, opened) = accept(&invited.stage, &invited.secret).await;
    assert_eq!(status, 201, "{opened}");
    let offer = invited.link.offer().await;
    assert_eq!(offer.statement.ask, Rights::NONE.with(Right::Control));
    invited.link.answer(&offer, Answer::Waiting, "").await;
    let no = Answer::Refused {
        code: "consent_refused".into(),
        detail: String::new(),
    };
    invited.link.answer(&offer, no, "Rita").await;
    let key = opened["key"].as_str().unwrap();
    let id = opened["opening"]["session"]["id"].as_str().unwrap();
    let over = invited.stage.state(id, "ended").await;
    assert_eq!(over["end"]["reason"], "consent_refused");
    assert_eq!(seen_by_guest(&invited.stage, key).await["state"], "ended");
    invited.stage.state(&invited.host.id, "active").await;
}

#[tokio::test]
async fn an_organization_that_is_not_theirs_sees_no_invitations() {
    let mut invited = invited(json!(["view"])).await;
    let guest = invited.comes().await;
    let ctx = invited.stage.ctx();
    let mut stranger = Caller::command_line(ctx).await.unwrap();
    (stranger.account, stranger.credential) = (AccountId::new(), Credential::Login(LoginId::new()));
    stranger.rights = rights::Rights::of_role(RoleKey::Owner, OrganizationId::new());
    let (host, id) = (
        invited.host.id.parse().unwrap(),
        invited.invitation.parse().unwrap(),
    );
    let wanted = NewInvitation {
        rights: RightSet(Rights::VIEW),
        minutes: None,
    };
    for refused in [
        invitations::create(ctx, &stranger, host, wanted.clone())
            .await
            .map(|_| ()),
        invitations::list(ctx, &stranger, host).await.map(|_| ()),
        invitations::revoke(ctx, &stranger, (host, id)).await,
        sessions::get(ctx, &stranger, guest.running.id.parse().unwrap())
            .await
            .map(|_| ()),
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    }
    // A colleague sees and revokes them, but invites nobody into what is not theirs; an invitation is found in its own session only.
    let mut colleague = Caller::command_line(ctx).await.unwrap();
    (colleague.account, colleague.credential) = (AccountId::new(), Credential::Login(LoginId::new()));
    let refused = invitations::create(ctx, &colleague, host, wanted).await;
    assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
    assert_eq!(
        invitations::list(ctx, &colleague, host)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    let elsewhere = (guest.running.id.parse().unwrap(), id);
    let refused = invitations::revoke(ctx, &colleague, elsewhere).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    invitations::revoke(ctx, &colleague, (host, id)).await.unwrap();
    let over = invited.stage.state(&guest.running.id, "ended").await;
    assert_eq!(over["end"]["reason"], "invitation_revoked");
}

#[tokio::test]
async fn only_a_session_that_runs_has_invitations_and_not_too_many() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let (_, opened) = stage.open(&json!(["view"])).await;
    let id = opened["session"]["id"].as_str().unwrap();
    link.offer().await;
    let (status, problem) = invite(&stage, id, json!(["view"])).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
    let host = stage.session(&mut link).await;
    let mut last = Value::Null;
    for _ in 0..OPEN_PER_SESSION {
        let (status, made) = invite(&stage, &host.id, json!(["view"])).await;
        assert_eq!(status, 201, "{made}");
        last = made;
    }
    let (status, problem) = invite(&stage, &host.id, json!(["view"])).await;
    assert_eq!((status, &problem["code"]), (429, &json!("too_many_invitations")));
    let revoked = last["invitation"]["id"].as_str().unwrap();
    let path = format!("/api/sessions/{}/invitations", host.id);
    assert_eq!(stage.delete(&format!("{path}/{revoked}")).await, 204);
    assert_eq!(invite(&stage, &host.id, json!(["view"])).await.0, 201);
    assert_eq!(stage.delete(&format!("/api/sessions/{}", host.id)).await, 204);
    let (status, problem) = invite(&stage, &host.id, json!(["view"])).await;
    assert_eq!((status, &problem["code"]), (410, &json!("session_over")));
}

#[tokio::test]
async fn consoles_hear_of_invitations() {
    let invited = invited(json!(["view"])).await;
    let organizations = farol_server::organizations::all(invited.stage.ctx().db.read())
        .await
        .unwrap();
    let listener = Listener::new(
        (AccountId::new(), LoginId::new()),
        &rights::Rights::of_everything(&organizations.iter().map(|one| one.id).collect::<Vec<_>>()),
        None,
    );
    let mut events = invited.stage.ctx().events.subscribe(listener).unwrap();
    let session = Topic::Session(invited.host.id.parse().unwrap());
    let mut heard = async |when| {
        crate::stage::soon(when, async {
            let about =
                |notice: Notice| matches!(notice, Notice::Invalidate(topics) if topics.contains(&session));
            while !events.next().await.is_some_and(about) {}
        })
        .await;
    };
    assert_eq!(accept(&invited.stage, &invited.secret).await.0, 201);
    heard("somebody came").await;
    assert_eq!(invited.revoke().await, 204);
    heard("it was revoked").await;
}
