//! Registering: a helpdesk's desktop agent shows the provisioning secret, tells about its machine and gets a token.
//!
//! The secret is one for a whole fleet and stands on every machine of it, so it proves nothing about which machine asks: that is
//! decided by what the installation stores and by the evidence (`crate::recognition::helpdesk`).

use axum::http::HeaderMap;
use farol_protocol::evidence::Evidence;
use farol_protocol::limits::{DISKS_MAX, EVIDENCE_MAX};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::reports::{self, Report};
use super::{MachineToken, caller, clean, require_on, slow_down, store};
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::enrollment::EnrollOs;
use crate::error::{Code, Error, FieldError, Result};
use crate::events::{Scope, Topic};
use crate::http::RequestInfo;
use crate::http::bearer;
use crate::ids::{MachineId, MachineTokenId, OrganizationId};
use crate::machines::{self, EnrolledFacts};
use crate::organizations;
use crate::presence::helpdesk::INTERVAL;
use crate::recognition::helpdesk::{self, Admission, Asking};
use crate::store::WriteTx;
use crate::store::entities::machine_report::ReportKind;
use crate::store::entities::machine_token::{self, Because};
use crate::throttle::network;
use crate::webhooks::Presence;

/// Longest host name, name of a system and the like, in bytes; longer ones are cut.
pub(super) const FACT_MAX: usize = 256;
/// Longest code that an installation stores, in bytes.
const CODE_MAX: usize = 256;
/// Shortest: it has to differ between installations.
const CODE_MIN: usize = 8;
/// Network cards kept of one machine; more are left out.
const MACS_MAX: usize = 32;
/// Longest e-mail address (RFC 5321, 4.5.3.1.3).
const EMAIL_MAX: usize = 254;
/// When somebody who waits asks again.
const ASK_AGAIN_MS: u64 = 60_000;

/// What a helpdesk's desktop agent says to get a token. Fields that are not named here are ignored.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RegisterRequest {
    /// The provisioning secret; may stand in `X-Provisioning-Secret` or `Authorization: Bearer` instead.
    #[schema(format = Password)]
    provisioning_secret: Option<String>,
    /// What this installation stores and tells each time; tells installations apart.
    #[schema(min_length = 8, max_length = 256)]
    installation_code: Option<String>,
    /// What the machine calls itself; it identifies nothing.
    hostname: String,
    /// What runs on it.
    os: OsSaid,
    /// Addresses of its network cards; they identify nothing.
    mac_addresses: Vec<String>,
    /// Serial numbers of its parts.
    serials: Serials,
    /// Serial numbers without names; the first is taken for the system's unless `serials` has one.
    serial_numbers: Vec<String>,
    /// Version of the agent.
    agent_version: String,
    /// Figures of the machine, any JSON.
    #[schema(value_type = Object)]
    metrics: Option<Value>,
    /// `collaborator` or `manager`.
    #[serde(alias = "accessRole")]
    access_profile: Option<String>,
    /// Whose machine it is.
    #[serde(alias = "collaborator")]
    account: Option<LinkedAccount>,
}

/// An operating system, as such agents tell it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct OsSaid {
    /// Product name.
    name: String,
    /// Version.
    version: Option<String>,
    /// Processor architecture.
    #[serde(alias = "arch")]
    architecture: Option<String>,
}

/// Serial numbers of a machine's parts.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct Serials {
    /// SMBIOS type 1 UUID.
    uuid: String,
    /// SMBIOS type 2 serial number.
    board: String,
    /// SMBIOS type 1 serial number.
    system: String,
    /// Serial numbers of built-in disks.
    disks: Vec<String>,
}

/// The person whose machine it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct LinkedAccount {
    /// Their e-mail address.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// Their name.
    name: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(super) enum RegisterAnswer {
    /// The machine has a token.
    Registered(Registered),
    /// A person has to agree first; register again with the same code.
    Waiting(WaitingMachine),
}

/// A machine's token.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Registered {
    /// The machine's identifier.
    machine_id: MachineId,
    /// The token, shown once. Keep it where only the agent reads it.
    machine_token: String,
    /// Until when it works without a heartbeat.
    expires_at: Timestamp,
    /// When to send heartbeats.
    heartbeat_interval_ms: u64,
    /// The profile that counts.
    access_profile: Option<String>,
    /// The machine was not known before.
    new: bool,
}

impl std::fmt::Debug for Registered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Registered({})", self.machine_id)
    }
}

/// The registration was kept, and waits for a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WaitingMachine {
    /// `approval_pending`.
    code: &'static str,
    /// Why: one of the quarantine reasons.
    reason: String,
    /// For people.
    detail: String,
    /// When to ask again.
    retry_after_ms: u64,
}

/// The request, checked and cleaned.
struct Checked {
    code: Option<String>,
    evidence: Evidence,
    about: EnrolledFacts,
    profile: Option<String>,
    /// What is kept of the rest.
    body: Value,
}

/// Registers a machine.
///
/// # Errors
/// `machine_routes_off`, `provisioning_secret_invalid`, `machine_blocked`, `enrollment_refused`, `quarantine_full`,
/// `too_many_attempts`, `validation_failed`; those of the database.
pub(super) async fn register(
    ctx: &Ctx,
    info: &RequestInfo,
    headers: &HeaderMap,
    request: RegisterRequest,
) -> Result<RegisterAnswer> {
    check_secret(ctx, info, headers, request.provisioning_secret.as_deref())?;
    let asked = check(request)?;
    let settings = &ctx.config.machine_routes;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let all: Vec<OrganizationId> = organizations::all(&tx).await?.iter().map(|o| o.id).collect();
    let site = organizations::find_site(&tx, &all, settings.site).await?;
    let asking = Asking {
        organization: site.organization_id,
        site: site.id,
        code: asked.code,
        evidence: asked.evidence,
        about: asked.about,
        address: info.address,
        request: info.id,
        approval: settings.approval,
    };
    let admission = helpdesk::ask(ctx, &tx, info, asking).await?;
    let (record, new) = match admission {
        Admission::Machine { record, new } => (record, new),
        Admission::Refused => return Err(sent_away()),
        Admission::Blocked => return Err(caller::blocked_machine()),
        Admission::Waiting(reason) => {
            tx.commit().await?;
            nudge(ctx, site.organization_id, None);
            return Ok(waiting(reason));
        }
    };
    // A new one cannot have registered too often; a rollout must not fill the places of those that can.
    if !new {
        ctx.machine_routes.machines.check(record, now).map_err(|wait| {
            slow_down(
                "This machine registers too often: two copies of one installation may be taking turns. Wait, and look for the copy.",
                wait,
            )
        })?;
    }
    let report = Report {
        kind: ReportKind::Registration,
        id: None,
        at: now,
        body: asked.body,
    };
    reports::keep(&tx, record, report, now).await?;
    let (token, expires_at, machine) = issue(ctx, &tx, info, record).await?;
    tx.commit().await?;
    let came = ctx.helpdesk.heard((site.organization_id, machine), now);
    if came {
        machines::told_presence(ctx, site.organization_id, machine, Presence::Online).await;
    }
    if came || new {
        tracing::info!(%machine, new, address = %info.address, "a helpdesk's agent registered its machine");
    }
    nudge(ctx, site.organization_id, Some(machine));
    Ok(RegisterAnswer::Registered(Registered {
        machine_id: machine,
        machine_token: token.reveal(),
        expires_at,
        heartbeat_interval_ms: u64::try_from(INTERVAL.as_millis()).unwrap_or(u64::MAX),
        access_profile: asked.profile,
        new,
    }))
}

/// Replaces the record's tokens by a new one.
async fn issue(
    ctx: &Ctx,
    tx: &WriteTx,
    info: &RequestInfo,
    record: MachineId,
) -> Result<(MachineToken, Timestamp, MachineId)> {
    let now = ctx.clock.now();
    let (_, machine) = machines::of_record(tx, record)
        .await?
        .ok_or(Error::NotFound("machine"))?;
    let revoked = store::revoke(tx, &[record], (now, Because::RegisteredAgain)).await?;
    let token = MachineToken::random()?;
    let row = machine_token::Model {
        id: MachineTokenId::new(),
        organization_id: machine.organization_id,
        machine_id: record,
        secret_hash: token.hash().to_vec(),
        created_at: now,
        expires_at: now.after(ctx.config.machine_routes.token_ttl),
        last_used_at: None,
        address: Some(info.address.to_string()),
        revoked_at: None,
        revoked_because: None,
    };
    let (id, expires_at) = (row.id, row.expires_at);
    store::insert_token(tx, row).await?;
    let entry = |action| {
        Entry::new(
            machine.organization_id,
            Actor::agent(machine.id, &machine.name),
            action,
        )
        .on(Target::new(TargetKind::Machine, machine.id, &machine.name))
        .request(info.id)
        .from(info.address)
    };
    if revoked.tokens > 0 {
        let detail = json!({ "because": "registered_again", "tokens": revoked.tokens });
        audit::record(tx, now, entry(Action::MachineTokenRevoked).detail(detail)).await?;
    }
    let detail = json!({ "machine_token_id": id, "expires_at": expires_at });
    audit::record(tx, now, entry(Action::MachineTokenIssued).detail(detail)).await?;
    Ok((token, expires_at, machine.id))
}

/// Compares the secret; wrong ones are counted by address.
fn check_secret(ctx: &Ctx, info: &RequestInfo, headers: &HeaderMap, in_body: Option<&str>) -> Result<()> {
    require_on(ctx)?;
    let now = ctx.clock.now();
    let from = network(info.address);
    let state = &ctx.machine_routes;
    let crowd = "Too many registrations from this address. Wait a little, then try again.";
    state
        .registrations
        .check(from, now)
        .map_err(|wait| slow_down(crowd, wait))?;
    let guessing = "Too many wrong provisioning secrets from this address. Wait a little, then try again.";
    state
        .wrong
        .check(from, now)
        .map_err(|wait| slow_down(guessing, wait))?;
    let header = headers
        .get("x-provisioning-secret")
        .and_then(|value| value.to_str().ok());
    let presented = in_body.or(header).or_else(|| bearer(headers));
    let right = match (&ctx.config.machine_routes.secret, presented) {
        (Some(secret), Some(presented)) => secret.is(presented),
        _ => false,
    };
    if right {
        state.wrong.forget(&from);
        return Ok(());
    }
    tracing::warn!(address = %info.address, "refused a registration with a wrong provisioning secret");
    Err(Error::Refused {
        code: Code::ProvisioningSecretInvalid,
        detail: "The provisioning secret is wrong or missing. Give the agent the one that this server was started with.".into(),
    })
}

fn check(request: RegisterRequest) -> Result<Checked> {
    let mut wrong = Vec::new();
    let code = request.installation_code.map(|code| code.trim().to_owned());
    if code
        .as_ref()
        .is_some_and(|code| code.len() < CODE_MIN || code.len() > CODE_MAX)
    {
        let detail = format!("A code has between {CODE_MIN} and {CODE_MAX} bytes.");
        wrong.push(FieldError::new("installationCode", "out_of_range", detail));
    }
    let too_long = serials_too_long(&request.serials, &request.serial_numbers);
    let evidence = evidence(request.serials, &request.serial_numbers);
    if evidence.is_none() {
        wrong.push(too_long);
    }
    let (profile, account) = (request.access_profile, request.account);
    let email = account
        .as_ref()
        .map(|account| clean::line(&account.email, EMAIL_MAX + 1));
    check_profile(profile.as_deref(), email.as_deref(), &mut wrong);
    let metrics = request
        .metrics
        .as_ref()
        .map(|metrics| clean::json(metrics, reports::METRICS_MAX));
    if metrics == Some(None) {
        wrong.push(reports::too_large("metrics", reports::METRICS_MAX));
    }
    let (Some(evidence), true) = (evidence, wrong.is_empty()) else {
        return Err(Error::Invalid(wrong));
    };
    let macs = request.mac_addresses.iter().take(MACS_MAX);
    let name = account.and_then(|account| account.name);
    let body = json!({
        "access_profile": profile,
        "account": email.map(|email| json!({ "email": email, "name": name.map(|name| clean::line(&name, FACT_MAX)) })),
        "mac_addresses": macs.map(|mac| clean::line(mac, 64)).collect::<Vec<_>>(),
        "serial_numbers": request.serial_numbers.iter().take(DISKS_MAX).map(|serial| clean::line(serial, EVIDENCE_MAX)).collect::<Vec<_>>(),
        "metrics": metrics.flatten(),
    });
    Ok(Checked {
        code,
        evidence,
        about: EnrolledFacts {
            install_id: String::new(),
            hostname: clean::line(&request.hostname, FACT_MAX),
            os: request.os.cleaned(),
            agent_version: clean::line(&request.agent_version, FACT_MAX),
        },
        profile,
        body,
    })
}

fn check_profile(profile: Option<&str>, email: Option<&str>, wrong: &mut Vec<FieldError>) {
    let known = matches!(profile, None | Some("collaborator" | "manager"));
    if !known {
        let detail = "The access profile is “collaborator” or “manager”.";
        wrong.push(FieldError::new("accessProfile", "malformed", detail));
    }
    let address = email.is_some_and(|email| {
        let (name, host) = email.split_once('@').unwrap_or_default();
        !name.is_empty() && !host.is_empty() && email.len() <= EMAIL_MAX && !email.contains(' ')
    });
    if profile.is_some() && email.is_none() {
        let detail = "An access profile belongs to an account; send its e-mail address.";
        wrong.push(FieldError::new("account", "required", detail).member("email"));
    } else if email.is_some() && !address {
        let detail = "This is not an e-mail address.";
        wrong.push(FieldError::new("account", "malformed", detail).member("email"));
    }
}

/// What to say of serial numbers that are none: the one that is too long, or the list.
fn serials_too_long(serials: &Serials, unnamed: &[String]) -> FieldError {
    let wrong = |field| {
        let detail = format!("At most {DISKS_MAX} disks, and {EVIDENCE_MAX} bytes a serial number.");
        FieldError::new(field, "too_long", detail)
    };
    let long = |text: &String| text.len() > EVIDENCE_MAX;
    let named = [
        ("uuid", &serials.uuid),
        ("board", &serials.board),
        ("system", &serials.system),
    ];
    if let Some((name, _)) = named.into_iter().find(|(_, text)| long(text)) {
        return wrong("serials").member(name);
    }
    let first = unnamed.first().is_some_and(long);
    match serials.disks.iter().take(DISKS_MAX).position(long) {
        Some(disk) => wrong("serials").member("disks").item(disk),
        None if first => wrong("serialNumbers").item(0),
        None => wrong("serials").member("disks"),
    }
}

/// Serial numbers as evidence; None when they are longer than allowed.
fn evidence(serials: Serials, unnamed: &[String]) -> Option<Evidence> {
    let system = if serials.system.trim().is_empty() {
        unnamed.first().cloned().unwrap_or_default()
    } else {
        serials.system
    };
    let said = Evidence {
        smbios_uuid: serials.uuid.to_lowercase(),
        os_install_id: String::new(),
        board_serial: serials.board,
        system_serial: system,
        disk_serials: serials.disks,
    };
    Evidence::checked(said).ok()
}

impl OsSaid {
    pub(super) fn cleaned(&self) -> EnrollOs {
        let text = |text: &Option<String>| clean::line(text.as_deref().unwrap_or_default(), FACT_MAX);
        let name = clean::line(&self.name, FACT_MAX);
        EnrollOs {
            family: family(&name).into(),
            version: text(&self.version),
            arch: text(&self.architecture),
            name,
        }
    }
}

/// The family by the product's name, which is all that such agents tell; empty when it is another.
fn family(name: &str) -> &'static str {
    const LINUXES: [&str; 8] = [
        "linux", "ubuntu", "debian", "fedora", "suse", "red hat", "mint", "zorin",
    ];
    let name = name.to_lowercase();
    if name.contains("windows") {
        "windows"
    } else if name.contains("macos") || name.contains("mac os") || name.contains("darwin") {
        "macos"
    } else if LINUXES.iter().any(|known| name.contains(known)) {
        "linux"
    } else {
        ""
    }
}

fn waiting(reason: String) -> RegisterAnswer {
    RegisterAnswer::Waiting(WaitingMachine {
        code: "approval_pending",
        reason,
        detail: "A technician has to decide which machine this is. The registration was kept; register again a little later."
            .into(),
        retry_after_ms: ASK_AGAIN_MS,
    })
}

fn sent_away() -> Error {
    Error::Refused {
        code: Code::EnrollmentRefused,
        detail: "A technician decided that this installation has no place here. Ask them.".into(),
    }
}

fn nudge(ctx: &Ctx, organization: OrganizationId, machine: Option<MachineId>) {
    let mut topics = vec![Topic::Machines, Topic::Quarantine, Topic::Audit];
    topics.extend(machine.map(Topic::Machine));
    ctx.events.publish(Scope::Organization(organization), &topics);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: Value) -> Result<Checked> {
        check(serde_json::from_value(body).unwrap())
    }

    #[test]
    fn names_and_network_addresses_are_no_evidence() {
        let asked =
            request(json!({ "hostname": "pc-1", "macAddresses": ["aa:bb"], "installationCode": "12345678" }));
        assert_eq!(asked.unwrap().evidence, Evidence::default());
        let named =
            request(json!({ "serials": { "board": "B1", "disks": ["D1"] }, "serialNumbers": ["S1", "S2"] }));
        let evidence = named.unwrap().evidence;
        assert_eq!(
            (
                evidence.board_serial.as_str(),
                evidence.system_serial.as_str(),
                evidence.disk_serials.len()
            ),
            ("B1", "S1", 1)
        );
    }

    #[test]
    fn hostile_fields_are_cleaned_or_named() {
        let asked = request(
            json!({ "hostname": "a\u{202e}b\n".to_owned() + &"x".repeat(2000), "os": { "name": "Windows 11\u{0}" } }),
        );
        let about = asked.unwrap().about;
        assert!(about.hostname.starts_with("a b x") && about.hostname.len() == FACT_MAX);
        assert_eq!(
            (about.os.family.as_str(), about.os.name.as_str()),
            ("windows", "Windows 11")
        );
        for (body, field) in [
            (json!({ "installationCode": "short" }), "installationCode"),
            (
                json!({ "serials": { "board": "x".repeat(EVIDENCE_MAX + 1) } }),
                "serials",
            ),
            (
                json!({ "accessProfile": "admin", "account": { "email": "a@b" } }),
                "accessProfile",
            ),
            (json!({ "accessProfile": "manager" }), "account"),
            (json!({ "account": { "email": "nowhere" } }), "account"),
            (
                json!({ "metrics": { "x": vec!["y".repeat(2000); 40] } }),
                "metrics",
            ),
        ] {
            match request(body).map(|_| ()) {
                Err(Error::Invalid(errors)) => assert_eq!(errors[0].field, field),
                other => panic!("{field}: {other:?}"),
            }
        }
    }
}
