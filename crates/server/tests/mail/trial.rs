//! Test mails: what is delivered, and by which name each failure goes.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::Site;
use crate::common::EMAIL;
use crate::peer::{Authority, PASSWORD, Peer, USER};

fn code(test: &Value) -> &str {
    test["failure"]["code"].as_str().unwrap_or("sent")
}

fn detail(test: &Value) -> &str {
    test["failure"]["detail"].as_str().unwrap()
}

#[tokio::test]
async fn a_test_arrives_by_starttls_and_by_tls_with_a_user() {
    let (site, authority) = (Site::new().await, Authority::new());
    for security in ["starttls", "tls"] {
        let mut peer = Peer::with_user(security, &authority).await;
        let test = site.test(peer.settings(security, Some(&authority))).await;
        assert_eq!(code(&test), "sent", "{test}");
        assert_eq!(test["to"], EMAIL);
        let mail = peer.mail().await;
        assert_eq!(
            (&mail["tls"], &mail["user"]),
            (&json!(security == "starttls"), &json!(USER)),
            "{mail}"
        );
        assert_eq!(
            (&mail["from"], &mail["to"]),
            (&json!("farol@example.org"), &json!([EMAIL]))
        );
        let data = mail["data"].as_str().unwrap();
        // The first account speaks Portuguese.
        for part in [
            "From: Farol <farol@example.org>",
            "Auto-Submitted: auto-generated",
            "text/plain",
            "text/html",
        ] {
            assert!(data.contains(part), "{part}: {data}");
        }
        assert!(data.contains("Subject: O Farol consegue enviar e-mail"), "{data}");
    }
    let actions = site.actions().await;
    assert_eq!(
        actions
            .iter()
            .filter(|action| *action == "server_mail.tested")
            .count(),
        2
    );
    assert!(site.outbox().await.is_empty(), "a test does not wait");
}

#[tokio::test]
async fn each_way_to_sign_in_works() {
    let (site, authority) = (Site::new().await, Authority::new());
    for (without, used) in [("PLAIN", "LOGIN"), ("LOGIN", "PLAIN")] {
        let settings = json!({ "user": USER, "password": PASSWORD, "without": [without] });
        let mut peer = Peer::start("starttls", &authority, settings).await;
        let test = site.test(peer.settings("starttls", Some(&authority))).await;
        assert_eq!(code(&test), "sent", "{test}");
        let auth = peer.said().await;
        assert_eq!(
            (&auth["mechanism"], &auth["fine"]),
            (&json!(used), &json!(true)),
            "{auth}"
        );
    }
}

#[tokio::test]
async fn a_wrong_password_is_said_with_the_words_of_the_mail_server() {
    let (site, authority) = (Site::new().await, Authority::new());
    let mut peer = Peer::with_user("starttls", &authority).await;
    let mut settings = peer.settings("starttls", Some(&authority));
    settings["password"] = json!("wrong");
    let test = site.test(settings).await;
    assert_eq!(code(&test), "sign_in_refused", "{test}");
    assert!(
        detail(&test).contains("535") && detail(&test).contains("localhost"),
        "{test}"
    );
    assert_eq!(peer.said().await["fine"], false);
    let mut settings = peer.settings("starttls", Some(&authority));
    settings["user"] = Value::Null;
    settings["password"] = Value::Null;
    let test = site.test(settings).await;
    assert_eq!(code(&test), "sign_in_missing", "{test}");
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_to_a_server_without_starttls() {
    let (site, authority) = (Site::new().await, Authority::new());
    let mut peer = Peer::with_user("none", &authority).await;
    let test = site.test(peer.settings("starttls", None)).await;
    assert_eq!(code(&test), "starttls_missing", "{test}");
    let test = site.test(peer.settings("tls", None)).await;
    assert_eq!(code(&test), "tls_failed", "{test}");
    // On this machine it may be wanted so.
    let test = site.test(peer.settings("none", None)).await;
    assert_eq!(code(&test), "sent", "{test}");
    let first = peer.said().await;
    assert_eq!(
        (&first["event"], &first["fine"]),
        (&json!("auth"), &json!(true)),
        "nobody signed in before: {first}"
    );
    assert_eq!(peer.mail().await["tls"], false);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let (site, authority) = (Site::new().await, Authority::new());
    for security in ["starttls", "tls"] {
        let peer = Peer::with_user(security, &authority).await;
        let test = site.test(peer.settings(security, None)).await;
        assert_eq!(code(&test), "certificate_refused", "{test}");
        let other = Authority::new();
        let test = site.test(peer.settings(security, Some(&other))).await;
        assert_eq!(code(&test), "certificate_refused", "{test}");
        // The right authority, but the certificate is for another name.
        let mut settings = peer.settings(security, Some(&authority));
        settings["host"] = json!("127.0.0.1");
        let test = site.test(settings).await;
        assert_eq!(code(&test), "certificate_refused", "{test}");
        site.app.clock.advance(std::time::Duration::from_secs(60));
    }
}

#[tokio::test]
async fn who_is_not_there_and_who_is_no_mail_server_is_told_apart() {
    let (site, authority) = (Site::new().await, Authority::new());
    let peer = Peer::with_user("starttls", &authority).await;
    let mut settings = peer.settings("starttls", None);
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    settings["port"] = json!(closed);
    let test = site.test(settings.clone()).await;
    assert_eq!(code(&test), "unreachable", "{test}");

    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    settings["port"] = json!(web.local_addr().unwrap().port());
    let answering = std::thread::spawn(move || {
        use std::io::Write;
        let (mut stream, _) = web.accept().unwrap();
        stream
            .write_all(b"HTTP/1.1 400 secret-of-the-inside\r\n\r\n")
            .unwrap();
    });
    let test = site.test(settings.clone()).await;
    assert_eq!(code(&test), "no_answer", "{test}");
    assert!(!detail(&test).contains("secret-of-the-inside"), "{test}");
    answering.join().unwrap();

    settings["host"] = json!("no-such-host.invalid");
    settings["port"] = json!(587);
    let test = site.test(settings).await;
    assert_eq!(code(&test), "name_unknown", "{test}");
}

#[tokio::test]
async fn a_sender_that_is_refused_is_named() {
    let (site, authority) = (Site::new().await, Authority::new());
    let settings = json!({ "user": USER, "password": PASSWORD, "sender": "other@example.org" });
    let peer = Peer::start("starttls", &authority, settings).await;
    let test = site.test(peer.settings("starttls", Some(&authority))).await;
    assert_eq!(code(&test), "sender_refused", "{test}");
    assert!(
        detail(&test).contains("553 5.7.1 this sender is not yours"),
        "{test}"
    );
}

#[tokio::test]
async fn tests_are_counted() {
    let site = Site::new().await;
    let settings = json!({
        "host": "127.0.0.1", "port": 1024, "security": "none", "user": null, "from_address": "farol@example.org",
        "from_name": "",
    });
    let body = json!({ "settings": settings });
    let mut refused = 0;
    for _ in 0..8 {
        let answer = site
            .ask(
                axum::http::Method::POST,
                "/api/server-mail/test",
                Some(body.clone()),
            )
            .await;
        if answer.status.as_u16() == 429 {
            answer.assert_problem(429, "too_many_attempts");
            refused += 1;
        }
    }
    assert_eq!(refused, 2);
}
