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
    /// `login`, `machine`, `machine_login`, `guest`, or none.
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

type Header = (&'static str, String);

/// Every kind of credential, each good for something.
struct Keys {
    server: TestServer,
    owner: ApiClient,
    agent: HelpdeskAgent,
    machine: Enrolled,
    /// What machines, agents and end users hold, in each place where an account's is looked for.
    of_machines: Vec<Header>,
    /// What accounts and our agents hold, in each place where a helpdesk agent's or an end user's is looked for.
    of_accounts: Vec<Header>,
}

impl Keys {
    async fn new() -> Self {
        let secret = ProvisioningSecret::new(SECRET).unwrap();
        let server = TestServer::start_with(|config| config.machine_routes.secret = Some(secret))
            .await
            .unwrap();
        let mut owner = server.set_up().await.unwrap();
        let enrollment = crate::words::token(&mut owner, "automatic").await;
        let machine = Enrolled::with_token(server.address(), &enrollment).await.unwrap();
        let key = machine.key.public().to_base64url();
        let account = owner.cookie().unwrap().to_owned();
        let wanted = json!({ "name": "story", "scopes": ["machine.see"], "expires_in_seconds": 3600 });
        let made = owner.post("/api/api-tokens", &wanted).await.unwrap();
        let api_token = made.body["secret"].as_str().unwrap().to_owned();
        let mut agent = HelpdeskAgent::new(server.address(), SECRET, Hardware::number(1)).unwrap();
        agent.registered().await.unwrap();
        let token = agent.token.clone().unwrap();
        let offered = json!({ "secret": agent.session().await.unwrap().body["secret"] });
        let api = ApiClient::new(server.address());
        let redeemed = api
            .send_with("POST", "/api/machine-logins", Some(&offered), &[])
            .await
            .unwrap();
        let end_user = redeemed.cookie.unwrap();
        let bearer = |text: &str| ("authorization", format!("Bearer {text}"));
        let as_account = |text: &str| ("cookie", format!("__Host-farol={text}"));
        let as_end_user = |text: &str| ("cookie", format!("__Host-farol-machine={text}"));
        let of_machines = vec![
            bearer(&token),
            as_account(&token),
            ("cookie", end_user.clone()),
            as_account(value(&end_user)),
            bearer(value(&end_user)),
            bearer(SECRET),
            bearer(&enrollment),
            as_account(&enrollment),
            bearer(&key),
            as_account(&key),
        ];
        let of_accounts = vec![
            ("cookie", account.clone()),
            bearer(value(&account)),
            as_end_user(value(&account)),
            bearer(&api_token),
            as_end_user(&api_token),
            bearer(&enrollment),
            bearer(&key),
            as_end_user(&key),
        ];
        Self {
            server,
            owner,
            agent,
            machine,
            of_machines,
            of_accounts,
        }
    }

    /// The right ones are taken still.
    async fn assert_taken(&self) {
        assert_eq!(self.owner.get("/api/me").await.unwrap().status, 200);
        assert_eq!(self.agent.heartbeat().await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn each_route_takes_its_own_kind_of_credential_only() {
    let keys = Keys::new().await;
    let Keys {
        server,
        of_machines,
        of_accounts,
        ..
    } = &keys;
    let api = ApiClient::new(server.address());
    let (mut accounts, mut machines) = (0, 0);
    for operation in operations() {
        let Operation { method, path, scheme } = &operation;
        let send = async |header: Option<&Header>| {
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
                for header in of_machines {
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
                let code = match kind {
                    "machine" => "machine_token_invalid",
                    "guest" => "guest_key_invalid",
                    _ => "machine_login_missing",
                };
                // To guests those of machines are others' as well.
                let others = of_machines.iter().filter(|_| kind == "guest");
                for header in of_accounts.iter().chain(others) {
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
                for header in of_machines.iter().take(5).chain(of_accounts) {
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
    assert!(accounts > 20 && machines >= 8, "{accounts} {machines}");
    keys.assert_taken().await;
}

#[tokio::test]
async fn link_and_relay_look_at_no_credential_because_what_counts_is_said_inside() {
    let keys = Keys::new().await;
    let (address, machine) = (keys.server.address(), &keys.machine);
    for (name, text) in keys.of_machines.iter().chain(&keys.of_accounts) {
        let header = [(*name, text.as_str())];
        let socket = RawSocket::connect_with(address, "/api/agent/link", &header).await;
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
        let socket = RawSocket::connect_with(address, "/api/relay", &header).await;
        let mut relay = socket.unwrap();
        let grant = Grant([7; 32]);
        relay.binary(RelayHello { grant }.encode()).await.unwrap();
        assert_eq!(relay.closed().await.unwrap().0, 4401, "the relay took {name}");
    }
    keys.assert_taken().await;
}

fn value(cookie: &str) -> &str {
    cookie.split_once('=').unwrap().1
}
