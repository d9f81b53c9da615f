//! How sessions go, by their agents' word: delays, and what was copied. In memory while a session lives, in its row from the next
//! thing on that is written of it.

use farol_protocol::link::{Copied, SessionFigures as Said, Spread};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::told::own_session;
use crate::ctx::Ctx;
use crate::ids::MachineId;

/// The biggest number that every reader of JSON keeps as it is; an agent's word has no limit.
const COUNT_MAX: u64 = (1 << 53) - 1;

/// How a session went, and what was copied in it, by its agent's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionFigures {
    /// Pictures that the viewer drew.
    pub pictures: u64,
    /// From when a picture was made until the agent knew that the viewer had drawn it; `null` without any picture.
    pub picture_delay: Option<Delay>,
    /// To the viewer and back; `null` when it was not measured.
    pub round_trip: Option<Delay>,
    /// What was copied on the machine and went to the viewer.
    pub copied_to_viewer: CopiedTexts,
    /// What was copied at the viewer and went to the machine.
    pub copied_to_agent: CopiedTexts,
}

/// How times are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delay {
    /// The middle one, microseconds.
    pub p50_us: u32,
    /// 95 of 100 are no longer, microseconds.
    pub p95_us: u32,
}

/// Copied things that went over the clipboard channel. What they were is nobody's business here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopiedTexts {
    /// How many.
    pub times: u32,
    /// The bytes of them that did.
    pub bytes: u64,
}

impl SessionFigures {
    fn of(said: &Said) -> Self {
        Self {
            pictures: said.pictures.min(COUNT_MAX),
            picture_delay: Delay::of(said.picture),
            round_trip: Delay::of(said.round_trip),
            copied_to_viewer: CopiedTexts::of(said.copied_to_viewer),
            copied_to_agent: CopiedTexts::of(said.copied_to_agent),
        }
    }
}

impl SessionFigures {
    /// As they stand in a row; rows are written by this program, and what an older one wrote may say nothing.
    pub(super) fn of_row(kept: serde_json::Value) -> Option<Self> {
        serde_json::from_value(kept).ok()
    }
}

impl Delay {
    fn of(said: Spread) -> Option<Self> {
        let Spread { p50_us, p95_us } = said;
        (p95_us > 0).then_some(Self { p50_us, p95_us })
    }
}

impl CopiedTexts {
    fn of(said: Copied) -> Self {
        Self {
            times: said.times,
            bytes: said.bytes.min(COUNT_MAX),
        }
    }
}

/// An agent says how a session goes.
pub fn figures(ctx: &Ctx, machine: MachineId, said: &Said) {
    if let Some(session) = own_session(ctx, machine, said.session) {
        let figures = SessionFigures::of(said);
        session
            .shared
            .status
            .send_modify(|status| status.figures = Some(figures));
    }
}
