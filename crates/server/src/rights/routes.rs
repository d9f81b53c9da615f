//! What each route of the API takes: declared in one table, told by the description as `x-takes`, and held against the routes themselves
//! by the isolation test. A route without a line here fails that test.

use super::Permission as P;

/// What it takes to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing, or something that comes with the request: a code, a link, a password.
    Nothing,
    /// What machines and relays prove themselves with; no account's login.
    Machine,
    /// A login; an API token where [`takes_token`] says so.
    Login,
    /// This permission, where the thing is; lists show what is in sight.
    Permission(P),
    /// This permission for the whole server.
    Server(P),
}

impl Takes {
    /// As the description says it: the permission's name, `login`, `machine` or `nothing`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Machine => "machine",
            Self::Login => "login",
            Self::Permission(permission) | Self::Server(permission) => permission.as_str(),
        }
    }
}

/// What a route takes, by its method in upper case and its path as it is described; None when nobody has said.
#[must_use]
pub fn takes(method: &str, path: &str) -> Option<Takes> {
    takes_no_permission(method, path).or_else(|| takes_permission(method, path))
}

/// Those that take something else than a permission.
fn takes_no_permission(method: &str, path: &str) -> Option<Takes> {
    use Takes::{Login, Machine, Nothing};
    Some(match (method, path) {
        (
            _,
            "/api/version"
            | "/health/live"
            | "/health/ready"
            | "/metrics"
            | "/api/setup"
            | "/api/password-strength"
            | "/api/sign-in-methods"
            | "/api/identity-providers/{id}/start"
            | "/api/oidc/callback"
            | "/api/logins/link"
            | "/api/logins/second-factor"
            | "/api/logins/passkey"
            | "/api/logins/passkey/start"
            | "/api/account-invitations/look"
            | "/api/account-invitations/accept"
            | "/api/join/look"
            | "/api/join/redeem"
            | "/api/join/download"
            | "/api/guest/look"
            | "/api/guest/session"
            | "/api/guest/sessions"
            | "/api/guest/session/resume",
        )
        | ("POST", "/api/logins") => Nothing,
        (
            _,
            "/api/agent/enroll"
            | "/api/agent/identity"
            | "/api/agent/link"
            | "/api/relay"
            | "/api/machines/register"
            | "/api/machines/heartbeat"
            | "/api/machines/inventory"
            | "/api/machines/sessions"
            | "/api/machine-logins"
            | "/api/machine-logins/current",
        ) => Machine,
        (
            _,
            "/api/api-tokens"
            | "/api/api-tokens/{id}"
            | "/api/api-tokens/{id}/rotate"
            | "/api/me"
            | "/api/mail"
            | "/api/events"
            | "/api/logins/current"
            | "/api/logins/current/sign-out-url"
            | "/api/accounts/{id}/effective-permissions"
            | "/api/accounts/{id}/identities"
            | "/api/accounts/{id}/identities/{identity}",
        )
        | (_, "/api/logins" | "/api/logins/{id}")
        | ("GET", "/api/access-requests" | "/api/organizations" | "/api/roles") => Login,
        // One's own requests, and those about which one may decide.
        (_, path) if path.starts_with("/api/access-requests/") => Login,
        (_, path) if path.starts_with("/api/me/") || path.starts_with("/api/logins/current/") => Login,
        _ => return None,
    })
}

/// The rest, by the beginnings of paths where a domain takes one permission.
fn takes_permission(method: &str, path: &str) -> Option<Takes> {
    use Takes::{Permission, Server};
    Some(match (method, path) {
        (
            "POST",
            "/api/organizations" | "/api/organizations/{id}/archive" | "/api/organizations/{id}/restore",
        ) => Server(P::OrganizationManage),
        ("PATCH", "/api/organizations/{id}")
        | (_, "/api/sites/{id}" | "/api/sites/{id}/archive" | "/api/sites/{id}/restore")
        | ("POST", "/api/sites") => Permission(P::OrganizationManage),
        (_, "/api/roles" | "/api/roles/{id}") => Server(P::RoleManage),
        (
            "GET",
            "/api/accounts"
            | "/api/accounts/{id}"
            | "/api/role-assignments"
            | "/api/service-accounts"
            | "/api/teams"
            | "/api/teams/{id}",
        ) => Permission(P::AccountSee),
        (_, path)
            if path.starts_with("/api/accounts/")
                || path.starts_with("/api/account-invitations")
                || path.starts_with("/api/role-assignments")
                || path.starts_with("/api/service-accounts")
                || path.starts_with("/api/teams") =>
        {
            Permission(P::AccountManage)
        }
        (_, "/api/audit" | "/api/audit/actions" | "/api/audit/export" | "/api/audit/verification") => {
            Permission(P::AuditRead)
        }
        (_, path) if path.starts_with("/api/access-rules") => Permission(P::AccessManage),
        (_, path) if path.starts_with("/api/enrollment-tokens") => Permission(P::EnrollmentManage),
        (_, path) if path.starts_with("/api/webhook") => Permission(P::WebhookManage),
        (_, path) if path.starts_with("/api/server-") || path.starts_with("/api/identity-providers") => {
            Server(P::ServerManage)
        }
        (_, path) if path.starts_with("/api/support-") => Permission(P::SupportAnswer),
        ("DELETE", "/api/machines/{id}") => Permission(P::MachineRemove),
        ("POST", "/api/machines/{id}/sessions") => Permission(P::ScreenView),
        ("GET", "/api/sites") | ("POST", "/api/access-requests") => Permission(P::MachineSee),
        ("GET", path) if path.starts_with("/api/machine") || path.starts_with("/api/quarantine") => {
            Permission(P::MachineSee)
        }
        (_, path) if path.starts_with("/api/machine") || path.starts_with("/api/quarantine") => {
            Permission(P::MachineManage)
        }
        ("POST", "/api/sessions/remove") => Permission(P::SessionRemove),
        // One's own sessions take no more than what they are used for.
        ("GET", path) if path.starts_with("/api/sessions") => Permission(P::SessionSee),
        (_, path) if path.starts_with("/api/sessions/") => Permission(P::SessionManage),
        _ => return None,
    })
}

/// What API tokens do, as far as their scopes go, by the beginnings of paths.
const FOR_TOKENS: [&str; 20] = [
    "/api/access-rules",
    "/api/audit",
    "/api/enrollment-tokens",
    "/api/machine-duplicates",
    "/api/machines",
    "/api/organizations",
    "/api/quarantine",
    "/api/role-assignments",
    "/api/roles",
    "/api/server-certificate",
    "/api/server-identity",
    "/api/server-jobs",
    "/api/service-accounts",
    "/api/sessions",
    "/api/sites",
    "/api/support-codes",
    "/api/support-queue",
    "/api/teams",
    "/api/webhook-event-types",
    "/api/webhooks",
];

/// Whether an API token does there, as far as its scopes go; with the method in upper case. Where credentials are made and ended, and
/// where an account speaks about itself, only a login does. So it is with a route that is not named here: a new one lets no token in
/// until somebody says so.
#[must_use]
pub fn takes_token(method: &str, path: &str) -> bool {
    let named = FOR_TOKENS.iter().any(|prefix| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    match takes(method, path) {
        None | Some(Takes::Nothing | Takes::Machine) => false,
        Some(Takes::Login) => matches!(
            (method, path),
            (
                "GET",
                "/api/me"
                    | "/api/events"
                    | "/api/organizations"
                    | "/api/roles"
                    | "/api/accounts/{id}/effective-permissions"
            )
        ),
        Some(Takes::Permission(P::AccountSee | P::AccountManage)) => {
            let looks = method == "GET" && (path.starts_with("/api/accounts") || named);
            let decides = matches!(
                (method, path),
                ("POST", "/api/accounts/{id}/disable" | "/api/accounts/{id}/enable")
                    | ("DELETE", "/api/accounts/{id}")
            );
            let gives = path.starts_with("/api/role-assignments") || path.starts_with("/api/teams");
            looks || decides || gives
        }
        Some(Takes::Permission(_) | Takes::Server(_)) => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever adds a route sees here that no API token does it, or says in [`FOR_TOKENS`] that one does.
    #[test]
    fn what_takes_a_login_and_no_token_is_this() {
        let document = crate::openapi::document();
        let mut alone = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys().map(|one| one.to_uppercase()) {
                let login = !matches!(takes(&method, path), None | Some(Takes::Nothing | Takes::Machine));
                if login && !takes_token(&method, path) {
                    alone.push(format!("{method} {path}"));
                }
            }
        }
        alone.sort();
        assert_eq!(
            alone,
            [
                "DELETE /api/account-invitations/{id}",
                "DELETE /api/accounts/{id}/factors",
                "DELETE /api/accounts/{id}/identities/{identity}",
                "DELETE /api/api-tokens/{id}",
                "DELETE /api/identity-providers/{id}",
                "DELETE /api/logins",
                "DELETE /api/logins/current",
                "DELETE /api/logins/{id}",
                "DELETE /api/me/passkeys/{id}",
                "DELETE /api/me/totp",
                "DELETE /api/server-mail",
                "DELETE /api/server-mail/outbox/{id}",
                "DELETE /api/service-accounts/{id}",
                "GET /api/access-requests",
                "GET /api/access-requests/{id}",
                "GET /api/account-invitations",
                "GET /api/accounts/{id}/identities",
                "GET /api/api-tokens",
                "GET /api/api-tokens/{id}",
                "GET /api/identity-providers",
                "GET /api/identity-providers/{id}",
                "GET /api/logins",
                "GET /api/logins/current/sign-out-url",
                "GET /api/mail",
                "GET /api/me/factors",
                "GET /api/me/sign-ins",
                "GET /api/server-mail",
                "GET /api/server-mail/outbox",
                "GET /api/server-sign-in-rules",
                "PATCH /api/api-tokens/{id}",
                "PATCH /api/identity-providers/{id}",
                "PATCH /api/me",
                "PATCH /api/me/passkeys/{id}",
                "PATCH /api/service-accounts/{id}",
                "POST /api/access-requests",
                "POST /api/access-requests/{id}/approve",
                "POST /api/access-requests/{id}/refuse",
                "POST /api/access-requests/{id}/withdraw",
                "POST /api/account-invitations",
                "POST /api/account-invitations/{id}/resend",
                "POST /api/api-tokens",
                "POST /api/api-tokens/{id}/rotate",
                "POST /api/identity-providers",
                "POST /api/identity-providers/{id}/check",
                "POST /api/logins/current/proof",
                "POST /api/logins/current/proof/start",
                "POST /api/me/passkeys",
                "POST /api/me/passkeys/start",
                "POST /api/me/password",
                "POST /api/me/recovery-codes",
                "POST /api/me/totp",
                "POST /api/me/totp/confirm",
                "POST /api/server-mail/outbox/{id}/retry",
                "POST /api/server-mail/test",
                "POST /api/service-accounts",
                "PUT /api/server-mail",
                "PUT /api/server-sign-in-rules",
            ]
        );
    }
}
