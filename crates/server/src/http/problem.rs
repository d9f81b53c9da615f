//! Errors as answers: the one conversion from [`Error`] to `application/problem+json` (RFC 9457).
//!
//! A handler's error becomes an empty answer that carries a [`Draft`]; the outermost layer (`request.rs`) writes the body
//! when it knows the request id. Answers of libraries without a body of ours (404, 405, 408, 413) get one there too.

use std::any::Any;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Code, Error, FieldError};
use crate::ids::RequestId;
use crate::sessions::SessionEnding;

/// Media type of problems.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// What is wrong, for programs (`code`) and people (`detail`).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A URI for the kind of problem: `urn:farol:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short name of the kind; the same for every problem with this code.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: Code,
    /// What is wrong this time and what to do: a full sentence.
    pub detail: String,
    /// The same id as in the header `X-Request-Id` and in the server's log.
    pub request_id: RequestId,
    /// Wrong fields of the request, with `validation_failed`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// How the session ended, with `session_over`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub end: Option<SessionEnding>,
}

/// A problem before the request id is known; travels in the answer's extensions.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) code: Code,
    detail: String,
    errors: Vec<FieldError>,
    end: Option<Box<SessionEnding>>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let code = self.code();
        let status = match &self {
            // A block is in the way of a technician's wish, but it shuts the machine itself out.
            Self::Refused {
                code: Code::MachineBlocked,
                ..
            } => StatusCode::FORBIDDEN,
            _ => status(code),
        };
        let mut response = status.into_response();
        if let Self::TooMany {
            retry_after: Some(wait),
            ..
        } = &self
        {
            response.headers_mut().insert(RETRY_AFTER, seconds(*wait));
        }
        log(&self);
        response.extensions_mut().insert(Draft {
            code,
            detail: sentence(&self),
            end: ending(&self),
            errors: fields(self),
        });
        response
    }
}

/// What the administrator should know and the caller must not.
fn log(error: &Error) {
    match error {
        Error::Internal(source) => tracing::error!(error = %source, "request failed"),
        Error::Unavailable {
            code,
            source: Some(source),
            ..
        } => {
            tracing::error!(code = code.as_str(), error = %source, "request could not be served");
        }
        _ => {}
    }
}

fn sentence(error: &Error) -> String {
    match error {
        Error::NotFound(what) => format!("There is no such {what}, or you may not see it."),
        Error::Version { required: true } => "Send the version you have seen in the header If-Match.".into(),
        Error::Version { required: false } => {
            "Somebody else changed this in the meantime. Look at the present state, then try again.".into()
        }
        Error::Invalid(errors) => match errors.as_slice() {
            [only] => only.detail.clone(),
            _ => "Some fields are not right.".into(),
        },
        Error::Internal(_) => {
            "Something went wrong inside the server. Its log has the details under this request id.".into()
        }
        other => other.to_string(),
    }
}

fn fields(error: Error) -> Vec<FieldError> {
    match error {
        Error::Invalid(errors) => errors,
        _ => Vec::new(),
    }
}

fn ending(error: &Error) -> Option<Box<SessionEnding>> {
    match error {
        Error::SessionOver { end, .. } => Some(end.clone()),
        _ => None,
    }
}

/// Whole seconds, rounded up, so that a caller who waits exactly that long is not early.
pub(super) fn seconds(wait: Duration) -> HeaderValue {
    HeaderValue::from(
        wait.as_millis()
            .div_ceil(1000)
            .try_into()
            .unwrap_or(u64::MAX)
            .max(1),
    )
}

/// The status with which a code is answered.
pub(crate) fn status(code: Code) -> StatusCode {
    match code {
        Code::NotSignedIn
        | Code::InvalidCredentials
        | Code::SecondFactorWrong
        | Code::RecoveryCodeUsed
        | Code::PasskeyUnknown
        | Code::PasskeyInvalid
        | Code::PasskeyCloned
        | Code::MachineTokenInvalid
        | Code::MachineTokenExpired
        | Code::MachineTokenRevoked
        | Code::MachineLoginMissing
        | Code::ApiTokenInvalid
        | Code::ApiTokenExpired
        | Code::ApiTokenRevoked
        | Code::GuestKeyInvalid => StatusCode::UNAUTHORIZED,
        Code::LinkInvalid
        | Code::InvitationEnded
        | Code::AccountDisabled
        | Code::SignInOver
        | Code::StepUpRequired
        | Code::SecondFactorRequired
        | Code::SignInUnknown
        | Code::SignInUsed
        | Code::SignInExpired
        | Code::SignInElsewhere
        | Code::ProviderUnknown
        | Code::ProviderRefused
        | Code::ProviderNotRight
        | Code::IssuerMismatch
        | Code::NonceMismatch
        | Code::IdentityTokenInvalid
        | Code::AccountMissing
        | Code::AccountLimitReached
        | Code::EmailDomainRefused
        | Code::EmailNotVerified
        | Code::EmailTaken
        | Code::IdentityTaken
        | Code::EnrollmentTokenInvalid
        | Code::EnrollmentNetworkRefused
        | Code::EnrollmentRefused
        | Code::KeyNotProved
        | Code::ProvisioningSecretInvalid
        | Code::InsufficientScope
        | Code::LoginRequired
        | Code::Forbidden
        | Code::AccessNever
        | Code::CrossSite
        | Code::EncryptionRequired
        | Code::ProxyNotTrusted => StatusCode::FORBIDDEN,
        Code::NotFound | Code::CodeUnknown | Code::InvitationNotValid => StatusCode::NOT_FOUND,
        Code::SessionOver => StatusCode::GONE,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::MachineOffline
        | Code::CapabilityMissing
        | Code::PasskeysUnavailable
        | Code::AlreadyEnrolled
        | Code::KeyRetired
        | Code::MachineBlocked
        | Code::BothOnline
        | Code::MergeFinal
        | Code::AccessRuleExists
        | Code::AccessRulesFull
        | Code::SiteInUse
        | Code::OrganizationInUse
        | Code::Archived
        | Code::SecondFactorLast
        | Code::IdentityLast
        | Code::LastOwner
        | Code::RoleInUse
        | Code::Taken
        | Code::MailNotSetUp
        | Code::IdempotencyKeyInUse
        | Code::Conflict => StatusCode::CONFLICT,
        Code::VersionMismatch => StatusCode::PRECONDITION_FAILED,
        Code::VersionRequired => StatusCode::PRECONDITION_REQUIRED,
        Code::Malformed | Code::TwoCredentials => StatusCode::BAD_REQUEST,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::ValidationFailed | Code::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        Code::TooManyRequests
        | Code::TooManyAttempts
        | Code::TooManySessions
        | Code::TooManySupportCodes
        | Code::TooManyInvitations
        | Code::MailOutboxFull
        | Code::QuarantineFull => StatusCode::TOO_MANY_REQUESTS,
        Code::StorageFull
        | Code::StorageBusy
        | Code::StorageUnavailable
        | Code::SecretsUnavailable
        | Code::CertificateUnavailable
        | Code::ShuttingDown
        | Code::ProviderUnreachable
        | Code::MachineRoutesOff => StatusCode::SERVICE_UNAVAILABLE,
        Code::TimedOut => StatusCode::REQUEST_TIMEOUT,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[allow(clippy::too_many_lines, reason = "one line for each code")]
fn title(code: Code) -> &'static str {
    match code {
        Code::NotSignedIn => "Not signed in",
        Code::InvalidCredentials => "Wrong e-mail or password",
        Code::SecondFactorWrong => "Wrong code",
        Code::RecoveryCodeUsed => "Recovery code used before",
        Code::PasskeyUnknown => "Passkey not known",
        Code::PasskeyInvalid => "Passkey not proved",
        Code::PasskeyCloned => "Passkey copied",
        Code::SignInOver => "Took too long",
        Code::StepUpRequired => "Prove that it is you",
        Code::SecondFactorRequired => "Second factor required",
        Code::SecondFactorLast => "Last second factor",
        Code::PasskeysUnavailable => "Passkeys do not work here",
        Code::SignInUnknown => "Sign-in not known",
        Code::SignInUsed => "Sign-in used already",
        Code::SignInExpired => "Sign-in expired",
        Code::SignInElsewhere => "Sign-in of another browser",
        Code::ProviderUnknown => "Identity provider not known",
        Code::ProviderRefused => "Refused by the identity provider",
        Code::ProviderUnreachable => "Identity provider not reachable",
        Code::ProviderNotRight => "Identity provider not set up right",
        Code::IssuerMismatch => "Another issuer answered",
        Code::NonceMismatch => "Identity token of another sign-in",
        Code::IdentityTokenInvalid => "Identity token not valid",
        Code::AccountMissing => "No account",
        Code::AccountLimitReached => "Limit of accounts reached",
        Code::EmailDomainRefused => "E-mail domain not allowed",
        Code::EmailNotVerified => "E-mail not verified",
        Code::EmailTaken => "E-mail has an account",
        Code::IdentityTaken => "Connected otherwise",
        Code::IdentityLast => "The only way in",
        Code::LinkInvalid => "Link not valid",
        Code::InvitationEnded => "Invitation over",
        Code::AccountDisabled => "Account disabled",
        Code::EnrollmentTokenInvalid => "Enrollment token not valid",
        Code::CodeUnknown => "Support code not valid",
        Code::InvitationNotValid => "Invitation not valid",
        Code::GuestKeyInvalid => "Guest key not valid",
        Code::ApiTokenInvalid => "API token not valid",
        Code::ApiTokenExpired => "API token expired",
        Code::ApiTokenRevoked => "API token revoked",
        Code::InsufficientScope => "Not allowed with this API token",
        Code::LoginRequired => "Takes a login",
        Code::TwoCredentials => "Two credentials",
        Code::Forbidden => "Not allowed",
        Code::EncryptionRequired => "Encryption required",
        Code::ProxyNotTrusted => "Proxy not trusted",
        Code::CrossSite => "Sent by another site",
        Code::NotFound => "Not found",
        Code::MethodNotAllowed => "Method not allowed",
        Code::MachineOffline => "Machine offline",
        Code::CapabilityMissing => "Capability missing",
        Code::AccessNever => "Never allowed here",
        Code::SessionOver => "Session is over",
        Code::AlreadyEnrolled => "Already enrolled",
        Code::EnrollmentNetworkRefused => "Enrollment not allowed from here",
        Code::EnrollmentRefused => "Enrollment refused",
        Code::KeyNotProved => "Machine key not proved",
        Code::KeyRetired => "Machine key retired",
        Code::QuarantineFull => "Too many newcomers wait",
        Code::AccessRuleExists => "There is such a rule already",
        Code::AccessRulesFull => "Too many access rules",
        Code::SiteInUse => "Site in use",
        Code::OrganizationInUse => "Organization in use",
        Code::Archived => "Archived",
        Code::LastOwner => "Last owner of the server",
        Code::RoleInUse => "Role in use",
        Code::MachineBlocked => "Machine blocked",
        Code::MachineRoutesOff => "Machine routes are off",
        Code::ProvisioningSecretInvalid => "Provisioning secret not valid",
        Code::MachineTokenInvalid => "Machine token not valid",
        Code::MachineTokenExpired => "Machine token expired",
        Code::MachineTokenRevoked => "Machine token revoked",
        Code::MachineLoginMissing => "Not signed in from the machine",
        Code::BothOnline => "Both machines are online",
        Code::MergeFinal => "Merge is final",
        Code::Taken => "Taken already",
        Code::VersionMismatch => "Changed in the meantime",
        Code::VersionRequired => "Version required",
        Code::MailNotSetUp => "E-mail not set up",
        Code::MailOutboxFull => "Too much e-mail waits",
        Code::IdempotencyKeyInUse => "Idempotency key in use",
        Code::IdempotencyKeyReused => "Idempotency key used before",
        Code::Conflict => "Conflict",
        Code::Malformed => "Request cannot be read",
        Code::TooLarge => "Too large",
        Code::UnsupportedMediaType => "Unsupported type of content",
        Code::ValidationFailed => "Fields are not right",
        Code::TooManyRequests => "Too many requests",
        Code::TooManyAttempts => "Too many attempts",
        Code::TooManySessions => "Too many sessions",
        Code::TooManySupportCodes => "Too many support codes",
        Code::TooManyInvitations => "Too many invitations",
        Code::StorageFull => "Storage full",
        Code::StorageBusy => "Storage busy",
        Code::StorageUnavailable => "Storage unavailable",
        Code::SecretsUnavailable => "Secrets unavailable",
        Code::CertificateUnavailable => "No valid certificate",
        Code::ShuttingDown => "Server is stopping",
        Code::TimedOut => "Timed out",
        Code::Internal => "Internal error",
    }
}

/// Gives an answer that reports an error its body.
pub(super) fn complete(response: Response, request_id: RequestId) -> Response {
    let Some(draft) = response
        .extensions()
        .get::<Draft>()
        .cloned()
        .or_else(|| foreign(&response))
    else {
        return response;
    };
    let problem = Problem {
        kind: format!("urn:farol:problem:{}", draft.code.as_str()),
        title: title(draft.code),
        status: response.status().as_u16(),
        code: draft.code,
        detail: draft.detail,
        request_id,
        errors: draft.errors,
        end: draft.end.map(|end| *end),
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    // The type has no map keys or floats, so this cannot fail; an empty body would still be a valid answer.
    Response::from_parts(
        parts,
        Body::from(serde_json::to_vec(&problem).unwrap_or_default()),
    )
}

/// Errors that libraries answered by themselves. A page for people is ours, and so is a problem that has its body already.
fn foreign(response: &Response) -> Option<Draft> {
    let kind = response.headers().get(CONTENT_TYPE);
    let is_ours = |kind: &HeaderValue| kind == PROBLEM_JSON || kind.as_bytes().starts_with(b"text/html");
    if kind.is_some_and(is_ours) {
        return None;
    }
    let (code, detail) = match response.status() {
        StatusCode::BAD_REQUEST => (Code::Malformed, "The request cannot be read."),
        StatusCode::REQUEST_TIMEOUT => (Code::TimedOut, "The server did not finish in time. Try again."),
        StatusCode::PAYLOAD_TOO_LARGE => (Code::TooLarge, "The body is too large."),
        StatusCode::UPGRADE_REQUIRED => (Code::Malformed, "This address speaks WebSocket only."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            Code::UnsupportedMediaType,
            "The body has another type than expected.",
        ),
        StatusCode::UNPROCESSABLE_ENTITY => (Code::ValidationFailed, "The request is not right."),
        status if status.is_server_error() => (Code::Internal, "Something went wrong inside the server."),
        _ => return None,
    };
    Some(Draft {
        code,
        detail: detail.into(),
        errors: Vec::new(),
        end: None,
    })
}

pub(super) async fn unknown_method() -> Response {
    let detail = "This address does not take that method.".into();
    Error::Malformed {
        code: Code::MethodNotAllowed,
        detail,
    }
    .into_response()
}

/// A panic in a handler is a fault of ours; the request gets an answer and everybody else goes on.
#[allow(clippy::needless_pass_by_value, reason = "the layer asks for this signature")]
pub(super) fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic without text".into());
    Error::internal(text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_in_json_is_the_code_in_the_type() {
        for code in [
            Code::NotSignedIn,
            Code::StorageFull,
            Code::TooManyAttempts,
            Code::Internal,
        ] {
            assert_eq!(
                serde_json::to_string(&code).unwrap(),
                format!("\"{}\"", code.as_str())
            );
        }
    }

    #[test]
    fn waiting_times_are_rounded_up() {
        assert_eq!(seconds(Duration::from_millis(1_001)), "2");
        assert_eq!(seconds(Duration::ZERO), "1");
    }
}
