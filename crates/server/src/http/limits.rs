//! How many requests whoever asks may send: a bucket for each login, each API token and, for what nobody has to sign in for, each
//! network, told by `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers) on every answer of the API.
//!
//! A bucket holds a minute's worth and is filled evenly. Streams and WebSockets count once, when they begin. Left out: what machines and
//! relays ask, whose number the administrator decides, and everything outside `/api`. Guessing has its own, much lower limits
//! (`crate::throttle`); these here only keep a program that runs wild from taking everybody's turn.

use std::hash::Hash;
use std::net::IpAddr;
use std::time::Duration;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::signed_in::{has_credential, recognize};
use super::{RequestInfo, bearer};
use crate::accounts::Caller;
use crate::api_tokens::Presented;
use crate::clock::Timestamp;
use crate::config::Allowances;
use crate::ctx::Ctx;
use crate::error::{Code, Error};
use crate::ids::LoginId;
use crate::rights::{self, Takes};
use crate::throttle::{Left, Rate, Throttle, network};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What a bucket's size is for.
const WINDOW: Duration = Duration::from_secs(60);
/// Logins and tokens remembered, about 4 MB at worst; nobody can make them up.
const PRINCIPALS_MAX: usize = 50_000;
/// Networks remembered, about 1 MB at worst; more at once share one bucket.
const NETWORKS_MAX: usize = 10_000;

/// The buckets.
#[derive(Debug)]
pub struct RateLimits {
    principals: Option<Bucket<LoginId>>,
    networks: Option<Bucket<IpAddr>>,
}

#[derive(Debug)]
struct Bucket<K> {
    size: u32,
    throttle: Throttle<K>,
}

/// Whose bucket it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Principal {
    Login(LoginId),
    Token(LoginId),
    Network(IpAddr),
}

/// How a bucket is after a request.
#[derive(Debug, Clone, Copy)]
struct Standing {
    name: &'static str,
    size: u32,
    /// What is left, or how long to wait.
    outcome: Result<Left, Duration>,
}

impl<K: Eq + Hash> Bucket<K> {
    /// None for no limit.
    fn new(per_minute: u32, keys_max: usize) -> Option<Self> {
        let window = u32::try_from(WINDOW.as_millis()).unwrap_or(u32::MAX);
        // Whole milliseconds, rounded down: never stricter than what is told.
        let period = window.checked_div(per_minute)?.max(1);
        let rate = Rate {
            burst: per_minute,
            period: Duration::from_millis(period.into()),
        };
        Some(Self {
            size: per_minute,
            throttle: Throttle::new(rate, keys_max),
        })
    }

    fn take(&self, name: &'static str, key: K, now: Timestamp) -> Standing {
        Standing {
            name,
            size: self.size,
            outcome: self.throttle.take(key, now),
        }
    }
}

impl RateLimits {
    /// All rested.
    #[must_use]
    pub fn new(allowed: Allowances) -> Self {
        Self {
            principals: Bucket::new(allowed.signed_in_per_minute, PRINCIPALS_MAX),
            networks: Bucket::new(allowed.network_per_minute, NETWORKS_MAX),
        }
    }

    /// None where there is no limit.
    fn take(&self, principal: Principal, now: Timestamp) -> Option<Standing> {
        match principal {
            Principal::Login(id) => self.principals.as_ref().map(|all| all.take("login", id, now)),
            Principal::Token(id) => self.principals.as_ref().map(|all| all.take("token", id, now)),
            Principal::Network(address) => self
                .networks
                .as_ref()
                .map(|all| all.take("network", address, now)),
        }
    }
}

impl Principal {
    fn of(caller: &Caller) -> Self {
        match caller.api_token() {
            Some(_) => Self::Token(caller.login()),
            None => Self::Login(caller.login()),
        }
    }
}

impl Standing {
    fn tell(&self, headers: &mut HeaderMap) {
        let (left, wait) = match self.outcome {
            Ok(left) => (left.attempts, left.rested_in),
            Err(wait) => (0, wait),
        };
        let window = WINDOW.as_secs();
        let policy = format!("\"{}\";q={};w={window}", self.name, self.size);
        let limit = format!("\"{}\";r={left};t={}", self.name, wait.as_millis().div_ceil(1000));
        for (name, text) in [(POLICY, policy), (LIMIT, limit)] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        }
    }

    fn refusal(&self, wait: Duration) -> Error {
        metrics::counter!("farol_requests_throttled_total", "by" => self.name).increment(1);
        let whose = match self.name {
            "network" => "Requests without a login or an API token from your network",
            "token" => "Requests with this API token",
            _ => "Requests of this login",
        };
        Error::TooMany {
            code: Code::TooManyRequests,
            detail: format!(
                "{whose} come faster than the server allows, which is {} in a minute. Wait {} seconds, then go on more slowly.",
                self.size,
                wait.as_millis().div_ceil(1000).max(1)
            ),
            retry_after: Some(wait),
        }
    }
}

/// Whether a request is counted, and whether an account asks for it.
fn counted(method: &Method, path: &str, route: Option<&str>) -> Option<bool> {
    if !path.starts_with("/api/") {
        return None;
    }
    let method = if method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    match route.and_then(|route| rights::takes(method, route)) {
        Some(Takes::Machine) => None,
        Some(Takes::Login | Takes::Permission(_) | Takes::Server(_)) => Some(true),
        // What is nowhere, or described to everybody.
        Some(Takes::Nothing) | None => Some(false),
    }
}

/// Whether a route's requests are counted, so that there can be too many of them.
pub(crate) fn is_counted(method: &str, route: &str) -> bool {
    Method::from_bytes(method.as_bytes()).is_ok_and(|method| counted(&method, route, Some(route)).is_some())
}

pub(super) async fn count(State(ctx): State<Ctx>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let Some(by_account) = counted(request.method(), request.uri().path(), route) else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let principal = principal(&mut parts, &ctx, by_account).await;
    let standing = ctx.rate_limits.take(principal, ctx.clock.now());
    let refused = standing.and_then(|standing| Some(standing.refusal(standing.outcome.err()?)));
    let mut response = match refused {
        Some(error) => error.into_response(),
        None => next.run(Request::from_parts(parts, body)).await,
    };
    if let Some(standing) = standing {
        standing.tell(response.headers_mut());
    }
    response
}

/// Who asks. Who comes with a wrong credential is nobody, and counts with their network; the route says what is wrong.
async fn principal(parts: &mut Parts, ctx: &Ctx, by_account: bool) -> Principal {
    let Ok(info) = RequestInfo::from_request_parts(parts, ctx).await;
    if by_account && has_credential(&parts.headers) {
        if bearer(&parts.headers).is_some() {
            parts.extensions.insert(Presented::default());
        }
        if let Ok(caller) = recognize(parts, ctx).await {
            return Principal::of(caller);
        }
    }
    Principal::Network(network(info.address))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn limits(signed_in: u32, network: u32) -> RateLimits {
        RateLimits::new(Allowances {
            signed_in_per_minute: signed_in,
            network_per_minute: network,
        })
    }

    fn told(standing: Standing) -> [String; 2] {
        let mut headers = HeaderMap::new();
        standing.tell(&mut headers);
        [POLICY, LIMIT].map(|name| headers[name].to_str().unwrap().to_owned())
    }

    #[test]
    fn a_bucket_is_emptied_and_filled_again() {
        let limits = limits(3, 1);
        let login = Principal::Login(LoginId::new());
        let first = limits.take(login, NOW).unwrap();
        assert_eq!(told(first), ["\"login\";q=3;w=60", "\"login\";r=2;t=20"]);
        assert!(limits.take(login, NOW).unwrap().outcome.is_ok());
        assert!(limits.take(login, NOW).unwrap().outcome.is_ok());
        let over = limits.take(login, NOW).unwrap();
        assert_eq!(over.outcome, Err(Duration::from_secs(20)));
        assert_eq!(told(over)[1], "\"login\";r=0;t=20");
        // Nobody else is.
        let token = limits.take(Principal::Token(LoginId::new()), NOW).unwrap();
        assert_eq!(told(token)[0], "\"token\";q=3;w=60");
        let later = NOW.after(Duration::from_secs(20));
        assert!(limits.take(login, later).unwrap().outcome.is_ok());
        let network = Principal::Network(IpAddr::from([192, 0, 2, 1]));
        assert_eq!(
            told(limits.take(network, NOW).unwrap()),
            ["\"network\";q=1;w=60", "\"network\";r=0;t=60"]
        );
    }

    #[test]
    fn zero_is_no_limit_and_the_largest_is_what_it_says() {
        let limits = limits(0, 60_000);
        assert!(limits.take(Principal::Login(LoginId::new()), NOW).is_none());
        let network = Principal::Network(IpAddr::from([192, 0, 2, 1]));
        let left = limits.take(network, NOW).unwrap().outcome.unwrap();
        assert_eq!(left.attempts, 59_999);
    }

    #[test]
    fn agents_and_the_console_itself_are_left_out() {
        let of = |method: Method, route: &str| counted(&method, route, Some(route));
        assert_eq!(of(Method::GET, "/api/machines"), Some(true));
        assert_eq!(of(Method::HEAD, "/api/machines"), Some(true));
        assert_eq!(of(Method::GET, "/api/events"), Some(true));
        assert_eq!(of(Method::POST, "/api/logins"), Some(false));
        assert_eq!(of(Method::GET, "/api/openapi.json"), Some(false));
        assert_eq!(counted(&Method::GET, "/api/nowhere", None), Some(false));
        for route in [
            "/api/agent/link",
            "/api/relay",
            "/api/agent/enroll",
            "/api/machines/heartbeat",
        ] {
            assert_eq!(of(Method::POST, route), None, "{route}");
        }
        for path in ["/health/live", "/metrics", "/machines", "/"] {
            assert_eq!(counted(&Method::GET, path, None), None, "{path}");
        }
    }
}
