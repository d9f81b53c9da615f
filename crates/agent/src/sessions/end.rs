//! How sessions end, and what the server is told of it.

use farol_protocol::ProtocolError;
use farol_protocol::ids::SessionId;
use farol_protocol::link::SessionEnd;
use farol_protocol::pipe::{CloseCode, Closed};

/// Why a session ended.
#[derive(Debug)]
pub(super) enum End {
    /// The person at the machine did not agree; the answer says so.
    NotAgreed,
    /// The server ended it, and knows why.
    ByServer,
    /// The person at the machine ended it.
    ByEndUser,
    /// The viewer closed its pipe.
    ViewerClosed(Closed),
    /// The viewer broke the protocol.
    Violation(ProtocolError),
    /// Nobody came back.
    Expired,
    /// Nobody proved to be the viewer.
    HandshakeFailed,
    /// The agent stops.
    AgentStops,
    /// The agent could not take part.
    Failed(String),
}

impl End {
    /// How the viewer is told, if it still can be told.
    pub(super) fn farewell(&self) -> (CloseCode, &'static str) {
        match self {
            Self::AgentStops => (CloseCode::ShuttingDown, "the agent stops"),
            Self::ByEndUser => (CloseCode::EndUser, "the person at the machine ended it"),
            Self::Failed(_) => (CloseCode::Internal, "the agent failed"),
            _ => (CloseCode::Done, "session ended"),
        }
    }

    /// Turns the end into a log line and, where the server cannot know, a message.
    pub(super) fn report(&self, session: SessionId, by: String) -> Option<SessionEnd> {
        let (code, detail) = match self {
            Self::ByServer | Self::NotAgreed => {
                tracing::info!("session ended");
                return None;
            }
            Self::ByEndUser => ("end_user_ended", String::new()),
            Self::ViewerClosed(Closed {
                code: CloseCode::Done,
                text,
            }) => ("technician_ended", text.clone()),
            Self::ViewerClosed(Closed {
                code: CloseCode::ProtocolViolation,
                text,
            }) => ("protocol_violation", format!("the viewer objected: {text}")),
            Self::ViewerClosed(closed) => ("viewer_lost", format!("{}: {}", closed.code.code(), closed.text)),
            Self::Violation(error) => ("protocol_violation", error.to_string()),
            Self::Expired => ("expired", "nobody came back into the session".into()),
            Self::HandshakeFailed => ("handshake_failed", "nobody proved to be the viewer".into()),
            Self::AgentStops => ("agent_lost", "the agent was stopped".into()),
            Self::Failed(detail) => ("agent_lost", detail.clone()),
        };
        tracing::info!(code, detail, by, "session ended");
        Some(SessionEnd {
            session,
            code: code.into(),
            detail,
            by,
        })
    }
}
