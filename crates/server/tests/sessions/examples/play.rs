//! A story, told to a server.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use farol_server::Ctx;
use farol_server::config::{Config, ProvisioningSecret};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::meanwhile::Meanwhile;
use super::names::{Names, compare};
use crate::common::{App, described, request};
use crate::double::Double;
use crate::stage::Stage;

/// Who asks when nobody is named: the owner.
const ANN: &str = "Ann";
/// Who has no cookies.
const NOBODY: &str = "nobody";

/// One entry of a story.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    operation: String,
    by: Option<String>,
    authorization: Option<String>,
    #[serde(default)]
    parameters: Map<String, Value>,
    request: Option<Value>,
    status: u16,
    answer: Option<Value>,
    media: Option<String>,
}

/// What was answered.
struct Told {
    status: u16,
    media: String,
    body: Value,
}

/// Where the story is played.
enum House {
    /// Nobody has an account yet.
    New(App),
    /// With an owner and a machine.
    Lived(Box<Stage>),
}

/// A story under way.
pub struct Play {
    story: &'static str,
    house: House,
    router: Router,
    pub names: Names,
    /// Cookies by whose browser it is.
    browsers: BTreeMap<String, String>,
    /// What was answered last.
    pub last: Value,
    meanwhile: Meanwhile,
    wrong: Vec<String>,
    answers: Vec<String>,
    _issuer: Double,
    _receiver: JoinHandle<()>,
}

impl Play {
    pub async fn new(story: &'static str) -> Self {
        let house = if story == "first-steps" {
            House::New(App::new().await)
        } else {
            House::Lived(Box::new(Stage::with(with_everything).await))
        };
        let ctx = house.ctx();
        let router = farol_server::http::router(ctx);
        let issuer = Double::start(&ctx.clock, "").await;
        let (receiver, address) = receiver().await;
        let mut names = Names::default();
        names.add("https://id.example.org", &issuer.issuer);
        names.add("https://hooks.example.org", &address);
        // Nobody listens there.
        names.add("mail.example.org", "127.0.0.1");
        let mut play = Self {
            story,
            router,
            names,
            browsers: BTreeMap::new(),
            last: Value::Null,
            meanwhile: Meanwhile::default(),
            wrong: Vec::new(),
            answers: Vec::new(),
            house,
            _issuer: issuer,
            _receiver: receiver,
        };
        play.introduce().await;
        play
    }

    /// Those who are there from the beginning.
    async fn introduce(&mut self) {
        let House::Lived(stage) = &self.house else { return };
        let me = stage.get("/api/me").await;
        let sites = stage.get("/api/sites").await;
        self.browsers.insert(ANN.into(), stage.cookie.clone());
        let known = [
            ("0001", &me["organizations"][0]["id"]),
            ("0005", &me["account"]["id"]),
            ("0008", &sites["items"][0]["id"]),
        ];
        for (end, id) in known {
            let name = format!("01999a00-0000-7000-8000-00000000{end}");
            self.names.add(&name, id.as_str().unwrap());
        }
        let machine = stage.machine.id.to_string();
        self.names.add("01999a00-0000-7000-8000-000000000003", &machine);
    }

    /// Plays it, and fails with all that was answered otherwise.
    pub async fn until_its_end(mut self) {
        for entry in super::entries(self.story) {
            if entry.get("meanwhile").is_some() {
                let mut meanwhile = std::mem::take(&mut self.meanwhile);
                meanwhile.happens(&mut self, &entry).await;
                self.meanwhile = meanwhile;
                continue;
            }
            let example: Example =
                serde_json::from_value(entry.clone()).unwrap_or_else(|error| panic!("{entry}: {error}"));
            self.told(&example).await;
        }
        assert!(
            self.wrong.is_empty(),
            "{}\n\nanswered:\n{}",
            self.wrong.join("\n"),
            self.answers.join("\n")
        );
    }

    pub fn ctx(&self) -> &Ctx {
        self.house.ctx()
    }

    pub fn router(&self) -> &Router {
        &self.router
    }

    pub fn stage(&self) -> &Stage {
        match &self.house {
            House::Lived(stage) => stage,
            House::New(_) => panic!("nobody lives there yet"),
        }
    }

    /// What Ann is shown there.
    pub async fn shown(&mut self, path: &str) -> Value {
        let told = self.send(ANN, request(Method::GET, path, &[], None)).await;
        assert_eq!(told.status, StatusCode::OK, "{path}: {}", told.body);
        told.body
    }

    async fn told(&mut self, example: &Example) {
        let (asked, operation) = self.asked(example);
        let by = match &example.authorization {
            Some(_) => NOBODY,
            None => example.by.as_deref().unwrap_or(ANN),
        };
        let told = self.send(by, asked).await;
        self.judge(example, operation, &told);
        self.last = told.body;
    }

    /// The request of an example with what its names stand for, and the operation as it is described.
    fn asked(&mut self, example: &Example) -> (Request<Body>, &'static Value) {
        let (method, path, headers) = addressed(&example.operation, &example.parameters);
        let mut body = example.request.as_ref().map(|body| self.names.body(body));
        if let Some(fields) = body.as_mut().and_then(Value::as_object_mut)
            && fields.contains_key("credential")
        {
            fields["credential"] = self.meanwhile.signed();
        }
        let path = self.names.here(&path);
        let mut sent: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let authorization = example.authorization.as_ref().map(|text| self.names.here(text));
        sent.extend(authorization.as_deref().map(|text| ("authorization", text)));
        let (_, operation) = described::operation(&method, &path).unwrap();
        let asked = if takes_form(operation) {
            form(&path, &sent, body.as_ref().unwrap())
        } else {
            request(method, &path, &sent, body.as_ref())
        };
        (asked, operation)
    }

    /// Holds an answer against its example, and learns what it names.
    fn judge(&mut self, example: &Example, operation: &Value, told: &Told) {
        let name = &example.operation;
        let Told { status, media, body } = told;
        self.answers.push(format!("{name} {status} {body}"));
        if example.status != *status {
            self.wrong.push(format!("{name}: {status} {body}"));
            return;
        }
        if let Some(said) = &example.answer {
            compare(name, said, body, &mut self.wrong);
            self.names.learn(said, body);
            let response = &operation["responses"][status.to_string()];
            // A status has a schema of its own, which is kept under this name.
            self.wrong
                .extend(undescribed(&format!("{name} {status}"), response, said));
        }
        if let Some(said) = example.media.as_ref().filter(|said| !media.starts_with(*said)) {
            self.wrong
                .push(format!("{name}: {said} in the example, {media} here"));
        }
    }

    /// Sends it with the cookies of that browser, which keeps those that are set.
    async fn send(&mut self, by: &str, mut asked: Request<Body>) -> Told {
        if let Some(cookie) = self.browsers.get(by) {
            asked.headers_mut().insert("cookie", cookie.parse().unwrap());
        }
        let (method, path) = (asked.method().clone(), asked.uri().to_string());
        let answered = self.router.clone().oneshot(asked).await.unwrap();
        let (parts, body) = answered.into_parts();
        let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        described::check(&described::Seen {
            method: &method,
            path: &path,
            status: parts.status.as_u16(),
            content_type: header("content-type"),
            text: &text,
        });
        if let Some(set) = header("set-cookie").filter(|_| by != NOBODY) {
            let cookie = set.split(';').next().unwrap().to_owned();
            self.browsers.insert(by.to_owned(), cookie);
        }
        let media = header("content-type").unwrap_or_default().to_owned();
        let body = match serde_json::from_str(&text) {
            Ok(json) => json,
            Err(_) if text.is_empty() => Value::Null,
            Err(_) => Value::String(text),
        };
        Told {
            status: parts.status.as_u16(),
            media,
            body,
        }
    }
}

impl House {
    fn ctx(&self) -> &Ctx {
        match self {
            Self::New(app) => &app.ctx,
            Self::Lived(stage) => stage.ctx(),
        }
    }
}

/// Settings with which every operation can be tried.
fn with_everything(config: &mut Config) {
    let secret = ProvisioningSecret::new("the provisioning secret of this server").unwrap();
    config.machine_routes.secret = Some(secret);
    config.webhooks.networks = vec!["127.0.0.0/8".parse().unwrap()];
    // Where the requests of tests come from.
    config.metrics_from = vec!["192.0.2.0/24".parse().unwrap()];
    let agents = config.data.join("agents");
    std::fs::create_dir_all(&agents).unwrap();
    std::fs::write(agents.join("farol-agent-linux-x86_64"), "\u{7f}ELF, or so").unwrap();
    config.join_agents = Some(agents);
}

/// A receiver of webhooks that is content with everything, and its address.
async fn receiver() -> (JoinHandle<()>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(|| async { StatusCode::NO_CONTENT });
    let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (task, address)
}

/// Method, path with its query, and headers of an example.
fn addressed(name: &str, parameters: &Map<String, Value>) -> (Method, String, Vec<(String, String)>) {
    let document = farol_server::openapi::document();
    let paths = document["paths"].as_object().unwrap();
    let found = paths.iter().find_map(|(path, item)| {
        let methods = item.as_object().unwrap();
        let (method, operation) = methods
            .iter()
            .find(|(_, operation)| operation["operationId"] == name)?;
        Some((path.clone(), method.clone(), operation.clone()))
    });
    let (mut path, method, operation) = found.unwrap_or_else(|| panic!("there is no operation {name}"));
    let (mut query, mut headers) = (Vec::new(), Vec::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let text = match parameters.get(name) {
            None => continue,
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        match parameter["in"].as_str().unwrap() {
            "path" => path = path.replace(&format!("{{{name}}}"), &text),
            "query" => query.push(format!("{name}={text}")),
            _ => headers.push((name.to_owned(), text)),
        }
    }
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    (method.to_uppercase().parse().unwrap(), path, headers)
}

fn takes_form(operation: &Value) -> bool {
    operation["requestBody"]["content"]["application/x-www-form-urlencoded"].is_object()
}

/// A form as a browser sends it. Nothing in the examples has to be escaped.
fn form(path: &str, headers: &[(&str, &str)], fields: &Value) -> Request<Body> {
    let fields = fields.as_object().unwrap().iter();
    let pairs: Vec<String> = fields
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
        .collect();
    let mut sent = request(Method::POST, path, headers, None);
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    sent.headers_mut().insert("content-type", kind);
    *sent.body_mut() = Body::from(pairs.join("&"));
    sent
}

/// What the description says against the example itself.
fn undescribed(name: &str, response: &Value, said: &Value) -> Option<String> {
    let schema = &response["content"]["application/json"]["schema"];
    if schema.is_null() {
        return None;
    }
    let fits = described::validator(&format!("{name} example"), schema)
        .validate(said)
        .map_err(|error| error.to_string());
    let error = fits.err()?;
    Some(format!("{name}: the example is not as described: {error}"))
}
