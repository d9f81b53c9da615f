//! How the server sends e-mail: which mail server, how it is spoken to, who signs in there, and who the sender is.
//!
//! The password is sealed and never shown again. It is kept when settings change without it, but only for the same user at the same
//! mail server under the same protection: otherwise whoever may change settings would have it sent to a place of their choice.

use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::checks::{
    NAME_MAX, PASSWORD_MAX, USER_MAX, address_objection, certificates, host_objection, line_objection, pem,
    port_objection, security_objection,
};
use super::store;
use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::http::{ETag, IfMatch};
use crate::rights::{self, Permission};
use crate::store::WriteTx;
use crate::store::entities::server_mail::Model;

/// How the conversation is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MailSecurity)]
pub enum Security {
    /// It begins in the clear and goes on only after STARTTLS.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None; only for a mail server on this machine.
    None,
}

impl Security {
    /// As kept and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starttls => "starttls",
            Self::Tls => "tls",
            Self::None => "none",
        }
    }

    /// What is not known is the safest.
    fn of(text: &str) -> Self {
        match text {
            "tls" => Self::Tls,
            "none" => Self::None,
            _ => Self::Starttls,
        }
    }
}

/// The settings as they are, without the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailSettings {
    /// Name or address of the mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the conversation is protected.
    pub security: Security,
    /// Who signs in there; `null` = nobody.
    pub user: Option<String>,
    /// The sender's address.
    pub from_address: String,
    /// The sender's name; may be empty.
    pub from_name: String,
    /// Certificates of authorities (PEM) that are trusted beside the public ones; `null` = none.
    pub ca_pem: Option<String>,
    /// When they were changed last.
    pub changed_at: Timestamp,
}

/// Whether and how the server sends e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServerMail {
    /// The settings; `null` = it sends none.
    pub settings: Option<MailSettings>,
    /// The version of the settings, for `If-Match`.
    pub etag: String,
}

/// Settings to be used from now on, or to be tried.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMailSettings {
    /// Name or address of the mail server.
    #[schema(max_length = 253)]
    pub host: String,
    /// Its port: 25, 465, 587 or 2525; on this machine also any from 1024 on.
    #[schema(minimum = 1)]
    pub port: u16,
    /// How the conversation is protected.
    pub security: Security,
    /// Who signs in there; `null` = nobody.
    #[schema(max_length = 254)]
    pub user: Option<String>,
    /// Their password; left out = the one that is kept, for the same user at the same server.
    #[schema(format = Password, max_length = 1024)]
    pub password: Option<String>,
    /// The sender's address.
    #[schema(format = Email, max_length = 254)]
    pub from_address: String,
    /// The sender's name; may be empty.
    #[schema(max_length = 80)]
    pub from_name: String,
    /// Certificates of authorities (PEM) that are trusted beside the public ones.
    #[schema(max_length = 40960)]
    pub ca_pem: Option<String>,
}

impl std::fmt::Debug for NewMailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewMailSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Everything that a conversation needs, checked.
pub(super) struct Way {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) login: Option<(String, Zeroizing<String>)>,
    pub(super) from_address: String,
    pub(super) from_name: String,
    pub(super) authorities: Vec<CertificateDer<'static>>,
}

impl Way {
    /// Where it leads, for sentences.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// Whether the server sends e-mail for the caller. Anybody who is signed in may know.
///
/// # Errors
/// Those of the database.
pub async fn may_send(ctx: &Ctx, _: &Caller) -> Result<bool> {
    is_set_up(ctx.db.read()).await
}

/// Whether the server sends e-mail.
///
/// # Errors
/// Those of the database.
pub async fn is_set_up<C: sea_orm::ConnectionTrait>(db: &C) -> Result<bool> {
    Ok(store::settings(db).await?.is_some())
}

/// The settings, for owners of the server.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn view(ctx: &Ctx, by: &Caller) -> Result<ServerMail> {
    by.require_at(None, Permission::ServerManage)?;
    Ok(shown(store::settings(ctx.db.read()).await?.as_ref()))
}

fn shown(row: Option<&Model>) -> ServerMail {
    ServerMail {
        etag: version(row).to_string(),
        settings: row.map(|row| MailSettings {
            host: row.host.clone(),
            port: port(row),
            security: Security::of(&row.security),
            user: row.user_name.clone(),
            from_address: row.from_address.clone(),
            from_name: row.from_name.clone(),
            ca_pem: row.ca_pem.clone(),
            changed_at: row.changed_at,
        }),
    }
}

fn version(row: Option<&Model>) -> ETag {
    ETag(row.map_or(0, |row| row.version))
}

/// Out of range means a row that nobody of us wrote; nothing listens at 0.
fn port(row: &Model) -> u16 {
    u16::try_from(row.port).unwrap_or_default()
}

/// Sets the mail server.
///
/// # Errors
/// `forbidden`, `version_required`, `version_mismatch`, `validation_failed`, `secrets_unavailable`; those of the database.
pub async fn change(ctx: &Ctx, by: &Caller, wanted: NewMailSettings, seen: &IfMatch) -> Result<ServerMail> {
    by.require_at(None, Permission::ServerManage)?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let before = store::settings(&tx).await?;
    seen.require(version(before.as_ref()))?;
    let new_password = wanted.password.is_some();
    let way = checked(ctx, wanted, before.as_ref())?;
    let row = Model {
        name: store::NAME.to_owned(),
        host: way.host.clone(),
        port: way.port.into(),
        security: way.security.as_str().to_owned(),
        user_name: way.login.as_ref().map(|(user, _)| user.clone()),
        sealed_password: match &way.login {
            Some((_, password)) => Some(ctx.sealed.seal(&tx, store::PASSWORD, password.as_bytes()).await?),
            None => None,
        },
        from_address: way.from_address,
        from_name: way.from_name,
        ca_pem: (!way.authorities.is_empty()).then(|| pem(&way.authorities)),
        changed_at: now,
        // Also after settings were removed no version comes twice.
        version: before.as_ref().map_or(now.0, |row| row.version.saturating_add(1)),
    };
    store::keep_settings(&tx, row.clone()).await?;
    let mut after = said(&row);
    if new_password && let Some(object) = after.as_object_mut() {
        object.insert("password".into(), json!("new"));
    }
    let sides = (before.as_ref().map_or(Value::Null, said), after);
    record(ctx, &tx, by, Action::ServerMailChanged, sides).await?;
    tx.commit().await?;
    super::told(ctx).await?;
    Ok(shown(Some(&row)))
}

/// Gives the mail server up: nothing is sent any more, and what waits fails in the end.
///
/// # Errors
/// `forbidden`, `version_required`, `version_mismatch`; those of the database.
pub async fn remove(ctx: &Ctx, by: &Caller, seen: &IfMatch) -> Result<()> {
    by.require_at(None, Permission::ServerManage)?;
    let tx = ctx.db.write().await?;
    let before = store::settings(&tx).await?;
    let Some(before) = before else {
        return Ok(());
    };
    seen.require(version(Some(&before)))?;
    store::remove_settings(&tx).await?;
    let sides = (said(&before), Value::Null);
    record(ctx, &tx, by, Action::ServerMailRemoved, sides).await?;
    tx.commit().await?;
    super::told(ctx).await
}

/// What audit entries say of settings.
fn said(row: &Model) -> Value {
    json!({
        "host": row.host,
        "port": row.port,
        "security": row.security,
        "user": row.user_name,
        "from_address": row.from_address,
        "from_name": row.from_name,
        "own_authorities": row.ca_pem.is_some(),
    })
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    action: Action,
    (before, after): (Value, Value),
) -> Result<()> {
    for organization in rights::chains(tx, None).await? {
        let target = Target::new(TargetKind::Server, store::NAME, "e-mail");
        let entry = by.entry(organization, action).on(target);
        audit::record(tx, ctx.clock.now(), entry.change(before.clone(), after.clone())).await?;
    }
    Ok(())
}

/// The way that is kept; None when there is none.
///
/// # Errors
/// `secrets_unavailable`; those of the database.
pub(super) async fn way(ctx: &Ctx) -> Result<Option<Way>> {
    let Some(row) = store::settings(ctx.db.read()).await? else {
        return Ok(None);
    };
    let login = match &row.user_name {
        Some(user) => Some((user.clone(), kept_password(ctx, &row)?)),
        None => None,
    };
    Ok(Some(Way {
        port: port(&row),
        security: Security::of(&row.security),
        login,
        authorities: match &row.ca_pem {
            Some(pem) => {
                certificates(pem).map_err(|()| Error::internal("kept authorities cannot be read"))?
            }
            None => Vec::new(),
        },
        host: row.host,
        from_address: row.from_address,
        from_name: row.from_name,
    }))
}

fn kept_password(ctx: &Ctx, row: &Model) -> Result<Zeroizing<String>> {
    let Some(envelope) = &row.sealed_password else {
        return Ok(Zeroizing::default());
    };
    let bytes = ctx.sealed.open(store::PASSWORD, envelope)?;
    let text = std::str::from_utf8(&bytes).map_err(Error::internal)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Checks settings that somebody typed. `kept` are those that they may rely on for the password.
///
/// # Errors
/// `validation_failed`, `secrets_unavailable`.
pub(super) fn checked(ctx: &Ctx, wanted: NewMailSettings, kept: Option<&Model>) -> Result<Way> {
    let host = wanted.host.trim().to_ascii_lowercase();
    let from_address = wanted.from_address.trim().to_owned();
    let from_name = wanted.from_name.trim().to_owned();
    let user = wanted.user.filter(|user| !user.is_empty());
    let ca_pem = wanted.ca_pem.filter(|pem| !pem.trim().is_empty());
    let authorities = ca_pem.as_deref().map_or(Ok(Vec::new()), certificates);
    let password = wanted.password.map(Zeroizing::new);
    let mut wrong: Vec<FieldError> = [
        host_objection(&host),
        port_objection(&host, wanted.port),
        security_objection(&host, wanted.security),
        user.as_deref()
            .and_then(|user| line_objection("user", user, USER_MAX)),
        password
            .as_ref()
            .and_then(|password| line_objection("password", password, PASSWORD_MAX)),
        address_objection(&from_address),
        line_objection("from_name", &from_name, NAME_MAX),
        authorities.is_err().then(|| {
            let detail = "These are not certificates in PEM, at most twenty of them.";
            FieldError::new("ca_pem", "invalid", detail)
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    let same = kept.filter(|row| {
        row.host == host
            && port(row) == wanted.port
            && row.security == wanted.security.as_str()
            && row.user_name == user
    });
    let login = match (user, password, same) {
        (None, _, _) => None,
        (Some(user), Some(password), _) if !password.is_empty() => Some((user, password)),
        (Some(user), _, Some(row)) => Some((user, kept_password(ctx, row)?)),
        (Some(_), _, None) => {
            let detail =
                "Type the password: one that is kept is used only for the same user at the same server.";
            wrong.push(FieldError::new("password", "required", detail));
            None
        }
    };
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    Ok(Way {
        host,
        port: wanted.port,
        security: wanted.security,
        login,
        from_address,
        from_name,
        authorities: authorities.unwrap_or_default(),
    })
}
