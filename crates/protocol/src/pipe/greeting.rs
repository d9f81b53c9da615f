//! What the two handshake messages of a connection say, checked: which pipe, which channels, where each end stopped
//! receiving. Not here: how they are sealed (`noise.rs`), what follows from them (`core.rs`).

use prost::Message;

use super::control::{channel_set, data_channel, numbers};
use super::{Channel, ChannelSet};
use crate::ProtocolError;
use crate::limits::CHANNELS_MAX;
use crate::wire::{self, pipe as proto};

/// Names a pipe through all of its connections: random, chosen by its viewer.
pub type PipeId = [u8; 16];

/// What one end has of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    /// The next packet it expects.
    pub(super) next_seq: u32,
    /// All the credit it has returned so far.
    pub(super) credited: u64,
}

/// What one end has of each data channel, in the order of [`Channel::DATA`].
pub(super) type AllProgress = [Progress; Channel::DATA.len()];

/// The viewer's payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) pipe: PipeId,
    pub(super) channels: ChannelSet,
    /// `None` when it begins.
    pub(super) progress: Option<AllProgress>,
}

/// The agent's payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accept {
    pub(super) channels: ChannelSet,
    /// `None` when both begin anew.
    pub(super) progress: Option<AllProgress>,
}

impl Hello {
    pub(super) fn encode(&self) -> Vec<u8> {
        proto::PipeHello {
            pipe_id: self.pipe.to_vec(),
            channels: numbers(self.channels),
            progress: to_wire(self.progress.as_ref()),
        }
        .encode_to_vec()
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let said: proto::PipeHello = wire::decode(bytes, "pipe hello")?;
        Ok(Self {
            pipe: said
                .pipe_id
                .as_slice()
                .try_into()
                .map_err(|_| ProtocolError::Malformed("pipe hello"))?,
            channels: channel_set(&said.channels)?,
            progress: from_wire(&said.progress)?,
        })
    }
}

impl Accept {
    pub(super) fn encode(&self) -> Vec<u8> {
        proto::PipeAccept {
            channels: numbers(self.channels),
            progress: to_wire(self.progress.as_ref()),
        }
        .encode_to_vec()
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let said: proto::PipeAccept = wire::decode(bytes, "pipe accept")?;
        Ok(Self {
            channels: channel_set(&said.channels)?,
            progress: from_wire(&said.progress)?,
        })
    }
}

fn to_wire(progress: Option<&AllProgress>) -> Vec<proto::Progress> {
    let all = progress.into_iter().flatten().zip(Channel::DATA);
    all.map(|(progress, channel)| proto::Progress {
        channel: channel.number().into(),
        next_seq: progress.next_seq,
        credited: progress.credited,
    })
    .collect()
}

/// All data channels of this version have to be there: what was never used stands at the beginning.
fn from_wire(said: &[proto::Progress]) -> Result<Option<AllProgress>, ProtocolError> {
    if said.is_empty() {
        return Ok(None);
    }
    if said.len() > CHANNELS_MAX {
        return Err(ProtocolError::TooBig("progress"));
    }
    let mut all = [None; Channel::DATA.len()];
    for progress in said {
        let channel = data_channel(progress.channel)?;
        let place = Channel::DATA
            .iter()
            .zip(&mut all)
            .find(|(known, _)| **known == channel);
        if let Some((_, place)) = place {
            *place = Some(Progress {
                next_seq: progress.next_seq,
                credited: progress.credited,
            });
        }
    }
    let [Some(first), Some(second), Some(third), Some(fourth)] = all else {
        return Err(ProtocolError::Malformed("progress"));
    };
    Ok(Some([first, second, third, fourth]))
}
