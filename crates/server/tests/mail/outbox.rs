//! The outbox: invitations that arrive, what is tried again, what is given up, and what a stop in the middle leaves.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use farol_server::mail::{self, Queued, templates};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use crate::Site;
use crate::common::{EMAIL, PASSWORD as ACCOUNT_PASSWORD, request};
use crate::peer::{Authority, PASSWORD, Peer, USER, soon};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

async fn ready() -> (Site, Authority, Peer) {
    let (site, authority) = (Site::new().await, Authority::new());
    let peer = Peer::with_user("starttls", &authority).await;
    site.set(peer.settings("starttls", Some(&authority))).await;
    (site, authority, peer)
}

/// The link in a mail: quoted-printable breaks long lines.
fn token(mail: &Value) -> String {
    let data = mail["data"]
        .as_str()
        .unwrap()
        .replace("=\r\n", "")
        .replace("=3D", "=");
    let rest = data.split_once("/invitation#token=").unwrap().1;
    rest.chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter))
        .collect()
}

/// Whether any mail still knows what it says.
async fn sealed(site: &Site) -> i64 {
    let count = "SELECT COUNT(*) AS n FROM mail_outbox WHERE sealed_contents IS NOT NULL";
    let statement = Statement::from_string(DbBackend::Sqlite, count);
    let row = site.app.ctx.db.read().query_one_raw(statement).await.unwrap();
    row.unwrap().try_get("", "n").unwrap()
}

#[tokio::test]
async fn an_invitation_arrives_and_its_link_works() {
    let (site, _authority, mut peer) = ready().await;
    let made = site.invite("bia@example.org").await;
    assert_eq!(made["mail"], "waiting");
    let listed = &site.outbox().await[0];
    assert_eq!(
        (&listed["to"], &listed["state"], &listed["template"]),
        (&json!("bia@example.org"), &json!("waiting"), &json!("invitation"))
    );
    let secret = made["url"].as_str().unwrap().split_once("#token=").unwrap().1;
    assert!(!site.database_has(secret), "the link is sealed");
    assert!(!listed.to_string().contains(secret));
    assert_eq!(site.send_due().await, 1);
    let mail = peer.mail().await;
    assert_eq!(
        (&mail["to"], &mail["tls"]),
        (&json!(["bia@example.org"]), &json!(true))
    );
    assert!(mail["data"].as_str().unwrap().contains("Message-ID: <"), "{mail}");
    let body =
        json!({ "token": token(&mail), "name": "Bia", "password": ACCOUNT_PASSWORD, "locale": "pt-BR" });
    let accepted = site.app.post("/api/account-invitations/accept", &body).await;
    assert_eq!(accepted.status, StatusCode::CREATED, "{accepted:?}");
    assert_eq!(site.outbox().await[0]["state"], "sent");
    assert_eq!(sealed(&site).await, 0, "what was sent is forgotten");
    assert_eq!(site.send_due().await, 0);
    let invitations = site
        .ask(Method::GET, "/api/account-invitations", None)
        .await
        .json();
    assert_eq!(invitations["items"][0]["mail"], "sent");
}

#[tokio::test]
async fn a_sign_in_from_a_new_place_is_told_to_who_owns_the_account() {
    let (site, _authority, mut peer) = ready().await;
    let body = json!({ "email": EMAIL, "password": ACCOUNT_PASSWORD });
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";
    for _ in 0..2 {
        let headers = [("user-agent", firefox)];
        let request = request(Method::POST, "/api/logins", &headers, Some(&body));
        assert_eq!(site.app.send(request).await.status, StatusCode::CREATED);
    }
    // Once: the second time the place is known.
    assert_eq!(site.send_due().await, 1);
    let mail = peer.mail().await;
    assert_eq!(mail["to"], json!([EMAIL]));
    let text = mail["data"].as_str().unwrap();
    assert!(
        text.contains("192.0.2.1") && text.contains("Firefox, Linux"),
        "{text}"
    );
    assert_eq!(site.outbox().await[0]["template"], "new_place");
}

#[tokio::test]
async fn an_invitation_is_sent_again_with_a_new_link() {
    let (site, _authority, mut peer) = ready().await;
    let made = site.invite("bia@example.org").await;
    let again = format!("/api/account-invitations/{}/resend", made["id"].as_str().unwrap());
    let resent = site.ask(Method::POST, &again, None).await;
    assert_eq!(resent.status, StatusCode::OK, "{resent:?}");
    // The first one had not gone out; it would lead nowhere.
    let states: Vec<Value> = site
        .outbox()
        .await
        .iter()
        .map(|mail| mail["state"].clone())
        .collect();
    assert_eq!(states, ["waiting", "canceled"]);
    assert_eq!(site.send_due().await, 1);
    let mail = peer.mail().await;
    let old = made["url"].as_str().unwrap().split_once("#token=").unwrap().1;
    assert_ne!(token(&mail), old);
    let look = site
        .app
        .post("/api/account-invitations/look", &json!({ "token": old }))
        .await;
    look.assert_problem(403, "link_invalid");
    let look = site
        .app
        .post("/api/account-invitations/look", &json!({ "token": token(&mail) }))
        .await;
    assert_eq!(look.status, StatusCode::OK, "{look:?}");
    assert!(
        site.actions()
            .await
            .contains(&"account_invitation.sent_again".to_owned())
    );
    let path = format!("/api/account-invitations/{}", made["id"].as_str().unwrap());
    assert_eq!(
        site.ask(Method::DELETE, &path, None).await.status,
        StatusCode::NO_CONTENT
    );
    site.ask(Method::POST, &again, None)
        .await
        .assert_problem(409, "conflict");
}

#[tokio::test]
async fn without_a_mail_server_the_link_is_all_there_is() {
    let site = Site::new().await;
    let organizations = site.ask(Method::GET, "/api/organizations", None).await.json();
    let place = json!({ "kind": "organization", "organization_id": organizations["items"][0]["id"] });
    let mut body = json!({ "email": "bia@example.org", "role": "viewer", "place": place, "send": true });
    let refused = site
        .ask(Method::POST, "/api/account-invitations", Some(body.clone()))
        .await;
    refused.assert_problem(409, "mail_not_set_up");
    let none = site
        .ask(Method::GET, "/api/account-invitations", None)
        .await
        .json();
    assert_eq!(none["items"], json!([]), "nothing is left of it");
    body["send"] = json!(false);
    let made = site
        .ask(Method::POST, "/api/account-invitations", Some(body))
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.json()["mail"], Value::Null);
}

#[tokio::test]
async fn who_says_later_is_asked_again_later() {
    let (site, authority) = (Site::new().await, Authority::new());
    let settings = json!({ "user": USER, "password": PASSWORD, "later": 2 });
    let mut peer = Peer::start("starttls", &authority, settings).await;
    site.set(peer.settings("starttls", Some(&authority))).await;
    site.invite("later@example.org").await;
    assert_eq!(site.send_due().await, 1);
    let waits = &site.outbox().await[0];
    assert_eq!(
        (&waits["state"], &waits["attempts"]),
        (&json!("waiting"), &json!(1))
    );
    assert_eq!(waits["failure"]["code"], "recipient_refused");
    assert!(
        waits["failure"]["detail"]
            .as_str()
            .unwrap()
            .contains("451 4.7.1 come back later"),
        "{waits}"
    );
    assert_eq!(site.send_due().await, 0, "not before its time");
    site.app.clock.advance(MINUTE * 2);
    assert_eq!(site.send_due().await, 1);
    assert_eq!(site.outbox().await[0]["attempts"], 2);
    // The second pause is longer than the first.
    site.app.clock.advance(MINUTE * 2);
    assert_eq!(site.send_due().await, 0);
    site.app.clock.advance(MINUTE * 2);
    assert_eq!(site.send_due().await, 1);
    assert_eq!(peer.mail().await["to"], json!(["later@example.org"]));
    let sent = &site.outbox().await[0];
    assert_eq!((&sent["state"], &sent["failure"]), (&json!("sent"), &Value::Null));
}

#[tokio::test]
async fn who_says_no_is_not_asked_again_and_their_words_are_kept() {
    let (site, _authority, mut peer) = ready().await;
    for (to, code, words) in [
        (
            "nobody@example.org",
            "recipient_refused",
            "550 5.1.1 [31mno such mailbox here",
        ),
        (
            "never@example.org",
            "message_refused",
            "554 5.7.1 this looks like nothing that anybody wants",
        ),
    ] {
        site.invite(to).await;
        assert_eq!(site.send_due().await, 1);
        let failed = &site.outbox().await[0];
        assert_eq!(
            (&failed["state"], &failed["failure"]["code"]),
            (&json!("failed"), &json!(code)),
            "{failed}"
        );
        let detail = failed["failure"]["detail"].as_str().unwrap();
        assert!(detail.contains(words) && !detail.contains('\u{1b}'), "{detail}");
    }
    site.app.clock.advance(HOUR * 24);
    assert_eq!(site.send_due().await, 0);
    // One refusal holds back nobody else.
    site.invite("nobody@example.org").await;
    site.invite("bia@example.org").await;
    assert_eq!(site.send_due().await, 2);
    assert_eq!(peer.mail().await["to"], json!(["bia@example.org"]));
}

#[tokio::test]
async fn a_failed_mail_can_be_tried_again_for_three_days_and_is_forgotten_after_thirty() {
    let (site, _authority, _peer) = ready().await;
    site.invite("nobody@example.org").await;
    site.send_due().await;
    let failed = site.outbox().await[0].clone();
    assert_eq!(failed["can_retry"], true);
    let path = format!("/api/server-mail/outbox/{}/retry", failed["id"].as_str().unwrap());
    let again = site.ask(Method::POST, &path, None).await;
    assert_eq!(
        (again.status, &again.json()["state"]),
        (StatusCode::OK, &json!("waiting")),
        "{again:?}"
    );
    assert_eq!(site.send_due().await, 1);
    assert_eq!(site.outbox().await[0]["attempts"], 2);
    site.app.clock.advance(HOUR * 24 * 3 + MINUTE);
    mail::sweep(&site.app.ctx).await.unwrap();
    assert_eq!(sealed(&site).await, 0);
    site.ask(Method::POST, &path, None)
        .await
        .assert_problem(409, "conflict");
    site.app.clock.advance(HOUR * 24 * 27);
    mail::sweep(&site.app.ctx).await.unwrap();
    assert!(site.outbox().await.is_empty());
    assert!(site.actions().await.contains(&"mail.retried".to_owned()));
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_waited_for_a_day() {
    let (site, authority, peer) = ready().await;
    let port = peer.port;
    peer.stop().await;
    site.invite("ana@example.org").await;
    site.invite("bia@example.org").await;
    assert_eq!(
        site.send_due().await,
        1,
        "what is wrong is the server, so the others wait"
    );
    assert_eq!(site.outbox().await[1]["failure"]["code"], "unreachable");
    // It is back at the same port.
    let settings = json!({ "user": USER, "password": PASSWORD, "port": port });
    let mut peer = Peer::start("starttls", &authority, settings).await;
    site.app.clock.advance(HOUR);
    assert_eq!(site.send_due().await, 2);
    let mut to = vec![
        peer.mail().await["to"][0].clone(),
        peer.mail().await["to"][0].clone(),
    ];
    to.sort_by_key(ToString::to_string);
    assert_eq!(to, ["ana@example.org", "bia@example.org"]);
    peer.stop().await;
    site.invite("late@example.org").await;
    let mut tried = 0;
    for _ in 0..30 {
        tried += site.send_due().await;
        site.app.clock.advance(HOUR);
    }
    let late = &site.outbox().await[0];
    assert_eq!(
        (&late["state"], &late["failure"]["code"]),
        (&json!("failed"), &json!("unreachable")),
        "{late}"
    );
    assert!((5..=15).contains(&tried), "{tried}");
}

#[tokio::test]
async fn a_wrong_password_fails_no_mail() {
    let (site, authority, mut peer) = ready().await;
    let mut wrong = peer.settings("starttls", Some(&authority));
    wrong["password"] = json!("wrong");
    site.set(wrong).await;
    site.invite("bia@example.org").await;
    site.send_due().await;
    let waits = &site.outbox().await[0];
    assert_eq!(
        (&waits["state"], &waits["failure"]["code"]),
        (&json!("waiting"), &json!("sign_in_refused"))
    );
    site.set(peer.settings("starttls", Some(&authority))).await;
    let path = format!("/api/server-mail/outbox/{}/retry", waits["id"].as_str().unwrap());
    assert_eq!(site.ask(Method::POST, &path, None).await.status, StatusCode::OK);
    assert_eq!(site.send_due().await, 1);
    peer.mail().await;
}

#[tokio::test]
async fn a_stop_in_the_middle_loses_nothing() {
    let (site, _authority, mut peer) = ready().await;
    site.invite("held@example.org").await;
    let ctx = site.app.ctx.clone();
    let sending = tokio::spawn(async move { mail::send_due(&ctx).await });
    let first = peer.mail().await;
    // The server dies after the mail server took it and before it said so.
    sending.abort();
    assert!(soon("the end of it", sending).await.unwrap_err().is_cancelled());
    peer.release().await;
    assert_eq!(site.outbox().await[0]["state"], "sending");
    assert_eq!(site.send_due().await, 0, "somebody may be at it still");
    let path = format!(
        "/api/server-mail/outbox/{}",
        site.outbox().await[0]["id"].as_str().unwrap()
    );
    site.ask(Method::DELETE, &path, None)
        .await
        .assert_problem(409, "conflict");
    site.app.clock.advance(mail::CLAIM);
    peer.release().await;
    assert_eq!(site.send_due().await, 1);
    assert_eq!(site.outbox().await[0]["state"], "sent");
    // The mail server took it both times, and can tell.
    let second = peer.mail().await;
    let id = |mail: &Value| {
        let data = mail["data"].as_str().unwrap().to_owned();
        data.lines()
            .find(|line| line.starts_with("Message-ID:"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(id(&first), id(&second));
}

#[tokio::test]
async fn what_waits_is_taken_back_and_who_was_uninvited_gets_nothing() {
    let (site, _authority, mut peer) = ready().await;
    site.invite("ana@example.org").await;
    let path = format!(
        "/api/server-mail/outbox/{}",
        site.outbox().await[0]["id"].as_str().unwrap()
    );
    for _ in 0..2 {
        assert_eq!(
            site.ask(Method::DELETE, &path, None).await.status,
            StatusCode::NO_CONTENT
        );
    }
    let bia = site.invite("bia@example.org").await;
    let invitation = format!("/api/account-invitations/{}", bia["id"].as_str().unwrap());
    assert_eq!(
        site.ask(Method::DELETE, &invitation, None).await.status,
        StatusCode::NO_CONTENT
    );
    site.invite("carla@example.org").await;
    assert_eq!(site.send_due().await, 1);
    assert_eq!(peer.mail().await["to"], json!(["carla@example.org"]));
    let states: Vec<Value> = site
        .outbox()
        .await
        .iter()
        .map(|mail| mail["state"].clone())
        .collect();
    assert_eq!(states, ["sent", "canceled", "canceled"]);
    assert_eq!(sealed(&site).await, 0);
    assert!(site.actions().await.contains(&"mail.canceled".to_owned()));
    let filtered = site
        .ask(
            Method::GET,
            "/api/server-mail/outbox?state=canceled&limit=1",
            None,
        )
        .await
        .json();
    assert_eq!(filtered["items"][0]["to"], "bia@example.org");
    let cursor = filtered["next_cursor"].as_str().unwrap();
    let path = format!("/api/server-mail/outbox?state=canceled&limit=1&cursor={cursor}");
    let next = site.ask(Method::GET, &path, None).await.json();
    assert_eq!(
        (&next["items"][0]["to"], &next["next_cursor"]),
        (&json!("ana@example.org"), &Value::Null)
    );
}

#[tokio::test]
async fn names_from_people_end_no_header() {
    let (site, _authority, mut peer) = ready().await;
    let evil = "Ann\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script>";
    let said = templates::NewPlace {
        name: evil,
        address: "203.0.113.7",
        device: "Fire\u{202e}fox\r\n.\r\nRSET",
        at: site.app.ctx.clock.now(),
        page: "https://farol.example.org/account",
    };
    let letter = templates::new_place(mail::Locale::PtBr, "https://farol.example.org", said);
    let tx = site.app.ctx.db.write().await.unwrap();
    let envelope = |to| mail::Envelope {
        to,
        organization: None,
        about: None,
    };
    let refused = mail::queue(&site.app.ctx, &tx, envelope("eve@example.org>\r\nRSET"), &letter).await;
    assert_eq!(refused.unwrap(), Queued::NoAddress);
    let queued = mail::queue(&site.app.ctx, &tx, envelope("ana@example.org"), &letter)
        .await
        .unwrap();
    assert!(matches!(queued, Queued::Yes(_)));
    tx.commit().await.unwrap();
    assert_eq!(site.send_due().await, 1);
    let mail = peer.mail().await;
    assert_eq!(mail["to"], json!(["ana@example.org"]));
    let data = mail["data"].as_str().unwrap();
    let head = data.split_once("\r\n\r\n").unwrap().0;
    assert!(
        head.lines()
            .all(|line| !line.to_ascii_lowercase().starts_with("bcc")),
        "{head}"
    );
    let html = data.split_once("text/html").unwrap().1;
    assert!(!html.contains("<script>"), "{html}");
    assert!(data.contains("203.0.113.7"), "{data}");
}

#[tokio::test]
async fn a_running_server_sends_by_itself_what_was_queued_before_it_started() {
    let (data, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let mut peer = Peer::with_user("starttls", &authority).await;
    let config = || farol_server::config::Config::for_tests(data.path());
    let ctx = farol_server::server::open(config(), farol_server::clock::Clock::default())
        .await
        .unwrap();
    let owner = crate::common::owner(&ctx).await.caller;
    let settings = serde_json::from_value(peer.settings("starttls", Some(&authority))).unwrap();
    let seen = farol_server::http::IfMatch::seen("*");
    mail::change(&ctx, &owner, settings, &seen).await.unwrap();
    let letter = templates::test(mail::Locale::En, "https://farol.example.org", "Ann");
    let tx = ctx.db.write().await.unwrap();
    let envelope = mail::Envelope {
        to: "ana@example.org",
        organization: None,
        about: None,
    };
    mail::queue(&ctx, &tx, envelope, &letter).await.unwrap();
    tx.commit().await.unwrap();
    ctx.db.close().await;
    let server = farol_server::server::Server::start(config()).await.unwrap();
    assert_eq!(peer.mail().await["to"], json!(["ana@example.org"]));
    server.stop().await;
}
