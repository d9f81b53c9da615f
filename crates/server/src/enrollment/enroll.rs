//! The exchange of an enrollment token for a machine id.
//!
//! Here: what an unknown program on the network may say and what it gets. Not here: tokens (`mod.rs`).
//! The caller has no login and no machine key that we know; everything it sends is capped and treated as text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farol_protocol::identity::{MachinePublicKey, ServerIdentity};
use farol_protocol::ids::MachineId as WireMachineId;
use farol_protocol::token::EnrollmentToken as TokenText;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::store;
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Code, Error, FieldError, Result};
use crate::events::{Scope, Topic};
use crate::http::RequestInfo;
use crate::ids::MachineId;
use crate::machines::{self, EnrolledFacts, NewMachine};
use crate::organizations;
use crate::store::WriteTx;
use crate::store::entities::enrollment_token::Model as TokenRow;

/// Longest text of each fact, in bytes.
const FACT_MAX: usize = 256;
/// Longest install id, in bytes.
const INSTALL_ID_MAX: usize = 64;

/// What an agent says to get its machine a record.
#[derive(Clone, Deserialize, ToSchema)]
pub struct EnrollRequest {
    /// The token's text.
    pub token: String,
    /// The machine's public key, base64url of 32 bytes.
    pub machine_key: String,
    /// Random bytes for the answer's signature, base64url of 32 bytes.
    pub nonce: String,
    /// Identifier of this installation of the agent.
    pub install_id: String,
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

/// The machine's new identity and the server's proof of its own.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnrollAnswer {
    /// The machine's identifier.
    pub machine_id: MachineId,
    /// The server's public identity key, base64url of 32 bytes; the agent pins it.
    pub identity_key: String,
    /// Over `farol-enroll-1\0`, nonce, machine id and machine key; base64url.
    pub signature: String,
    /// Name of the organization the machine belongs to now.
    pub organization: String,
    /// Name of the site it was put in.
    pub site: String,
}

/// The request with everything parsed.
struct Asked {
    secret_hash: [u8; 32],
    key: MachinePublicKey,
    nonce: [u8; 32],
    about: EnrolledFacts,
}

/// Enrolls a machine, or finds it again by its key.
///
/// # Errors
/// `enrollment_token_invalid`, `already_enrolled` (in another organization), `too_many_attempts`, `validation_failed`; those
/// of the database.
pub async fn enroll(ctx: &Ctx, info: &RequestInfo, request: EnrollRequest) -> Result<EnrollAnswer> {
    let now = ctx.clock.now();
    ctx.enrollment
        .attempts
        .check(info.address, now)
        .map_err(|wait| Error::TooMany {
            code: Code::TooManyAttempts,
            detail: "Too many enrollments from this address. Wait a little, then try again.".into(),
            retry_after: Some(wait),
        })?;
    let asked = check(request)?;
    let tx = ctx.db.write().await?;
    let token = store::find_valid(&tx, &asked.secret_hash, now)
        .await?
        .ok_or_else(refused)?;
    let machine = match machines::keys::find(&tx, &asked.key.to_bytes()).await? {
        Some(known) if known.organization_id == token.organization_id => {
            machines::refresh(&tx, known.machine_id, asked.about).await?;
            known.machine_id
        }
        Some(_) => return Err(elsewhere()),
        None => add(ctx, &tx, info, (&token, asked.key, asked.about)).await?,
    };
    let organization = organizations::find(&tx, token.organization_id).await?;
    let site = organizations::find_site(&tx, &[token.organization_id], Some(token.site_id)).await?;
    tx.commit().await?;
    let topics = [
        Topic::Machines,
        Topic::Machine(machine),
        Topic::EnrollmentTokens,
        Topic::Audit,
    ];
    ctx.events
        .publish(Scope::Organization(token.organization_id), &topics);
    tracing::info!(%machine, address = %info.address, "machine enrolled");
    let identity = ServerIdentity::from_seed(&ctx.identity.signing_key().to_bytes());
    let signature = identity.sign_enrollment(&asked.nonce, WireMachineId(machine.bytes()), &asked.key);
    Ok(EnrollAnswer {
        machine_id: machine,
        identity_key: identity.public().to_base64url(),
        signature: URL_SAFE_NO_PAD.encode(signature),
        organization: organization.name,
        site: site.name,
    })
}

async fn add(
    ctx: &Ctx,
    tx: &WriteTx,
    info: &RequestInfo,
    (token, key, about): (&TokenRow, MachinePublicKey, EnrolledFacts),
) -> Result<MachineId> {
    let now = ctx.clock.now();
    // Counted by the database, with the limit in the same statement: of two that race for the last use, one wins.
    if !store::count_use(tx, token.id, now).await? {
        return Err(refused());
    }
    let id = MachineId::new();
    let name = first_name(&about.hostname);
    let new = NewMachine {
        id,
        organization: token.organization_id,
        site: token.site_id,
        token: token.id,
        key: key.to_bytes(),
        name: name.clone(),
        about,
    };
    machines::insert(tx, new, now).await?;
    let entry = Entry::new(
        token.organization_id,
        Actor::agent(id, &name),
        Action::MachineEnrolled,
    )
    .on(Target::new(TargetKind::Machine, id, &name))
    .detail(json!({
        "enrollment_token_id": token.id,
        "enrollment_token": token.name,
        "address": info.address.to_string(),
        "machine_key": key.fingerprint(),
    }))
    .request(info.id);
    audit::record(tx, now, entry).await?;
    Ok(id)
}

/// The host name as a name for people, as far as it is one.
fn first_name(hostname: &str) -> String {
    let name: String = hostname.trim().chars().take(machines::NAME_MAX).collect();
    if name.is_empty() { "unnamed".into() } else { name }
}

fn refused() -> Error {
    Error::Refused {
        code: Code::EnrollmentTokenInvalid,
        detail: "The enrollment token is wrong, used up, revoked or expired. Make a new one in the console."
            .into(),
    }
}

fn elsewhere() -> Error {
    let detail = "This machine is enrolled in another organization of this server. Remove it there first.";
    Error::conflict(Code::AlreadyEnrolled, detail)
}

fn check(request: EnrollRequest) -> Result<Asked> {
    let token = TokenText::parse(&request.token).map_err(|_| refused())?;
    let mut wrong = Vec::new();
    let key = MachinePublicKey::from_base64url(&request.machine_key);
    if key.is_err() {
        wrong.push(FieldError::new(
            "machine_key",
            "malformed",
            "This is not an Ed25519 public key in base64url.",
        ));
    }
    let nonce = URL_SAFE_NO_PAD
        .decode(&request.nonce)
        .ok()
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    if nonce.is_none() {
        wrong.push(FieldError::new(
            "nonce",
            "malformed",
            "This is not 32 bytes in base64url.",
        ));
    }
    let EnrollRequest {
        install_id,
        hostname,
        os,
        agent_version,
        ..
    } = request;
    let texts = [
        ("install_id", &install_id, INSTALL_ID_MAX),
        ("hostname", &hostname, FACT_MAX),
        ("os", &os.family, FACT_MAX),
        ("os", &os.name, FACT_MAX),
        ("os", &os.version, FACT_MAX),
        ("os", &os.arch, FACT_MAX),
        ("agent_version", &agent_version, FACT_MAX),
    ];
    for (field, text, max) in texts {
        if text.len() > max || text.chars().any(char::is_control) {
            wrong.push(FieldError::new(
                field,
                "malformed",
                format!("One line of at most {max} bytes."),
            ));
        }
    }
    match (key, nonce) {
        (Ok(key), Some(nonce)) if wrong.is_empty() => Ok(Asked {
            secret_hash: token.secret_hash(),
            key,
            nonce,
            about: EnrolledFacts {
                install_id,
                hostname,
                os,
                agent_version,
            },
        }),
        _ => Err(Error::Invalid(wrong)),
    }
}
