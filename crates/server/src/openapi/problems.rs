//! What can go wrong on each route: the codes of its rule (`codes.rs`), and those of the layers and extractors in front of it, each
//! described under its status.
//!
//! An operation lists its codes twice: in the schema of each answer, for programs that are made from the description, and in
//! `x-farol-codes`, where `cargo xtask check --only api` sees a code that is gone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::codes::ROUTES;
use super::{API_TOKEN, LOGIN};
use crate::accounts;
use crate::error::Code;
use crate::http;
use crate::rights::{self, Takes};

/// Operations without a row of the database behind them.
const WITHOUT_STORAGE: [(&str, &str); 8] = [
    ("GET", "/api/version"),
    ("GET", "/health/live"),
    ("GET", "/metrics"),
    ("GET", "/api/agent/link"),
    ("GET", "/api/relay"),
    ("POST", "/api/agent/identity"),
    ("POST", "/api/password-strength"),
    ("POST", "/api/logins/passkey/start"),
];
/// Operations whose refusals a browser is shown: pages that lead on, with the code behind `#problem=`.
const PAGES: [&str; 2] = ["/api/identity-providers/{id}/start", "/api/oidc/callback"];
/// How many operations must share an answer before it gets a name.
const SHARED: usize = 10;

type Codes = BTreeSet<&'static str>;

/// Adds to every operation what it answers instead of what was asked for.
pub(super) fn describe(document: &mut Value) {
    let mut answers: Vec<(String, String, BTreeMap<u16, Codes>)> = Vec::new();
    for (path, method, operation) in operations(document) {
        answers.push((
            path.to_owned(),
            method.to_owned(),
            codes(&method.to_uppercase(), path, operation),
        ));
    }
    let shared = shared(&answers);
    for (path, method, by_status) in answers {
        let page = PAGES.contains(&path.as_str());
        if let Some(operation) = document["paths"][&path][&method].as_object_mut() {
            operation.insert("x-farol-codes".into(), json!(by_status));
            let responses = operation.entry("responses").or_insert_with(|| json!({}));
            for (status, codes) in by_status {
                let said = responses.get(status.to_string()).cloned();
                let plain = said.is_none() && !page && shared.get(&status) == Some(&codes);
                responses[status.to_string()] = if plain {
                    json!({ "$ref": format!("#/components/responses/{}", name(status)) })
                } else {
                    answer(&codes, said.as_ref(), page)
                };
            }
        }
    }
    for (status, codes) in shared {
        document["components"]["responses"][name(status)] = answer(&codes, None, false);
    }
}

/// Every operation with its path and its method in lower case.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Map<String, Value>)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.filter_map(move |(method, operation)| {
            Some((path.as_str(), method.as_str(), operation.as_object()?))
        })
    })
}

fn name(status: u16) -> String {
    format!("Problem{status}")
}

/// For each status the codes that most operations have under it.
fn shared(answers: &[(String, String, BTreeMap<u16, Codes>)]) -> BTreeMap<u16, Codes> {
    let mut counted: BTreeMap<u16, BTreeMap<&Codes, usize>> = BTreeMap::new();
    for (status, codes) in answers.iter().flat_map(|(_, _, by_status)| by_status) {
        *counted.entry(*status).or_default().entry(codes).or_default() += 1;
    }
    let most = |codes: BTreeMap<&Codes, usize>| {
        let (codes, count) = codes.into_iter().max_by_key(|(_, count)| *count)?;
        (count >= SHARED).then(|| codes.clone())
    };
    counted
        .into_iter()
        .filter_map(|(status, codes)| Some((status, most(codes)?)))
        .collect()
}

/// One answer; what its route says of it stays in front.
fn answer(codes: &Codes, said: Option<&Value>, page: bool) -> Value {
    let said = said
        .and_then(|said| said["description"].as_str())
        .unwrap_or_default();
    let mut description = said.to_owned();
    for code in codes {
        let quoted = format!("`{code}`");
        if !said.contains(&quoted) {
            description = match description.as_str() {
                "" => quoted,
                before => format!("{before}, {quoted}"),
            };
        }
    }
    let schema = json!({ "allOf": [
        { "$ref": "#/components/schemas/Problem" },
        { "type": "object", "properties": { "code": { "enum": codes } } },
    ] });
    let mut content = json!({ "application/problem+json": { "schema": schema } });
    if page {
        content["text/html"] = json!({ "schema": { "type": "string" } });
    }
    json!({ "description": description, "content": content })
}

/// All codes of an operation by their status.
fn codes(method: &str, path: &str, operation: &Map<String, Value>) -> BTreeMap<u16, Codes> {
    let takes = rights::takes(method, path);
    let own = ROUTES
        .iter()
        .find(|(one, other, _)| (*one, *other) == (method, path));
    let mut all = own.map(|(_, _, codes)| codes.to_vec()).unwrap_or_default();
    all.extend(of_layers(method, path));
    all.extend(of_credentials(method, path, operation));
    all.extend(of_extractors(operation));
    let mut by_status: BTreeMap<u16, Codes> = BTreeMap::new();
    for code in all {
        // A block shuts the machine itself out; to others it is a state of things that is in the way.
        let status = match (code, takes) {
            (Code::MachineBlocked, Some(Takes::Machine)) => 403,
            _ => http::status(code).as_u16(),
        };
        by_status.entry(status).or_default().insert(code.as_str());
    }
    // A request for a WebSocket over a connection that cannot become one.
    if upgrades(operation) {
        by_status.entry(426).or_default().insert(Code::Malformed.as_str());
    }
    by_status
}

/// What every request can be answered before anybody looks at what it asks for, or while its answer is made.
fn of_layers(method: &str, path: &str) -> Vec<Code> {
    let mut codes = vec![
        Code::EncryptionRequired,
        Code::ProxyNotTrusted,
        Code::TimedOut,
        Code::Internal,
    ];
    if method != "GET" {
        codes.push(Code::CrossSite);
    }
    if http::is_counted(method, path) {
        codes.push(Code::TooManyRequests);
    }
    if !WITHOUT_STORAGE.contains(&(method, path)) {
        codes.extend([Code::StorageFull, Code::StorageBusy, Code::StorageUnavailable]);
    }
    codes
}

/// What is said of the credentials that an operation takes.
fn of_credentials(method: &str, path: &str, operation: &Map<String, Value>) -> Vec<Code> {
    let mut codes = Vec::new();
    let schemes = operation
        .get("security")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for scheme in schemes.filter_map(Value::as_object).flat_map(Map::keys) {
        match scheme.as_str() {
            LOGIN => codes.extend([
                Code::NotSignedIn,
                Code::TwoCredentials,
                Code::ApiTokenInvalid,
                Code::ApiTokenExpired,
                Code::ApiTokenRevoked,
                Code::AccountDisabled,
            ]),
            API_TOKEN => codes.push(Code::InsufficientScope),
            "machine" => codes.extend([
                Code::MachineTokenInvalid,
                Code::MachineTokenExpired,
                Code::MachineTokenRevoked,
            ]),
            "guest" => codes.push(Code::GuestKeyInvalid),
            "machine_login" => codes.push(Code::MachineLoginMissing),
            _ => {}
        }
    }
    if codes.contains(&Code::NotSignedIn) && !accounts::is_left_without_factor(method, path) {
        codes.push(Code::SecondFactorRequired);
    }
    if codes.contains(&Code::NotSignedIn) && !rights::takes_token(method, path) {
        codes.push(Code::LoginRequired);
    }
    // A role may ask for a proof before it counts, which no token can give.
    if method != "GET"
        && matches!(
            rights::takes(method, path),
            Some(Takes::Permission(_) | Takes::Server(_))
        )
    {
        codes.extend([Code::StepUpRequired, Code::LoginRequired]);
    }
    codes
}

/// What is said of a request that cannot be read as this operation wants it.
fn of_extractors(operation: &Map<String, Value>) -> Vec<Code> {
    let mut codes = Vec::new();
    if operation.contains_key("requestBody") {
        codes.extend([Code::Malformed, Code::TooLarge, Code::UnsupportedMediaType]);
    }
    let parameters = operation
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for parameter in parameters {
        match (parameter["in"].as_str(), parameter["name"].as_str()) {
            (Some("path"), _) => codes.push(Code::NotFound),
            (Some("query"), Some("cursor")) => codes.extend([Code::Malformed, Code::ValidationFailed]),
            (Some("query"), Some("fields")) => codes.push(Code::ValidationFailed),
            (Some("query"), _) => codes.push(Code::Malformed),
            (Some("header"), Some("Idempotency-Key")) => codes.extend([
                Code::Malformed,
                Code::TooLarge,
                Code::IdempotencyKeyInUse,
                Code::IdempotencyKeyReused,
                Code::SecretsUnavailable,
            ]),
            (Some("header"), Some("If-Match")) => {
                codes.extend([Code::VersionRequired, Code::VersionMismatch])
            }
            _ => {}
        }
    }
    // A WebSocket is asked for with headers that are not described as parameters.
    if upgrades(operation) {
        codes.push(Code::Malformed);
    }
    codes
}

fn upgrades(operation: &Map<String, Value>) -> bool {
    operation
        .get("responses")
        .is_some_and(|responses| responses.get("101").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_says_what_can_go_wrong_and_nothing_else_does() {
        let document = super::super::document();
        let mut described: Vec<(String, String)> = Vec::new();
        for (path, method, operation) in operations(&document) {
            assert!(operation["responses"].get("default").is_none(), "{method} {path}");
            described.push((path.to_owned(), method.to_uppercase()));
        }
        let mut said: Vec<(String, String)> = ROUTES
            .iter()
            .map(|(method, path, _)| ((*path).to_owned(), (*method).to_owned()))
            .collect();
        described.sort();
        said.sort();
        // A route that is new here wants a line in `codes.rs`: what its rule says under `# Errors`.
        assert_eq!(said, described);
    }

    #[test]
    fn what_a_route_takes_decides_what_else_it_answers() {
        let document = super::super::document();
        let codes = |method: &str, path: &str| document["paths"][path][method]["x-farol-codes"].clone();
        let rename = codes("patch", "/api/sites/{id}");
        for (status, code) in [
            ("400", "malformed"),
            ("401", "api_token_revoked"),
            ("403", "insufficient_scope"),
            ("403", "cross_site"),
            ("404", "not_found"),
            ("412", "version_mismatch"),
            ("415", "unsupported_media_type"),
            ("422", "validation_failed"),
            ("428", "version_required"),
            ("503", "storage_full"),
        ] {
            assert!(
                rename[status].as_array().unwrap().contains(&json!(code)),
                "{status} {code}: {rename}"
            );
        }
        let version = codes("get", "/api/version");
        assert_eq!(
            version,
            json!({
                "403": ["encryption_required", "proxy_not_trusted"], "408": ["timed_out"], "422": ["validation_failed"],
                "429": ["too_many_requests"], "500": ["internal"],
            })
        );
        let machines = &codes("post", "/api/machines/heartbeat")["403"];
        assert!(machines.as_array().unwrap().contains(&json!("machine_blocked")));
        let session = &codes("post", "/api/machines/{id}/sessions")["409"];
        assert!(session.as_array().unwrap().contains(&json!("machine_blocked")));
    }

    #[test]
    fn answers_name_their_codes() {
        let document = super::super::document();
        let own = &document["paths"]["/api/support-queue/{id}/take"]["post"]["responses"]["409"];
        assert!(own["description"].as_str().unwrap().contains("`taken`"), "{own}");
        let code = &own["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"];
        assert_eq!(code["enum"], json!(["idempotency_key_in_use", "taken"]));
        let shared = &document["paths"]["/api/support-queue/{id}/take"]["post"]["responses"]["500"];
        assert_eq!(shared["$ref"], "#/components/responses/Problem500");
    }
}
