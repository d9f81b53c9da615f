//! What an API token may be made, changed and rotated with: checked here, in full, before anything is written.

use std::time::Duration;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::{Error, FieldError, Result};
use crate::ids::{AccountId, OrganizationId, SiteId};
use crate::rights::{Permission, Permissions, known_tags};

/// Longest name, in characters.
pub const NAME_MAX: usize = 80;
/// Shortest life.
pub const LIFE_MIN: Duration = Duration::from_secs(60);
/// Longest life: a year.
pub const LIFE_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Most tokens of one account that work at once.
pub const TOKENS_MAX: u64 = 50;
/// How long the former secret works after a rotation when nobody says.
pub const OVERLAP_DEFAULT: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest time for which a former secret works.
pub const OVERLAP_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Most organizations that a token is for by name.
const ORGANIZATIONS_MAX: usize = 100;
/// Most sites.
const SITES_MAX: usize = 100;

/// An API token to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// Whose: a service account that the caller manages; the caller's own when left out.
    #[serde(default)]
    pub account_id: Option<AccountId>,
    /// What it is for.
    #[schema(max_length = 80)]
    pub name: String,
    /// What it may be used for, as far as its account may: at least one permission.
    pub scopes: Vec<Permission>,
    /// The only organizations in which it works, at least one; wherever its account may when left out.
    #[serde(default)]
    pub organization_ids: Option<Vec<OrganizationId>>,
    /// The only sites for whose machines it is, at least one. Then it is for machines and their sessions alone.
    #[serde(default)]
    pub site_ids: Option<Vec<SiteId>>,
    /// It is only for machines that carry all of these tags, at least one. Then it is for machines and their sessions alone.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
    /// It takes GET requests alone. Its scopes may be such that only look: `machine.see`, `session.see`, `audit.read`, `account.see`.
    #[serde(default)]
    pub read_only: bool,
    /// How long it works, in seconds: a minute to a year.
    #[schema(minimum = 60, maximum = 31536000)]
    pub expires_in_seconds: u64,
}

/// What is to change of an API token; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiTokenChange {
    /// What it is for.
    #[schema(max_length = 80)]
    pub name: Option<String>,
    /// What it may be used for. What was started with it ends when this changes.
    pub scopes: Option<Vec<Permission>>,
    /// Whether it takes GET requests alone. What was started with it ends when this changes.
    pub read_only: Option<bool>,
}

/// How a token gets another secret.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApiTokenRotation)]
pub struct Rotation {
    /// How long the former secret goes on working, in seconds: nothing to seven days; a day when left out. Never longer than it would
    /// have.
    #[schema(minimum = 0, maximum = 604_800)]
    #[serde(default)]
    pub overlap_seconds: Option<u64>,
    /// How long the token works from now on, in seconds: a minute to a year; as long as it would have when left out.
    #[schema(minimum = 60, maximum = 31536000)]
    #[serde(default)]
    pub expires_in_seconds: Option<u64>,
}

/// Terms that are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) name: String,
    pub(super) scopes: Permissions,
    pub(super) organizations: Option<Vec<OrganizationId>>,
    pub(super) sites: Option<Vec<SiteId>>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) read_only: bool,
    pub(super) life: Duration,
}

impl NewApiToken {
    /// `seen` and `sites`: the organizations and sites that its maker knows of; a token is for none of the others.
    pub(super) fn check(self, seen: &[OrganizationId], sites: &[(OrganizationId, SiteId)]) -> Result<Terms> {
        let (name, scopes, mut wrong) = checked(&self.name, self.scopes, self.read_only);
        let life = life("expires_in_seconds", self.expires_in_seconds, &mut wrong);
        wrong.extend(
            self.organization_ids
                .as_deref()
                .and_then(|only| objection(only, seen)),
        );
        let organizations = self.organization_ids.map(|mut only| {
            only.sort_unstable();
            only.dedup();
            only
        });
        let within = |(organization, _): &&(OrganizationId, SiteId)| {
            organizations
                .as_ref()
                .is_none_or(|only| only.contains(organization))
        };
        let known: Vec<SiteId> = sites.iter().filter(within).map(|(_, site)| *site).collect();
        let sites = self.site_ids.map(|mut only| {
            only.sort_unstable();
            only.dedup();
            only
        });
        wrong.extend(sites.as_deref().and_then(|only| site_objection(only, &known)));
        let tags = match self.tags.map(|tags| known_tags("tags", &tags)).transpose() {
            Ok(tags) => tags,
            Err(objection) => {
                wrong.push(objection);
                None
            }
        };
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        Ok(Terms {
            name,
            scopes,
            organizations,
            sites,
            tags,
            read_only: self.read_only,
            life,
        })
    }
}

fn objection(only: &[OrganizationId], seen: &[OrganizationId]) -> Option<FieldError> {
    let wrong = |code, detail: &str| FieldError::new("organization_ids", code, detail);
    match only.len() {
        0 => Some(wrong(
            "required",
            "Name an organization, or leave this out for all of them.",
        )),
        1..=ORGANIZATIONS_MAX => {
            let unknown = only.iter().position(|one| !seen.contains(one))?;
            Some(wrong("unknown", "There is no such organization.").item(unknown))
        }
        _ => {
            let detail = format!("At most {ORGANIZATIONS_MAX} organizations, please.");
            Some(wrong("too_many", &detail))
        }
    }
}

fn site_objection(only: &[SiteId], known: &[SiteId]) -> Option<FieldError> {
    let wrong = |code, detail: String| Some(FieldError::new("site_ids", code, detail));
    match only.len() {
        0 => wrong(
            "required",
            "Name a site, or leave this out for all of them.".into(),
        ),
        1..=SITES_MAX if only.iter().all(|one| known.contains(one)) => None,
        1..=SITES_MAX => wrong(
            "unknown",
            "There is no such site in the organizations of this token.".into(),
        ),
        _ => wrong("too_many", format!("At most {SITES_MAX} sites, please.")),
    }
}

/// A name and scopes as they are kept, with what is wrong about them.
pub(super) fn checked(
    name: &str,
    scopes: Vec<Permission>,
    read_only: bool,
) -> (String, Permissions, Vec<FieldError>) {
    let mut wrong = Vec::new();
    let name = name.trim().to_owned();
    if name.is_empty() {
        let detail = "Say what the token is for.";
        wrong.push(FieldError::new("name", "required", detail));
    } else if name.chars().count() > NAME_MAX {
        let detail = format!("At most {NAME_MAX} characters, please.");
        wrong.push(FieldError::new("name", "too_long", detail));
    } else if name.chars().any(farol_protocol::text::is_deceptive) {
        let detail = "This is one line of text, without characters that cannot be seen.";
        wrong.push(FieldError::new("name", "malformed", detail));
    }
    if scopes.is_empty() {
        let detail = "Say what the token may be used for.";
        wrong.push(FieldError::new("scopes", "required", detail));
    }
    for (index, scope) in scopes.iter().enumerate() {
        if read_only && !scope.only_reads() {
            let detail = format!("A token that only reads cannot have {}.", scope.as_str());
            wrong.push(FieldError::new("scopes", "not_reading", detail).item(index));
        }
    }
    let scopes: Permissions = scopes.into_iter().collect();
    (name, scopes, wrong)
}

/// A life as it was asked for.
pub(super) fn life(field: &'static str, seconds: u64, wrong: &mut Vec<FieldError>) -> Duration {
    let life = Duration::from_secs(seconds);
    if !(LIFE_MIN..=LIFE_MAX).contains(&life) {
        let detail = "A token works for a minute at least and a year at most.";
        wrong.push(FieldError::new(field, "out_of_range", detail));
    }
    life
}

impl Rotation {
    /// Overlap and new life.
    pub(super) fn check(self) -> Result<(Duration, Option<Duration>)> {
        let mut wrong = Vec::new();
        let overlap = self.overlap_seconds.map_or(OVERLAP_DEFAULT, Duration::from_secs);
        if overlap > OVERLAP_MAX {
            let detail = "A former secret goes on working for seven days at most.";
            wrong.push(FieldError::new("overlap_seconds", "out_of_range", detail));
        }
        let new_life = self
            .expires_in_seconds
            .map(|seconds| life("expires_in_seconds", seconds, &mut wrong));
        if wrong.is_empty() {
            Ok((overlap, new_life))
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> NewApiToken {
        NewApiToken {
            account_id: None,
            name: " nightly report ".into(),
            scopes: vec![Permission::MachineSee],
            organization_ids: None,
            site_ids: None,
            tags: None,
            read_only: true,
            expires_in_seconds: 3600,
        }
    }

    fn wrong(wanted: NewApiToken, seen: &[OrganizationId]) -> Vec<(&'static str, &'static str)> {
        match wanted.check(seen, &[]) {
            Err(Error::Invalid(errors)) => errors.iter().map(|one| (one.field, one.code)).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn every_wrong_field_is_named() {
        let terms = wanted().check(&[], &[]).unwrap();
        assert_eq!(
            (terms.name.as_str(), terms.life),
            ("nightly report", Duration::from_secs(3600))
        );
        let all = NewApiToken {
            name: String::new(),
            scopes: Vec::new(),
            organization_ids: Some(Vec::new()),
            expires_in_seconds: 0,
            ..wanted()
        };
        assert_eq!(
            wrong(all, &[]),
            [
                ("name", "required"),
                ("scopes", "required"),
                ("expires_in_seconds", "out_of_range"),
                ("organization_ids", "required"),
            ]
        );
        let changing = NewApiToken {
            name: "a\u{202e}b".into(),
            scopes: vec![Permission::MachineSee, Permission::MachineManage],
            expires_in_seconds: LIFE_MAX.as_secs() + 1,
            ..wanted()
        };
        assert_eq!(
            wrong(changing, &[]),
            [
                ("name", "malformed"),
                ("scopes", "not_reading"),
                ("expires_in_seconds", "out_of_range")
            ]
        );
    }

    #[test]
    fn organizations_out_of_sight_are_none() {
        let (ours, theirs) = (OrganizationId::new(), OrganizationId::new());
        let only = |ids: &[OrganizationId]| NewApiToken {
            organization_ids: Some(ids.to_vec()),
            ..wanted()
        };
        assert_eq!(wrong(only(&[ours, ours]), &[ours]), []);
        assert_eq!(
            wrong(only(&[ours, theirs]), &[ours]),
            [("organization_ids", "unknown")]
        );
    }

    #[test]
    fn an_overlap_is_a_week_at_most() {
        let (overlap, life) = Rotation::default().check().unwrap();
        assert_eq!((overlap, life), (OVERLAP_DEFAULT, None));
        let rotation = Rotation {
            overlap_seconds: Some(OVERLAP_MAX.as_secs() + 1),
            expires_in_seconds: Some(1),
        };
        assert!(matches!(rotation.check(), Err(Error::Invalid(errors)) if errors.len() == 2));
    }
}
