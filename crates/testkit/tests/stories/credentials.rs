//! No credential is taken where another kind is meant: a walk over the whole route table.

use farol_protocol::ids::Grant;
use farol_protocol::link::{AgentLinkEvent, GoodbyeReason};
use farol_protocol::relay::RelayHello;
use farol_server::config::ProvisioningSecret;
use farol_testkit::{Answer, Hardware, HelpdeskAgent, LinkEnd, RawSocket, new_key};

use super::*;

const SECRET: &str = "a provisioning secret for stories";

/// An operation of the API description.
struct Operation {
    method: String,
    path: String,
    /// `login`, `machine`, `machine_login`, or none.
    scheme: Option<String>,
}

fn operations() -> Vec<Operation> {
    let document = farol_server::openapi::document();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let schemes = operation["security"].as_array().into_iter().flatten();
            let scheme = schemes
                .filter_map(Value::as_object)
                .flat_map(|scheme| scheme.keys())
                .next();
            let mut filled = path.clone();
            while let Some((start, rest)) = filled.clone().split_once('{') {
                let end = rest.split_once('}').unwrap().1;
                filled = format!("{start}01890a5d-ac96-774b-bcce-b302099a8057{end}");
            }
            found.push(Operation {
                method: method.to_uppercase(),
                path: filled,
                scheme: scheme.cloned(),
            });
        }
    }
    found
}

/// What an answer says to whom it does not let in: the request's own parts left out.
fn verdict(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.body["code"].clone())
}

#[tokio::test]
async fn each_route_takes_its_own_kind_of_credential_only() {
    let secret = ProvisioningSecret::new(SECRET).unwrap();
    let server = TestServer::start_with(|config| config.machine_routes.secret = Some(secret))
        .await
        .unwrap();
    let mut owner = server.set_up().await.unwrap();
    let enrollment = crate::words::token(&mut owner, "automatic").await;
    let machine = Enrolled::with_token(server.address(), &enrollment).await.unwrap();
    let key = machine.key.public().to_base64url();
    let account = owner.cookie().unwrap().to_owned();
    let mut agent = HelpdeskAgent::new(server.address(), SECRET, Hardware::number(1)).unwrap();
    agent.registered().await.unwrap();
    let token = agent.token.clone().unwrap();
    let offered = agent.session().await.unwrap().body["secret"].clone();
    let api = ApiClient::new(server.address());
    let redeemed = api
        .send_with(
            "POST",
            "/api/machine-logins",
            Some(&json!({ "secret": offered })),
            &[],
        )
        .await
        .unwrap();
    let end_user = redeemed.cookie.unwrap();
    let (account_secret, end_user_secret) = (value(&account), value(&end_user));
    let bearer = |text: &str| format!("Bearer {text}");

    // Each credential in each place where another is looked for.
    let of_machines = [
        ("authorization", bearer(&token)),
        ("cookie", format!("__Host-farol={token}")),
        ("cookie", end_user.clone()),
        ("cookie", format!("__Host-farol={end_user_secret}")),
        ("authorization", bearer(end_user_secret)),
        ("authorization", bearer(SECRET)),
        ("authorization", bearer(&enrollment)),
        ("cookie", format!("__Host-farol={enrollment}")),
        ("authorization", bearer(&key)),
        ("cookie", format!("__Host-farol={key}")),
    ];
    let of_accounts = [
        ("cookie", account.clone()),
        ("authorization", bearer(account_secret)),
        ("cookie", format!("__Host-farol-machine={account_secret}")),
        ("authorization", bearer(&enrollment)),
        ("authorization", bearer(&key)),
        ("cookie", format!("__Host-farol-machine={key}")),
    ];
    let (mut accounts, mut machines) = (0, 0);
    for operation in operations() {
        let Operation { method, path, scheme } = &operation;
        let send = async |header: Option<&(&str, String)>| {
            let headers: Vec<(&str, &str)> = header
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let body = json!({});
            let body = Some(&body).filter(|_| method != "GET" && method != "DELETE");
            api.send_with(method, path, body, &headers).await
        };
        match scheme.as_deref() {
            Some("login") => {
                accounts += 1;
                for header in &of_machines {
                    let answer = send(Some(header)).await.unwrap();
                    assert_eq!(
                        verdict(&answer),
                        (401, json!("not_signed_in")),
                        "{method} {path} took {}",
                        header.0
                    );
                }
            }
            Some(kind) => {
                machines += 1;
                let code = if kind == "machine" {
                    "machine_token_invalid"
                } else {
                    "machine_login_missing"
                };
                for header in &of_accounts {
                    let answer = send(Some(header)).await.unwrap();
                    assert_eq!(
                        verdict(&answer),
                        (401, json!(code)),
                        "{method} {path} took {}",
                        header.0
                    );
                }
            }
            // Open to strangers: no credential makes a difference. Pages of text are not looked into.
            None if path.ends_with("/register") || method == "POST" => {
                // Wrong secrets are counted; none of these is to be refused for the others.
                let rest = || server.let_time_pass(std::time::Duration::from_secs(60));
                rest();
                let bare = send(None).await.unwrap();
                for header in of_machines.iter().take(5).chain(&of_accounts) {
                    rest();
                    assert_eq!(
                        verdict(&send(Some(header)).await.unwrap()),
                        verdict(&bare),
                        "{method} {path}"
                    );
                }
            }
            None => {}
        }
    }
    assert!(accounts > 20 && machines >= 5, "{accounts} {machines}");
    // The link and the relay look at none of them: what counts is said inside.
    for (name, text) in of_machines.iter().chain(&of_accounts) {
        let header = [(*name, text.as_str())];
        let socket = RawSocket::connect_with(server.address(), "/api/agent/link", &header).await;
        let stranger = Enrolled {
            key: new_key().unwrap(),
            ..machine.copy()
        };
        let mut link = LinkEnd::over(socket.unwrap(), &stranger, |_| {}).unwrap();
        match link.next().await.unwrap() {
            AgentLinkEvent::Goodbye { goodbye, .. } => {
                assert_eq!(goodbye.reason, GoodbyeReason::NotEnrolled, "the link took {name}");
            }
            other => panic!("the link took {name}: {other:?}"),
        }
        let socket = RawSocket::connect_with(server.address(), "/api/relay", &header).await;
        let mut relay = socket.unwrap();
        let grant = Grant([7; 32]);
        relay.binary(RelayHello { grant }.encode()).await.unwrap();
        assert_eq!(relay.closed().await.unwrap().0, 4401, "the relay took {name}");
    }
    // The right ones are taken still.
    assert_eq!(owner.get("/api/me").await.unwrap().status, 200);
    assert_eq!(agent.heartbeat().await.unwrap().status, 200);
}

fn value(cookie: &str) -> &str {
    cookie.split_once('=').unwrap().1
}
