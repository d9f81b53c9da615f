//! How an ACME authority is reached: https only, one connection for each request, everything bounded.

use std::error::Error as StdError;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::uri::Scheme;
use axum::http::{HeaderValue, Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};

use super::super::TlsError;
use crate::outbound::{Client, Limits, Unanswered};

/// A chain of certificates is a few KiB.
const LIMITS: Limits = Limits {
    within: Duration::from_secs(30),
    answer: 256 * 1024,
};

type BoxError = Box<dyn StdError + Send + Sync>;

/// The way to an authority. Cloning shares it.
#[derive(Clone)]
pub(super) struct Http {
    client: Client,
    retry_after: Arc<Mutex<Option<Duration>>>,
}

impl Http {
    /// Trusts the public authorities and those of `ca_file`.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let client = Client::new(ca_file).map_err(|error| match &error {
            Unanswered::Authorities { path, reason } => TlsError::file(Path::new(path), reason),
            other => TlsError::file(ca_file.unwrap_or(Path::new("")), other),
        })?;
        Ok(Self {
            client,
            retry_after: Arc::default(),
        })
    }

    /// What the last answer that was an error said of when to come back.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        *self.retry_after.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, request: Request<BodyWrapper<Bytes>>) -> Result<Response<Full<Bytes>>, BoxError> {
        if request.uri().scheme() != Some(&Scheme::HTTPS) {
            return Err("the authority named an address that does not start with https://".into());
        }
        let (parts, body) = request.into_parts();
        let body = Full::new(body.collect().await?.to_bytes());
        let response = self.client.send(Request::from_parts(parts, body), LIMITS).await?;
        if response.status().is_client_error() || response.status().is_server_error() {
            let asked = response.headers().get(RETRY_AFTER).and_then(seconds);
            *self.retry_after.lock().unwrap_or_else(PoisonError::into_inner) = asked;
        }
        Ok(response.map(Full::new))
    }
}

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let http = self.clone();
        Box::pin(async move {
            let uri = request.uri().to_string();
            match http.send(request).await {
                Ok(response) => Ok(BytesResponse::from(response)),
                Err(error) => Err(Error::Other(format!("{uri}: {error}").into())),
            }
        })
    }
}

/// Seconds, or a date: the date form is rare and then our own pause must do.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
