//! `GET /api/server-certificate`: what this server shows to browsers and agents, until when, and whether the next one will
//! come by itself. For those who look after the server; `/health/ready` tells monitors the same in one word.

use std::time::Duration;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Current, Trouble};
use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::config::TlsMode;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, SignedIn};
use crate::rights::Permission;

/// How long before its end a certificate from files should be replaced at the latest; people need time, but not a third of a
/// year.
const FILES_LEAD: Duration = Duration::from_secs(30 * 86_400);

/// Routes of this domain for administrators.
pub(super) fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new().routes(routes!(get_server_certificate))
}

/// The certificate that the server shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ServerCertificate)]
pub struct View {
    /// Where it comes from.
    pub source: Source,
    /// The certificate; `null` when the server speaks no TLS itself.
    pub certificate: Option<CertificateView>,
    /// What is wrong; `null` when nothing is.
    pub trouble: Option<Trouble>,
}

/// Where the server's certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CertificateSource)]
pub enum Source {
    /// Nowhere: the server answers only the machine it runs on.
    None,
    /// From a reverse proxy that this server trusts, which keeps it.
    Proxy,
    /// From files that somebody else keeps valid.
    Files,
    /// From a certificate authority that speaks ACME.
    Acme,
    /// From the server's own certificate authority.
    Own,
}

/// A certificate as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ServerCertificateView)]
pub struct CertificateView {
    /// SHA-256 of the certificate: lower-case hex.
    pub sha256: String,
    /// The names and addresses it is for.
    pub names: Vec<String>,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// By when the next one should be there. Later than that, a person should look.
    pub renew_at: Timestamp,
    /// Made only so that something can be shown until the real one is there; no browser trusts it.
    pub placeholder: bool,
}

impl CertificateView {
    fn of(current: &Current, source: Source) -> Self {
        let renew_at = match source {
            Source::Files => current.renew_at().max(current.not_after.before(FILES_LEAD)),
            _ => current.renew_at(),
        };
        Self {
            sha256: hex::encode(current.sha256),
            names: current.names.clone(),
            not_before: current.not_before,
            not_after: current.not_after,
            renew_at,
            placeholder: current.placeholder,
        }
    }
}

/// The certificate that the server shows, until when, and what is wrong with it.
#[utoipa::path(
    get, path = "/api/server-certificate", tag = "server", security(("login" = [])),
    responses((status = 200, description = "As it is now", body = View))
)]
async fn get_server_certificate(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<View>> {
    Ok(Json(view(&ctx, &by)?))
}

/// What is shown now.
///
/// # Errors
/// `forbidden`.
pub fn view(ctx: &Ctx, by: &Caller) -> Result<View> {
    by.require_at(None, Permission::ServerManage)?;
    let source = match &ctx.config.tls {
        Some(TlsMode::Files(_)) => Source::Files,
        Some(TlsMode::Acme(_)) => Source::Acme,
        Some(TlsMode::Own(_)) => Source::Own,
        None if ctx.config.trusted_proxies.is_empty() => Source::None,
        None => Source::Proxy,
    };
    Ok(View {
        source,
        certificate: ctx
            .tls
            .shown()
            .map(|current| CertificateView::of(&current, source)),
        trouble: ctx.tls.trouble(),
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

    use super::*;

    /// Valid for the year 2027.
    fn current(names: &[&str]) -> Current {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2027, 1, 1), date_time_ymd(2028, 1, 1));
        let certificate = params.self_signed(&key).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Current::new(vec![certificate.der().clone()], key).unwrap()
    }

    #[test]
    fn it_names_what_browsers_compare_with_the_address() {
        let names = ["farol.example.org", "192.0.2.7", "2001:db8::7"];
        let view = CertificateView::of(&current(&names), Source::Own);
        assert_eq!(view.names, names);
        assert!(CertificateView::of(&current(&[]), Source::Own).names.is_empty());
    }

    #[test]
    fn people_are_asked_later_than_the_server_asks_itself() {
        let current = current(&["localhost"]);
        let year = Duration::from_secs(365 * 86_400);
        let own = CertificateView::of(&current, Source::Own);
        assert_eq!(own.renew_at, own.not_before.after(year / 3 * 2));
        let files = CertificateView::of(&current, Source::Files);
        assert_eq!(files.renew_at, files.not_after.before(FILES_LEAD));
    }
}
