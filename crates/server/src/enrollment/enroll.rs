//! The exchange of an enrollment token for a machine id.
//!
//! Here: what an unknown program on the network may say and what it gets. Not here: tokens (`mod.rs`), and which machine a
//! newcomer is (`crate::recognition`).
//! The caller has no login and no machine key that we know; everything it sends is capped and treated as text.
//!
//! A token gives the right to ask, once for each use: whoever has to wait for a person's decision has used it already. Asking
//! again with the same key costs nothing and gets the same answer, so a lost answer harms nobody. This holds after the token has
//! expired or was revoked, too: it takes a person days to approve, and the agent asks until they do.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farol_protocol::evidence::Evidence;
use farol_protocol::identity::{MachinePublicKey, ServerIdentity};
use farol_protocol::ids::{InstallId, MachineId as WireMachineId};
use farol_protocol::link::GoodbyeReason;
use farol_protocol::text::is_deceptive;
use farol_protocol::token::EnrollmentToken as TokenText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{networks, store};
use crate::ctx::Ctx;
use crate::error::{Code, Error, FieldError, Result};
use crate::events::{Scope, Topic};
use crate::http::RequestInfo;
use crate::ids::MachineId;
use crate::machines::{self, EnrolledFacts};
use crate::organizations;
use crate::presence::Command;
use crate::recognition::EvidenceView;
use crate::recognition::newcomer::{self, Became};
use crate::recognition::quarantine::{self, Asked as AskedBefore, Newcomer};
use crate::sessions::{self, lifecycle::EndReason};
use crate::store::WriteTx;
use crate::store::entities::enrollment_token::Model as TokenRow;
use crate::store::entities::machine::Door;
use crate::store::entities::machine_key::KeyState;
use crate::throttle::network;

/// Longest text of each fact, in bytes.
const FACT_MAX: usize = 256;
/// How often a waiting agent asks again.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// What an agent says to get its machine a record.
#[derive(Clone, Deserialize, ToSchema)]
pub struct EnrollRequest {
    /// The token's text.
    pub token: String,
    /// The machine's public key, base64url of 32 bytes.
    pub machine_key: String,
    /// Random bytes for the answer's signature, base64url of 32 bytes.
    pub nonce: String,
    /// The machine key's signature over `farol-enroll-1 agent\0`, nonce, SHA-256 of the token's secret and machine key; base64url.
    pub signature: String,
    /// Identifier of this installation of the agent, a UUID.
    pub install_id: String,
    /// What identifies the machine; a claim for matching.
    #[serde(default)]
    pub evidence: EvidenceView,
    /// What the machine calls itself.
    pub hostname: String,
    /// What runs on it.
    pub os: EnrollOs,
    /// Version of the agent.
    pub agent_version: String,
}

/// An operating system, as the agent states it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct EnrollOs {
    /// `linux`, `windows`, `macos`.
    pub family: String,
    /// Product name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Processor architecture.
    pub arch: String,
}

/// What became of the request.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum EnrollAnswer {
    /// The machine has a record.
    Enrolled(Enrolled),
    /// A person has to agree first; ask again with the same key.
    Waiting(Waiting),
}

/// The machine's identity and the server's proof of its own.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Enrolled {
    /// The machine's identifier.
    pub machine_id: MachineId,
    /// The server's public identity key that the token names, base64url of 32 bytes; the agent pins it.
    pub identity_key: String,
    /// Over `farol-enroll-1\0`, nonce, machine id and machine key; base64url.
    pub signature: String,
    /// Name of the organization the machine belongs to now.
    pub organization: String,
    /// Name of the site it was put in.
    pub site: String,
}

/// The request was kept, and waits for a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Waiting {
    /// Why: one of the quarantine reasons.
    pub reason: String,
    /// For people.
    pub detail: String,
    /// When to ask again.
    pub retry_after_seconds: u64,
    /// The server's public identity key that the token names, base64url of 32 bytes.
    pub identity_key: String,
    /// Over `farol-enroll-1 waiting\0`, nonce and machine key; base64url.
    pub signature: String,
}

/// The request with everything parsed.
struct Asked {
    token: TokenText,
    key: MachinePublicKey,
    nonce: [u8; 32],
    evidence: Evidence,
    about: EnrolledFacts,
}

enum Standing {
    Machine(MachineId),
    /// It has the place of the installation that was there before.
    InPlaceOf(MachineId),
    Waits(String),
}

/// Enrolls a machine, finds it again by its key or its evidence, or lets it wait.
///
/// # Errors
/// `enrollment_token_invalid`, `enrollment_network_refused`, `enrollment_refused`, `already_enrolled` (in another organization),
/// `key_retired`, `key_not_proved`, `archived`, `quarantine_full`, `too_many_attempts`, `validation_failed`; those of the database.
pub async fn enroll(ctx: &Ctx, info: &RequestInfo, request: EnrollRequest) -> Result<EnrollAnswer> {
    let now = ctx.clock.now();
    ctx.enrollment
        .attempts
        .check(network(info.address), now)
        .map_err(|wait| Error::TooMany {
            code: Code::TooManyAttempts,
            detail: "Too many enrollments from this address. Wait a little, then try again.".into(),
            retry_after: Some(wait),
        })?;
    let asked = check(request)?;
    let tx = ctx.db.write().await?;
    // Of two that come for one machine at the same moment, the second finds what the first has become; so does the same key.
    let token = store::hold(&tx, &asked.token.secret_hash())
        .await?
        .ok_or_else(refused)?;
    organizations::hold(&tx, token.organization_id).await?;
    let standing = match known(ctx, &tx, info, (&token, &asked)).await? {
        Some(standing) => standing,
        None => first(ctx, &tx, info, (&token, &asked)).await?,
    };
    let organization = organizations::find(&tx, token.organization_id).await?;
    let site = organizations::find_site(&tx, &[token.organization_id], Some(token.site_id)).await?;
    tx.commit().await?;
    let mut topics = vec![
        Topic::Machines,
        Topic::EnrollmentTokens,
        Topic::Quarantine,
        Topic::Audit,
    ];
    if let Standing::Machine(machine) | Standing::InPlaceOf(machine) = standing {
        topics.push(Topic::Machine(machine));
    }
    if let Standing::InPlaceOf(machine) = standing {
        // It was offline when this was decided; its former agent may have come since, or have a pipe that outlived its link.
        sessions::machine_gone(ctx, machine, EndReason::MachineChanged);
        ctx.presence
            .dismiss(machine, Command::Goodbye(GoodbyeReason::Replaced));
    }
    ctx.events
        .publish(Scope::Organization(token.organization_id), &topics);
    // The key that the token names, for as long as the server holds it.
    let identity = ctx.identity.named(|key| asked.token.is_for(key));
    Ok(match standing {
        Standing::Machine(machine) | Standing::InPlaceOf(machine) => {
            tracing::info!(%machine, address = %info.address, "machine enrolled");
            enrolled(&identity, &asked, machine, (organization.name, site.name))
        }
        Standing::Waits(reason) => {
            tracing::info!(reason, address = %info.address, "newcomer waits in quarantine");
            waiting(&identity, &asked, reason)
        }
    })
}

/// What this key has already: a machine, a decision, or a place to wait. That its token has expired since, was revoked or may be
/// used from elsewhere only changes nothing: the right to ask was used while it was there. A revoked token lets nobody new ask;
/// who waits because of it waits until a person decides, and who was approved comes in.
async fn known(
    ctx: &Ctx,
    tx: &WriteTx,
    info: &RequestInfo,
    (token, asked): (&TokenRow, &Asked),
) -> Result<Option<Standing>> {
    let key = asked.key.to_bytes();
    match machines::keys::find(tx, &key).await? {
        Some(known) if known.organization_id != token.organization_id => return Err(elsewhere()),
        Some(known) if known.state == KeyState::Current => {
            machines::refresh(tx, known.machine_id, asked.about.clone()).await?;
            return Ok(Some(Standing::Machine(known.machine_id)));
        }
        Some(_) => return Err(retired()),
        None => {}
    }
    let now = ctx.clock.now();
    Ok(
        match quarantine::asked_before(tx, token.organization_id, (&key, info.address), now).await? {
            AskedBefore::Refused => return Err(sent_away()),
            AskedBefore::Waiting(entry) => Some(Standing::Waits(entry.reason)),
            AskedBefore::Never => None,
        },
    )
}

/// What a key gets that has not asked before.
async fn first(
    ctx: &Ctx,
    tx: &WriteTx,
    info: &RequestInfo,
    (token, asked): (&TokenRow, &Asked),
) -> Result<Standing> {
    let now = ctx.clock.now();
    if token.revoked_at.is_some() || token.expires_at <= now {
        return Err(refused());
    }
    if !networks::networks_allow(token, info.address) {
        return Err(wrong_network(info));
    }
    organizations::require_open_site(tx, token.organization_id, token.site_id).await?;
    // Counted by the database, with the limit in the same statement: of two that race for the last use, one wins.
    if !store::count_use(tx, token.id, now).await? {
        return Err(refused());
    }
    let newcomer = Newcomer {
        organization: token.organization_id,
        site: token.site_id,
        token: Some(token.id),
        machine: None,
        door: Door::Agent,
        key: asked.key.to_bytes(),
        counter: 0,
        evidence: asked.evidence.clone(),
        about: asked.about.clone(),
        address: info.address,
        request: Some(info.id),
    };
    Ok(match newcomer::take(ctx, tx, info, (newcomer, token)).await? {
        Became::New(machine) => Standing::Machine(machine),
        Became::Known(machine) => Standing::InPlaceOf(machine),
        Became::Waiting(reason) => Standing::Waits(reason.code().into()),
    })
}

fn enrolled(
    identity: &ServerIdentity,
    asked: &Asked,
    machine: MachineId,
    (organization, site): (String, String),
) -> EnrollAnswer {
    let signature = identity.sign_enrollment(&asked.nonce, WireMachineId(machine.bytes()), &asked.key);
    EnrollAnswer::Enrolled(Enrolled {
        machine_id: machine,
        identity_key: identity.public().to_base64url(),
        signature: URL_SAFE_NO_PAD.encode(signature),
        organization,
        site,
    })
}

fn waiting(identity: &ServerIdentity, asked: &Asked, reason: String) -> EnrollAnswer {
    EnrollAnswer::Waiting(Waiting {
        detail:
            "A technician has to agree first. The request was kept; nothing more is needed on this machine."
                .into(),
        reason,
        retry_after_seconds: ASK_AGAIN.as_secs(),
        identity_key: identity.public().to_base64url(),
        signature: URL_SAFE_NO_PAD.encode(identity.sign_waiting(&asked.nonce, &asked.key)),
    })
}

pub(crate) fn refused() -> Error {
    Error::Refused {
        code: Code::EnrollmentTokenInvalid,
        detail: "The enrollment token is wrong, used up, revoked or expired. Make a new one in the console."
            .into(),
    }
}

fn wrong_network(info: &RequestInfo) -> Error {
    Error::Refused {
        code: Code::EnrollmentNetworkRefused,
        detail: format!(
            "The enrollment token may not be used from {}. Enroll from one of the token's networks, or change the token.",
            info.address
        ),
    }
}

fn sent_away() -> Error {
    Error::Refused {
        code: Code::EnrollmentRefused,
        detail: "A technician decided that this installation has no place here. Ask them, then enroll with a new key."
            .into(),
    }
}

fn retired() -> Error {
    let detail =
        "This machine key was replaced, or its machine was removed. Enroll again with a new key (--replace).";
    Error::conflict(Code::KeyRetired, detail)
}

fn elsewhere() -> Error {
    let detail = "This machine is enrolled in another organization of this server. Remove it there first.";
    Error::conflict(Code::AlreadyEnrolled, detail)
}

fn not_proved() -> Error {
    Error::Refused {
        code: Code::KeyNotProved,
        detail: "The request does not prove that its sender holds the machine key. Enroll again with a present agent.".into(),
    }
}

fn check(request: EnrollRequest) -> Result<Asked> {
    let token = TokenText::parse(&request.token).map_err(|_| refused())?;
    let mut wrong = Vec::new();
    let key = MachinePublicKey::from_base64url(&request.machine_key);
    if key.is_err() {
        let detail = "This is not an Ed25519 public key in base64url.";
        wrong.push(FieldError::new("machine_key", "malformed", detail));
    }
    let nonce: Option<[u8; 32]> = bytes(&request.nonce);
    if nonce.is_none() {
        let detail = "This is not 32 bytes in base64url.";
        wrong.push(FieldError::new("nonce", "malformed", detail));
    }
    let signature: Option<[u8; 64]> = bytes(&request.signature);
    if signature.is_none() {
        let detail = "This is not a signature of 64 bytes in base64url.";
        wrong.push(FieldError::new("signature", "malformed", detail));
    }
    if request.install_id.parse::<InstallId>().is_err() {
        wrong.push(FieldError::new("install_id", "malformed", "This is not a UUID."));
    }
    let evidence = Evidence::checked(request.evidence.clone().into());
    if evidence.is_err() {
        wrong.extend(request.evidence.objections());
    }
    check_texts(&request, &mut wrong);
    let (Ok(key), Some(nonce), Some(signature), Ok(evidence), true) =
        (key, nonce, signature, evidence, wrong.is_empty())
    else {
        return Err(Error::Invalid(wrong));
    };
    key.verify_enrollment(&nonce, &token, &signature)
        .map_err(|_| not_proved())?;
    Ok(Asked {
        token,
        key,
        nonce,
        evidence,
        about: EnrolledFacts {
            install_id: request.install_id.to_lowercase(),
            hostname: request.hostname,
            os: request.os,
            agent_version: request.agent_version,
        },
    })
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    bytes.try_into().ok()
}

fn check_texts(request: &EnrollRequest, wrong: &mut Vec<FieldError>) {
    let os = &request.os;
    let texts = [
        ("hostname", &request.hostname),
        ("os.family", &os.family),
        ("os.name", &os.name),
        ("os.version", &os.version),
        ("os.arch", &os.arch),
        ("agent_version", &request.agent_version),
    ];
    for (field, text) in texts {
        if text.len() > FACT_MAX || text.chars().any(is_deceptive) {
            let detail = format!("One line of at most {FACT_MAX} bytes.");
            wrong.push(FieldError::new(field, "malformed", detail));
        }
    }
}
