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
    /// A login.
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
    use Takes::{Login, Machine, Nothing, Permission, Server};
    Some(match (method, path) {
        (
            _,
            "/api/version"
            | "/health/live"
            | "/health/ready"
            | "/metrics"
            | "/api/setup"
            | "/api/password-strength"
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
            "/api/me" | "/api/events" | "/api/logins/current" | "/api/accounts/{id}/effective-permissions",
        )
        | (_, "/api/logins" | "/api/logins/{id}")
        | ("GET", "/api/organizations" | "/api/roles") => Login,
        (_, path) if path.starts_with("/api/me/") || path.starts_with("/api/logins/current/") => Login,
        ("POST", "/api/organizations") => Server(P::OrganizationManage),
        ("PATCH", "/api/organizations/{id}") | (_, "/api/sites/{id}") | ("POST", "/api/sites") => {
            Permission(P::OrganizationManage)
        }
        (_, "/api/roles" | "/api/roles/{id}") => Server(P::RoleManage),
        ("GET", "/api/accounts" | "/api/accounts/{id}" | "/api/role-assignments") => {
            Permission(P::AccountSee)
        }
        (_, path)
            if path.starts_with("/api/accounts/")
                || path.starts_with("/api/account-invitations")
                || path.starts_with("/api/role-assignments") =>
        {
            Permission(P::AccountManage)
        }
        (_, "/api/audit" | "/api/audit/actions" | "/api/audit/export" | "/api/audit/verification") => {
            Permission(P::AuditRead)
        }
        (_, path) if path.starts_with("/api/access-rules") => Permission(P::AccessManage),
        (_, path) if path.starts_with("/api/enrollment-tokens") => Permission(P::EnrollmentManage),
        (_, path) if path.starts_with("/api/server-") => Server(P::ServerManage),
        (_, path) if path.starts_with("/api/support-") => Permission(P::SupportAnswer),
        ("DELETE", "/api/machines/{id}") => Permission(P::MachineRemove),
        ("POST", "/api/machines/{id}/sessions") => Permission(P::ScreenView),
        ("GET", "/api/sites") => Permission(P::MachineSee),
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
