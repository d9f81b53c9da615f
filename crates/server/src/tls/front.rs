//! Port 80: answers the challenges of the certificate authority and sends everything else to https.
//!
//! Nothing of the server is reachable here, and what arrives is neither read (bodies) nor believed (addresses).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, HOST, LOCATION};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::config::PublicUrl;
use crate::ctx::Ctx;
use crate::shares::{Most, Shares};

/// Where challenges are asked for (RFC 8555, 8.3).
const CHALLENGE: &str = "/.well-known/acme-challenge/";
/// Connections at once; above that new ones wait in the system's queue.
const CONNECTIONS_MAX: usize = 128;
/// Connections of one network among them; those beyond are closed at once. One visitor needs one or two for a moment.
const CONNECTIONS: Most = Most {
    all: CONNECTIONS_MAX,
    one: 16,
};
/// Life of a connection: one small request and its answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Pause after the system refused to accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Until the server stops. May be begun again.
pub(super) async fn run(ctx: &Ctx, listener: &TcpListener, domains: &Arc<Vec<String>>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let shares = Shares::new(CONNECTIONS);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            () = ctx.shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(share) = shares.take(peer.ip()) else {
                    continue;
                };
                let (ctx, domains) = (ctx.clone(), Arc::clone(domains));
                tokio::spawn(async move {
                    tokio::select! {
                        () = ctx.shutdown.cancelled() => {}
                        served = tokio::time::timeout(TIMEOUT, serve(&ctx, stream, &domains)) => {
                            if served.is_err() {
                                tracing::debug!("a connection to the redirecting port took too long");
                            }
                        }
                    }
                    drop((place, share));
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection to the redirecting port could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(ctx: &Ctx, stream: TcpStream, domains: &[String]) {
    let handler = service_fn(|request: Request<Incoming>| async move {
        let challenge = request
            .uri()
            .path()
            .strip_prefix(CHALLENGE)
            .map(|token| ctx.tls.challenges.answer(token));
        Ok::<_, Infallible>(match challenge {
            Some(Some(answer)) if *request.method() == Method::GET => text(StatusCode::OK, answer),
            Some(_) => text(StatusCode::NOT_FOUND, "There is no such challenge.\n".into()),
            None => redirect(&ctx.config.public_url, domains, &request),
        })
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(TIMEOUT)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), handler);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection to the redirecting port ended");
    }
}

fn text(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

fn redirect<B>(public: &PublicUrl, domains: &[String], request: &Request<B>) -> Response<Full<Bytes>> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path } else { "/" };
    let asked = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let location = format!("{}{path}", target(public, domains, asked));
    let Ok(location) = HeaderValue::from_str(&location) else {
        return text(StatusCode::BAD_REQUEST, "The address cannot be read.\n".into());
    };
    let mut response = text(
        StatusCode::PERMANENT_REDIRECT,
        "This server speaks https.\n".into(),
    );
    response.headers_mut().insert(LOCATION, location);
    response
}

/// Only ever to a name of ours: the name that was asked for when it is one, else the first. The port is the public one.
fn target(public: &PublicUrl, domains: &[String], asked: Option<&str>) -> String {
    let asked = asked.map(|host| host.split(':').next().unwrap_or(host).to_ascii_lowercase());
    let port = public.origin().port();
    let name = asked
        .filter(|host| domains.contains(host))
        .or_else(|| {
            domains
                .contains(&public.origin().host().to_owned())
                .then(|| public.origin().host().to_owned())
        })
        .or_else(|| domains.first().cloned())
        .unwrap_or_default();
    if port == 443 {
        format!("https://{name}")
    } else {
        format!("https://{name}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_are_redirected_to() {
        let public = PublicUrl::parse("https://b.example").unwrap();
        let domains = ["a.example".to_owned(), "b.example".to_owned()];
        let to = |asked| target(&public, &domains, asked);
        assert_eq!(to(Some("A.example:80")), "https://a.example");
        assert_eq!(to(Some("evil.example")), "https://b.example");
        assert_eq!(to(None), "https://b.example");
        let other = PublicUrl::parse("https://127.0.0.1:8443").unwrap();
        assert_eq!(target(&other, &domains, None), "https://a.example:8443");
    }
}
