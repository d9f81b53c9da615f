//! One request to a receiver, and what came of it.

use std::time::{Duration, Instant};

use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::Full;

use super::failure::{Failure, FailureCode};
use super::secret::{Secret, signature};
use super::{backoff, client, store};
use crate::VERSION;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::outbound::{Guard, Limits};
use crate::store::entities::webhook::Model;

/// Bytes of an answer that are kept, for people to read.
const ANSWER_MAX: usize = 1024;
/// A receiver takes an event and works on it later; Standard Webhooks suggests 15 to 30 seconds.
const LIMITS: Limits = Limits {
    within: Duration::from_secs(15),
    answer: ANSWER_MAX,
};

/// What is sent.
pub(super) struct Message<'a> {
    /// The same in every attempt.
    pub(super) id: &'a str,
    /// JSON.
    pub(super) payload: &'a str,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Outcome {
    /// When it began.
    pub(super) at: Timestamp,
    /// How long it took.
    pub(super) took: Duration,
    /// What was answered, if something was.
    pub(super) status: Option<StatusCode>,
    /// None when the event was taken.
    pub(super) failure: Option<Failure>,
    /// The beginning of the answer.
    pub(super) answer: Option<String>,
    /// How long the receiver asks to be left alone.
    pub(super) retry_after: Option<Duration>,
}

/// Tells a receiver. Cancel safe: the connection goes with the future, and whether the receiver took it is not known then.
pub(super) async fn send(ctx: &Ctx, webhook: &Model, message: Message<'_>) -> Outcome {
    let (at, began) = (ctx.clock.now(), Instant::now());
    let answered = ask(ctx, webhook, message, at).await;
    let took = began.elapsed();
    let mut outcome = Outcome {
        at,
        took,
        status: None,
        failure: None,
        answer: None,
        retry_after: None,
    };
    match answered {
        Ok(response) => {
            let status = response.status();
            outcome.status = Some(status);
            outcome.failure = judged(status);
            outcome.answer = Some(readable(response.body())).filter(|text| !text.is_empty());
            if outcome.failure.is_some() {
                outcome.retry_after = backoff::asked(response.headers(), ctx.clock.now());
            }
        }
        Err(failure) => outcome.failure = Some(failure),
    }
    outcome
}

async fn ask(
    ctx: &Ctx,
    webhook: &Model,
    message: Message<'_>,
    now: Timestamp,
) -> Result<Response<Bytes>, Failure> {
    let not_ready = |error: Error| {
        tracing::error!(webhook = %webhook.id, %error, "an event cannot be signed");
        let detail =
            "What the server keeps sealed for this webhook cannot be used; the server's log has the reason.";
        Failure::new(FailureCode::NotReady, detail)
    };
    let secrets = secrets(ctx, webhook, now).map_err(not_ready)?;
    let request = signed(webhook, &secrets, message, now).map_err(not_ready)?;
    let client = client(ctx)?;
    let guard = Guard::new(&ctx.config.webhooks.networks);
    Ok(client.send_guarded(request, LIMITS, &guard).await?)
}

/// The secret, and the one before it while that signs.
fn secrets(ctx: &Ctx, webhook: &Model, now: Timestamp) -> Result<Vec<Secret>> {
    let row = webhook.id.to_string();
    let present = ctx
        .sealed
        .open(store::secret_place(&row), &webhook.sealed_secret)?;
    let mut secrets = vec![Secret::of_bytes(present)];
    if let (Some(previous), Some(until)) = (&webhook.sealed_previous, webhook.previous_until)
        && until > now
    {
        let previous = ctx.sealed.open(store::previous_place(&row), previous)?;
        secrets.push(Secret::of_bytes(previous));
    }
    Ok(secrets)
}

fn signed(
    webhook: &Model,
    secrets: &[Secret],
    message: Message<'_>,
    now: Timestamp,
) -> Result<Request<Full<Bytes>>> {
    let seconds = now.0.div_euclid(1000);
    let signature = signature(secrets, (message.id, seconds), message.payload)?;
    Request::post(&webhook.url)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, format!("Farol/{VERSION}"))
        .header("webhook-id", message.id)
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", signature)
        .body(Full::new(Bytes::copy_from_slice(message.payload.as_bytes())))
        .map_err(Error::internal)
}

fn judged(status: StatusCode) -> Option<Failure> {
    let (code, what) = if status.is_success() {
        return None;
    } else if status == StatusCode::GONE {
        (FailureCode::Gone, "that it is gone, so the webhook was disabled")
    } else if status.is_redirection() {
        (
            FailureCode::Redirected,
            "to go elsewhere, which webhooks do not; enter the other address",
        )
    } else {
        (FailureCode::NotTaken, "that it did not take the event")
    };
    Some(Failure::new(
        code,
        format!("The receiver says {what} (HTTP {}).", status.as_u16()),
    ))
}

/// What a stranger said, for people to read: no bytes that are no text, nothing that deceives.
fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let letter = |letter: char| match letter {
        '\n' | '\t' => Some(letter),
        '\r' => None,
        _ if farol_protocol::text::is_deceptive(letter) => Some(char::REPLACEMENT_CHARACTER),
        _ => Some(letter),
    };
    text.chars()
        .filter_map(letter)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_2xx_is_yes() {
        let code = |status: u16| judged(StatusCode::from_u16(status).unwrap()).map(|failure| failure.code);
        assert_eq!((code(200), code(204), code(299)), (None, None, None));
        assert_eq!(code(302), Some(FailureCode::Redirected));
        assert_eq!(code(410), Some(FailureCode::Gone));
        for status in [100, 400, 404, 429, 500, 503] {
            assert_eq!(code(status), Some(FailureCode::NotTaken), "{status}");
        }
    }

    #[test]
    fn what_a_receiver_says_can_be_read() {
        assert_eq!(
            readable(b" no\r\n\tsuch \x1b[31mthing\0 "),
            "no\n\tsuch \u{fffd}[31mthing\u{fffd}"
        );
        assert_eq!(readable(&[0xff, b'a']), "\u{fffd}a");
        assert_eq!(readable("a\u{202e}b".as_bytes()), "a\u{fffd}b");
    }
}
