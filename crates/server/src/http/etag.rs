//! Versions of mutable objects: `ETag` on the way out, `If-Match` on the way in.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};

use crate::error::{Error, Result};

/// The version of an object, a counter in its row, as header `ETag: "7"` and as text in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ETag(pub i64);

impl std::fmt::Display for ETag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

impl serde::Serialize for ETag {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl IntoResponseParts for ETag {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        const NAME: HeaderName = ETAG;
        if let Ok(value) = HeaderValue::from_str(&self.to_string()) {
            response.headers_mut().insert(NAME, value);
        }
        Ok(response)
    }
}

/// What the caller believes the version to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Option<String>);

impl IfMatch {
    /// For rules that are called without a request: the `etag` of the object as it was read.
    #[must_use]
    pub fn seen(etag: &str) -> Self {
        Self(Some(etag.to_owned()))
    }

    /// Accepts the present version, or `*`.
    ///
    /// # Errors
    /// [`Error::Version`]: the header is missing, or names another version.
    pub fn require(&self, current: ETag) -> Result<()> {
        let Some(wanted) = &self.0 else {
            return Err(Error::Version { required: true });
        };
        let current = current.to_string();
        let matches = wanted
            .split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag == current);
        if matches {
            Ok(())
        } else {
            Err(Error::Version { required: false })
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let text = parts.headers.get(IF_MATCH).and_then(|value| value.to_str().ok());
        Ok(Self(text.map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_must_match() {
        let tag = ETag(7);
        assert!(IfMatch(Some("\"7\"".into())).require(tag).is_ok());
        assert!(IfMatch(Some("\"6\", \"7\"".into())).require(tag).is_ok());
        assert!(IfMatch(Some("*".into())).require(tag).is_ok());
        assert!(matches!(
            IfMatch(Some("\"6\"".into())).require(tag),
            Err(Error::Version { required: false })
        ));
        assert!(matches!(
            IfMatch(None).require(tag),
            Err(Error::Version { required: true })
        ));
    }
}
