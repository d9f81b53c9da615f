//! [`ForgedLink`]: the agent's end of a link written a second time, from `link.proto` alone, for saying what our agent's end
//! never says: texts of any length, other people's keys, messages in another order, changed or repeated.
//!
//! Does not live here: the agent's real end (`farol_protocol::link`), which [`crate::LinkEnd`] drives.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use anyhow::{Context, bail, ensure};
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use farol_protocol::identity::{LinkTranscript, MachineKey, MachinePublicKey};
use farol_protocol::link::VERSION;
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::agent::LINK;
use crate::{Enrolled, RawSocket};

/// Messages of `link.proto` by hand: a message is its fields one after the other.
pub mod wire {
    use anyhow::{Context, bail};

    /// A field that is a text, bytes or a message.
    #[must_use]
    pub fn bytes(field: u8, value: impl AsRef<[u8]>) -> Vec<u8> {
        let value = value.as_ref();
        let mut out = vec![(field << 3) | 2];
        varint(value.len() as u64, &mut out);
        out.extend_from_slice(value);
        out
    }

    /// A field that is a number.
    #[must_use]
    pub fn number(field: u8, value: u64) -> Vec<u8> {
        let mut out = vec![field << 3];
        varint(value, &mut out);
        out
    }

    fn varint(mut value: u64, out: &mut Vec<u8>) {
        while value >= 0x80 {
            out.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    }

    /// What a field holds.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum Value {
        /// A number.
        Number(u64),
        /// A text, bytes or a message.
        Bytes(Vec<u8>),
    }

    /// The fields of a message in their order.
    ///
    /// # Errors
    /// It is none.
    pub fn fields(mut message: &[u8]) -> anyhow::Result<Vec<(u8, Value)>> {
        let mut found = Vec::new();
        while !message.is_empty() {
            let key = take(&mut message)?;
            let field = u8::try_from(key >> 3).context("a high field")?;
            let value = match key & 7 {
                0 => Value::Number(take(&mut message)?),
                2 => {
                    let length = usize::try_from(take(&mut message)?)?;
                    let (value, rest) = message.split_at_checked(length).context("cut off")?;
                    message = rest;
                    Value::Bytes(value.to_vec())
                }
                other => bail!("wire type {other}"),
            };
            found.push((field, value));
        }
        Ok(found)
    }

    fn take(message: &mut &[u8]) -> anyhow::Result<u64> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let (byte, rest) = message.split_first().context("cut off")?;
            *message = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
            if shift > 63 {
                bail!("a long number");
            }
        }
    }
}

/// What an agent says, by its field in `AgentToServer`.
pub mod say {
    use super::wire::{bytes, number};

    /// A sign of life.
    #[must_use]
    pub fn heartbeat(counter: u64) -> Vec<u8> {
        bytes(3, number(1, counter))
    }

    /// Facts, encoded.
    #[must_use]
    pub fn facts(facts: &[u8]) -> Vec<u8> {
        bytes(4, facts)
    }

    /// An answer to the offer of this session, with its further fields encoded.
    #[must_use]
    pub fn session_answer(session: &[u8; 16], rest: &[u8]) -> Vec<u8> {
        bytes(5, [bytes(1, session), rest.to_vec()].concat())
    }

    /// The end of this session, with its further fields encoded.
    #[must_use]
    pub fn session_end(session: &[u8; 16], rest: &[u8]) -> Vec<u8> {
        bytes(6, [bytes(1, session), rest.to_vec()].concat())
    }
}

/// What the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It took the link.
    Welcome,
    /// It ended the link: number of the reason, and the detail.
    Goodbye(u64, String),
    /// Something else, by its field in `ServerToAgent`.
    Other(u8, Vec<u8>),
}

/// One direction's key and count.
#[derive(Clone)]
struct Direction {
    cipher: ChaCha20Poly1305,
    count: u64,
}

impl Direction {
    fn nonce(&mut self) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.count.to_le_bytes());
        self.count += 1;
        nonce
    }
}

/// A link whose challenge has come.
pub struct ForgedLink {
    socket: RawSocket,
    machine: Enrolled,
    transcript: LinkTranscript,
    hello: Vec<u8>,
    challenge: Vec<u8>,
    says: Direction,
    hears: Direction,
}

impl ForgedLink {
    /// A hello of this machine with this nonce that claims this key.
    #[must_use]
    pub fn hello_of(machine: &Enrolled, nonce: &[u8; 32], key: &MachinePublicKey) -> Vec<u8> {
        let fields = [
            wire::number(1, VERSION.into()),
            wire::bytes(2, machine.machine.0),
            wire::bytes(3, nonce),
            wire::bytes(4, key.to_bytes()),
            wire::bytes(5, machine.server.hash8()),
        ];
        wire::bytes(1, fields.concat())
    }

    /// Says hello as this machine and takes the challenge, without asking who sent it.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn open(address: SocketAddr, machine: &Enrolled) -> anyhow::Result<Self> {
        Self::open_claiming(address, machine, &machine.key.public()).await
    }

    /// As [`Self::open`], claiming to hold this key.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn open_claiming(
        address: SocketAddr,
        machine: &Enrolled,
        key: &MachinePublicKey,
    ) -> anyhow::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let secret = StaticSecret::from(seed);
        let nonce = PublicKey::from(&secret).to_bytes();
        let hello = Self::hello_of(machine, &nonce, key);
        let mut socket = RawSocket::connect(address, LINK, None).await?;
        socket.binary(hello.clone()).await?;
        let challenge = socket.message().await?.to_vec();
        let transcript = LinkTranscript {
            agent_nonce: nonce,
            server_nonce: server_nonce(&challenge)?,
            machine: machine.machine,
        };
        let (says, hears) = agree(&secret, &transcript, key, machine)?;
        Ok(Self {
            socket,
            machine: machine.clone(),
            transcript,
            hello,
            challenge,
            says,
            hears,
        })
    }

    /// Opens a link of this machine and proves its key.
    ///
    /// # Errors
    /// The server does not welcome it.
    pub async fn connect(address: SocketAddr, machine: &Enrolled) -> anyhow::Result<Self> {
        let mut link = Self::open(address, machine).await?;
        let proof = link.proof(&machine.key, &wire::bytes(1, "forged"), &[]);
        link.say(&proof).await?;
        match link.heard().await? {
            Heard::Welcome => Ok(link),
            other => bail!("expected a welcome, got {other:?}"),
        }
    }

    /// The hello as it traveled.
    #[must_use]
    pub fn hello(&self) -> &[u8] {
        &self.hello
    }

    /// The challenge as it traveled.
    #[must_use]
    pub fn challenge(&self) -> &[u8] {
        &self.challenge
    }

    /// A proof with the signature of this key: facts and evidence encoded.
    #[must_use]
    pub fn proof(&self, key: &MachineKey, facts: &[u8], evidence: &[u8]) -> Vec<u8> {
        self.proof_with(key, facts, evidence, &[])
    }

    /// As [`Self::proof`], with further fields.
    #[must_use]
    pub fn proof_with(&self, key: &MachineKey, facts: &[u8], evidence: &[u8], more: &[u8]) -> Vec<u8> {
        let counter = self.machine.counter.fetch_add(1, Ordering::SeqCst) + 1;
        let installation = [
            wire::bytes(1, self.machine.install.0),
            wire::number(2, counter),
            wire::bytes(3, evidence),
        ]
        .concat();
        let signature = key.sign_proof(&self.transcript, &self.machine.server, &installation);
        let fields = [
            wire::bytes(1, signature),
            wire::bytes(2, facts),
            wire::bytes(4, self.machine.run.0),
            wire::bytes(5, installation),
            wire::bytes(6, self.machine.pipe_key.public().to_bytes()),
            more.to_vec(),
        ];
        wire::bytes(2, fields.concat())
    }

    /// Seals the next message without sending it.
    ///
    /// # Errors
    /// It is longer than the cipher can.
    pub fn sealed(&mut self, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        let nonce = self.says.nonce();
        let sealed = self.says.cipher.encrypt(&nonce.into(), message);
        sealed.ok().context("not sealed")
    }

    /// Seals and sends the next message.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn say(&mut self, message: &[u8]) -> anyhow::Result<()> {
        let sealed = self.sealed(message)?;
        self.socket.binary(sealed).await
    }

    /// The next message as it travels.
    ///
    /// # Errors
    /// The server closes instead.
    pub async fn next_sealed(&mut self) -> anyhow::Result<Vec<u8>> {
        Ok(self.socket.message().await?.to_vec())
    }

    /// Opens a message that came, as the next one.
    ///
    /// # Errors
    /// It is not sealed by the server as the next one, or it is no message.
    pub fn opened(&mut self, sealed: &[u8]) -> anyhow::Result<Heard> {
        let nonce = self.hears.nonce();
        let message = self.hears.cipher.decrypt(&nonce.into(), sealed);
        heard(&message.ok().context("not sealed as the next one")?)
    }

    /// What the server says next.
    ///
    /// # Errors
    /// The server closes instead, or does not seal it.
    pub async fn heard(&mut self) -> anyhow::Result<Heard> {
        let sealed = self.next_sealed().await?;
        self.opened(&sealed)
    }

    /// The reason of the server's goodbye by its number, and the code of its close; what it says before is dropped.
    ///
    /// # Errors
    /// It says none.
    pub async fn sent_away(&mut self) -> anyhow::Result<(u64, u16)> {
        loop {
            if let Heard::Goodbye(reason, _) = self.heard().await? {
                return Ok((reason, self.socket.closed().await?.0));
            }
        }
    }

    /// The socket under it.
    pub fn socket(&mut self) -> &mut RawSocket {
        &mut self.socket
    }
}

/// Reads a message of the server that is not sealed, or was.
///
/// # Errors
/// It is none.
pub fn heard(message: &[u8]) -> anyhow::Result<Heard> {
    let mut fields = wire::fields(message)?;
    let (field, wire::Value::Bytes(body)) = fields.pop().context("empty")? else {
        bail!("a number for a message");
    };
    ensure!(fields.is_empty(), "more than one message");
    Ok(match field {
        2 => Heard::Welcome,
        5 => {
            let (mut reason, mut detail) = (0, String::new());
            for part in wire::fields(&body)? {
                match part {
                    (1, wire::Value::Number(number)) => reason = number,
                    (2, wire::Value::Bytes(text)) => detail = String::from_utf8(text)?,
                    _ => {}
                }
            }
            Heard::Goodbye(reason, detail)
        }
        other => Heard::Other(other, body),
    })
}

fn server_nonce(challenge: &[u8]) -> anyhow::Result<[u8; 32]> {
    let Heard::Other(1, body) = heard(challenge)? else {
        bail!("no challenge: {:?}", heard(challenge)?);
    };
    for part in wire::fields(&body)? {
        if let (1, wire::Value::Bytes(nonce)) = part {
            return nonce.try_into().ok().context("another length");
        }
    }
    bail!("a challenge without a nonce")
}

/// Keys of both directions: what the agent says, what it hears.
fn agree(
    secret: &StaticSecret,
    transcript: &LinkTranscript,
    claimed: &MachinePublicKey,
    machine: &Enrolled,
) -> anyhow::Result<(Direction, Direction)> {
    let context = [
        b"farol-link-3\0".as_slice(),
        &transcript.agent_nonce,
        &transcript.server_nonce,
        &transcript.machine.0,
        &claimed.to_bytes(),
        &machine.server.to_bytes(),
    ];
    let salt = Sha256::digest(context.concat());
    let shared = secret.diffie_hellman(&PublicKey::from(transcript.server_nonce));
    let keys = Hkdf::<Sha256>::new(Some(&salt), shared.as_bytes());
    let direction = |info: &[u8]| {
        let mut key = [0; 32];
        keys.expand(info, &mut key).ok().context("no key")?;
        let cipher = ChaCha20Poly1305::new((&key).into());
        anyhow::Ok(Direction { cipher, count: 0 })
    };
    Ok((direction(b"agent to server")?, direction(b"server to agent")?))
}
