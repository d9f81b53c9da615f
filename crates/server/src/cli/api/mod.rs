//! `farol api`: calls any route of a server with an API token; `farol api routes` lists them.

mod table;

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Method, Request, Response};
use bytes::Bytes;
use clap::ValueEnum;
use http_body_util::Full;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Failure, print};
use crate::config::{Config, Options, PublicUrl};
use crate::outbound::{Client, Limits};
use crate::server::URL_FILE;
use crate::{openapi, rights};

/// The environment variable with the token.
const TOKEN: &str = "FAROL_API_TOKEN";
/// Exports are long; everything else is small.
const LIMITS: Limits = Limits {
    within: Duration::from_secs(60),
    answer: 64 * 1024 * 1024,
};
/// Largest body that is sent, above what any route takes.
const INPUT_MAX: u64 = 1024 * 1024;
/// Pages of a list that are followed.
const PAGES_MAX: usize = 2_000;

/// How an answer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// Columns, for people.
    Table,
    /// As the server says it, for programs.
    Json,
    /// One JSON object a line; a list is asked for to its end.
    Ndjson,
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address of the server; the one that runs (or ran last) on the data directory when left out.
    #[arg(long, env = "FAROL_URL", value_name = "URL")]
    server: Option<String>,
    /// File with the API token; otherwise it is read from the environment (FAROL_API_TOKEN).
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Certificates of authorities to trust beside the public ones (PEM).
    #[arg(long, env = "FAROL_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// How the answer is shown; a table on a terminal and JSON elsewhere when left out.
    #[arg(long, short, value_enum)]
    output: Option<Output>,
    /// Follow a list to its end.
    #[arg(long)]
    all: bool,
    /// A parameter of the address; may be given several times.
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = pair)]
    query: Vec<(String, String)>,
    /// A field of the body: NAME=TEXT, or NAME:=JSON for numbers, lists and objects; may be given several times.
    #[arg(long = "field", short, value_name = "NAME=TEXT", value_parser = field)]
    fields: Vec<(String, Value)>,
    /// File with the whole body; - for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "fields")]
    input: Option<PathBuf>,
    /// A header, such as If-Match; may be given several times.
    #[arg(long = "header", short = 'H', value_name = "NAME=VALUE", value_parser = pair)]
    headers: Vec<(String, String)>,
    /// `GET /api/machines`, the path alone for GET, or `routes` to list what there is.
    #[arg(required = true, num_args = 1..=2, value_name = "METHOD> <PATH")]
    what: Vec<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn field(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=TEXT or NAME:=JSON")?;
    match name.strip_suffix(':') {
        Some(name) => {
            let value = serde_json::from_str(value).map_err(|error| format!("this is not JSON: {error}"))?;
            Ok((name.to_owned(), value))
        }
        None => Ok((name.to_owned(), value.into())),
    }
}

pub(super) async fn run(options: &Options, args: Args) -> Result<(), Failure> {
    let (method, path) = match args.what.as_slice() {
        [only] if only == "routes" => return print(&routes()),
        [path] => (Method::GET, path.as_str()),
        [method, path] => (read_method(method)?, path.as_str()),
        _ => return Err(Failure::Rule("Name a method and a path.".into())),
    };
    if !path.starts_with('/') {
        let text = format!("“{path}” is no path of the API. It begins with a slash, as /api/machines does.");
        return Err(Failure::Rule(text));
    }
    let client = Client::new(args.ca_file.as_deref()).map_err(|error| Failure::Rule(format!("{error}.")))?;
    let call = Call {
        server: server(options, args.server.as_deref())?,
        token: token(args.token_file.as_deref())?,
        body: body(&args)?,
        client,
        method,
        path: path.to_owned(),
        headers: args.headers,
        accept: match args.output {
            Some(Output::Ndjson) => "application/x-ndjson, application/json",
            _ => "application/json",
        },
    };
    // As NDJSON a list comes whole anyway.
    let answer = if args.all && args.output != Some(Output::Ndjson) {
        call.whole(&args.query).await?
    } else {
        call.once(&args.query).await?
    };
    let shown = args.output.unwrap_or_else(|| {
        if std::io::stdout().is_terminal() {
            Output::Table
        } else {
            Output::Json
        }
    });
    match (answer, shown) {
        (Answer::Json(value), Output::Table) => print(&table::of(&value)),
        (Answer::Json(value), Output::Json) => {
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            print(&format!("{text}\n"))
        }
        (Answer::Json(Value::Array(items)), Output::Ndjson) => {
            let lines: Vec<String> = items.iter().map(|item| format!("{item}\n")).collect();
            print(&lines.concat())
        }
        (Answer::Json(value), Output::Ndjson) => print(&format!("{value}\n")),
        (Answer::Text(text), _) => print(&text),
    }
}

fn read_method(text: &str) -> Result<Method, Failure> {
    let method = Method::from_bytes(text.to_uppercase().as_bytes());
    let known = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    method
        .ok()
        .filter(|method| known.contains(method))
        .ok_or_else(|| {
            Failure::Rule(format!(
                "“{text}” is no method. Write GET, POST, PUT, PATCH or DELETE."
            ))
        })
}

/// All routes with what they take.
fn routes() -> String {
    let document = openapi::document();
    let mut rows = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let method = method.to_uppercase();
            let takes = rights::takes(&method, path).map_or("", rights::Takes::as_str);
            rows.push(serde_json::json!({
                "method": method,
                "path": path,
                "takes": takes,
                "summary": operation["summary"],
            }));
        }
    }
    table::of(&Value::Array(rows))
}

fn server(options: &Options, given: Option<&str>) -> Result<PublicUrl, Failure> {
    if let Some(text) = given {
        return PublicUrl::parse(text).map_err(|error| Failure::Rule(format!("{error}.")));
    }
    let config = Config::load(options)?;
    if config.public_url_given {
        return Ok(config.public_url);
    }
    let noted = std::fs::read_to_string(config.data.join(URL_FILE)).unwrap_or_default();
    Ok(PublicUrl::parse(noted.trim()).unwrap_or(config.public_url))
}

fn token(file: Option<&Path>) -> Result<Option<Zeroizing<String>>, Failure> {
    let text = match file {
        Some(path) => {
            let read = std::fs::read_to_string(path);
            let failed = |error| {
                Failure::Rule(format!(
                    "The token file {} cannot be read: {error}.",
                    path.display()
                ))
            };
            Some(Zeroizing::new(read.map_err(failed)?))
        }
        None => std::env::var(TOKEN).ok().map(Zeroizing::new),
    };
    Ok(text
        .map(|text| Zeroizing::new(text.trim().to_owned()))
        .filter(|text| !text.is_empty()))
}

fn body(args: &Args) -> Result<Option<Bytes>, Failure> {
    if !args.fields.is_empty() {
        let object: Map<String, Value> = args.fields.iter().cloned().collect();
        return Ok(Some(Value::Object(object).to_string().into()));
    }
    let Some(path) = &args.input else { return Ok(None) };
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(INPUT_MAX).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(INPUT_MAX).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Failure::Rule(format!(
            "The body cannot be read from {}: {error}.",
            path.display()
        ))
    })?;
    Ok(Some(bytes.into()))
}

/// What came back.
#[derive(Debug)]
enum Answer {
    Json(Value),
    Text(String),
}

struct Call {
    server: PublicUrl,
    token: Option<Zeroizing<String>>,
    body: Option<Bytes>,
    client: Client,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    accept: &'static str,
}

impl Call {
    async fn once(&self, query: &[(String, String)]) -> Result<Answer, Failure> {
        let answer = self.client.send(self.request(query)?, LIMITS).await;
        let answer = answer.map_err(|error| Failure::Rule(format!("{error}.")))?;
        read(&answer)
    }

    /// All pages of a list as one.
    async fn whole(&self, query: &[(String, String)]) -> Result<Answer, Failure> {
        let (mut items, mut query) = (Vec::new(), query.to_vec());
        for _ in 0..PAGES_MAX {
            let Answer::Json(mut page) = self.once(&query).await? else {
                return Err(Failure::Rule(format!("{} is no list.", self.path)));
            };
            let Some(some) = page["items"].as_array_mut() else {
                return Err(Failure::Rule(format!("{} is no list.", self.path)));
            };
            items.append(some);
            let Some(next) = page["next_cursor"].as_str() else {
                return Ok(Answer::Json(Value::Array(items)));
            };
            query.retain(|(name, _)| name != "cursor");
            query.push(("cursor".into(), next.to_owned()));
        }
        Err(Failure::Rule(format!(
            "The list has more than {PAGES_MAX} pages. Ask for a part of it."
        )))
    }

    fn request(&self, query: &[(String, String)]) -> Result<Request<Full<Bytes>>, Failure> {
        let wrong = |error: axum::http::Error| Failure::Rule(format!("The request cannot be made: {error}."));
        let mut uri = format!("{}{}", self.server, self.path);
        for (number, (name, value)) in query.iter().enumerate() {
            let joint = if number == 0 && !self.path.contains('?') {
                '?'
            } else {
                '&'
            };
            uri.push(joint);
            uri.push_str(&encoded(name));
            uri.push('=');
            uri.push_str(&encoded(value));
        }
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(uri)
            .header(ACCEPT, self.accept);
        if let Some(token) = &self.token {
            let text = Zeroizing::new(format!("Bearer {}", token.as_str()));
            let mut value = HeaderValue::from_str(&text)
                .map_err(|_| Failure::Rule("The API token has characters that no token has.".into()))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        if self.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| Failure::Rule(format!("“{name}” is no name of a header.")))?;
            request = request.header(name, value);
        }
        request
            .body(Full::new(self.body.clone().unwrap_or_default()))
            .map_err(wrong)
    }
}

fn read(answer: &Response<Bytes>) -> Result<Answer, Failure> {
    let kind = answer.headers().get(CONTENT_TYPE);
    let is_json = kind
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.contains("json") && !kind.contains("ndjson"));
    let value: Option<Value> = is_json
        .then(|| serde_json::from_slice(answer.body()).ok())
        .flatten();
    if !answer.status().is_success() {
        return Err(Failure::Rule(problem(answer, value.as_ref())));
    }
    Ok(match value {
        Some(value) => Answer::Json(value),
        None => Answer::Text(String::from_utf8_lossy(answer.body()).into_owned()),
    })
}

/// What the server says is wrong, in its own words.
fn problem(answer: &Response<Bytes>, value: Option<&Value>) -> String {
    let Some(value) = value.filter(|value| value["code"].is_string()) else {
        return format!("The server answered {}.", answer.status());
    };
    let text = |name: &str| table::plain(value[name].as_str().unwrap_or_default());
    let mut said = format!(
        "{} ({}, request {})",
        text("detail"),
        text("code"),
        text("request_id")
    );
    for wrong in value["errors"].as_array().into_iter().flatten() {
        let of = |name: &str| table::plain(wrong[name].as_str().unwrap_or_default());
        said.push_str(&format!("\n  {}: {}", of("field"), of("detail")));
    }
    said
}

/// Percent-encoded for a query (RFC 3986): all but what is never reserved.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_text_or_json() {
        assert_eq!(field("name=a=b").unwrap(), ("name".into(), "a=b".into()));
        assert_eq!(field("uses:=3").unwrap(), ("uses".into(), 3.into()));
        assert_eq!(
            field("scopes:=[\"machine.see\"]").unwrap().1,
            serde_json::json!(["machine.see"])
        );
        assert!(field("name").is_err());
        assert!(field("uses:=three").unwrap_err().contains("not JSON"));
        assert_eq!(encoded("a b&c=é"), "a%20b%26c%3D%C3%A9");
    }

    #[test]
    fn every_route_is_listed() {
        let all = routes();
        assert!(all.contains("/api/machines"), "{all}");
        assert!(all.lines().next().unwrap().starts_with("method"), "{all}");
    }
}
