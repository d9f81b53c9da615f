//! Extractors like axum's whose refusals are [`Error`]s, so that every answer is problem+json with a sentence.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
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
            format!("The body cannot be read: {}.", rejection.body_text()),
        ),
    };
    Error::Malformed { code, detail }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
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
