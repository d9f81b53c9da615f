//! Extractors like axum's whose refusals are [`Error`]s, so that every answer is problem+json with a sentence.

use axum::extract::rejection::{FormRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Code, Error};

/// A JSON body, in and out.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(refused_body(&rejection)),
        }
    }
}

fn refused_body(rejection: &JsonRejection) -> Error {
    let (code, detail) = match rejection {
        JsonRejection::MissingJsonContentType(_) => (
            Code::UnsupportedMediaType,
            "Send JSON with the header Content-Type: application/json.".into(),
        ),
        _ if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => (
            Code::TooLarge,
            format!("The body may have at most {} bytes.", super::BODY_MAX),
        ),
        _ => (
            Code::Malformed,
            format!(
                "The body cannot be read: {}.",
                without_value(&rejection.body_text())
            ),
        ),
    };
    Error::Malformed { code, detail }
}

/// The parser's message without the value that it complains about: what was sent in the wrong place may be a password, and
/// error texts end up in logs of programs and in screenshots.
fn without_value(message: &str) -> String {
    const PATH: &str = " target type: ";
    const VALUES: [(&str, &str); 3] = [
        ("string \"", "a string"),
        ("unknown field `", "unknown field"),
        ("unknown variant `", "unknown value"),
    ];
    let found = VALUES
        .iter()
        .filter_map(|(before, instead)| Some((message.find(before)?, instead)))
        .min();
    let Some((mut start, instead)) = found else {
        return message.to_owned();
    };
    // An unknown field is named twice: its path stands in front.
    if *instead == "unknown field" {
        start = message.find(PATH).map_or(start, |at| at + PATH.len());
    }
    // The last one: the value may contain these words as well.
    let end = message.rfind(", expected").filter(|end| *end > start);
    format!(
        "{}{instead}{}",
        &message[..start],
        end.map_or("", |end| &message[end..])
    )
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// What a form of a page sends.
#[derive(Debug, Clone, Copy)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(value)) => Ok(Self(value)),
            Err(FormRejection::InvalidFormContentType(_)) => Err(Error::Malformed {
                code: Code::UnsupportedMediaType,
                detail: "Send a form with the header Content-Type: application/x-www-form-urlencoded.".into(),
            }),
            // Its text may repeat what was sent.
            Err(_) => Err(Error::malformed(
                "The form cannot be read: fields are missing or twice.",
            )),
        }
    }
}

/// Parameters behind `?`.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let refused = |error: QueryRejection| {
            Error::malformed(format!("The address cannot be read: {}.", error.body_text()))
        };
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|query| Self(query.0))
            .map_err(refused)
    }
}

/// Parameters inside the path. What is not even an identifier names nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let refused = |_: PathRejection| Error::NotFound("thing");
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|path| Self(path.0))
            .map_err(refused)
    }
}

/// What stands behind `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read into")]
    struct Form {
        number: u32,
        choice: Choice,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        One,
        Two,
    }

    #[test]
    fn messages_say_what_is_wrong_without_the_value() {
        let named = "JSON body into the target type: my secret: unknown field `my secret`, expected `a`";
        assert_eq!(
            without_value(named),
            "JSON body into the target type: unknown field, expected `a`"
        );
        for body in [
            r#""my secret""#,
            r#"{"number": "my secret"}"#,
            r#"{"number": "my secret\", expected nothing `"}"#,
            r#"{"choice": "my secret"}"#,
            r#"{"my secret": 1}"#,
        ] {
            let message = serde_json::from_str::<Form>(body).unwrap_err().to_string();
            assert!(message.contains("my secret"), "{message}");
            let shown = without_value(&message);
            assert!(!shown.contains("secret"), "{shown}");
            assert!(shown.contains("expected"), "{shown}");
        }
        let plain = serde_json::from_str::<Form>("{").unwrap_err().to_string();
        assert_eq!(without_value(&plain), plain);
    }
}
