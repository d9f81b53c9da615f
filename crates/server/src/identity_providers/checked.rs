//! What the settings of a provider may be. Pure, but for roles and who may give them.

use axum::http::Uri;

use super::http;
use super::view::GroupMapping;
use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::error::{Error, FieldError, Result};
use crate::outbound::is_loopback;
use crate::rights::{self, AssignmentPlace, Conditions, Gift};
use crate::store::WriteTx;

/// Longest name, in characters; what fits on a button.
const NAME_MAX: usize = 80;
/// Longest issuer, in characters.
const ISSUER_MAX: usize = 500;
/// Longest client id, in characters.
const CLIENT_ID_MAX: usize = 300;
/// Longest client secret, in characters.
const SECRET_MAX: usize = 1_000;
/// Most scopes, and their longest.
const SCOPES_MAX: usize = 20;
const SCOPE_MAX: usize = 100;
/// Longest name of a claim or a group, in characters.
const GROUP_MAX: usize = 200;
/// Most mappings.
const MAPPINGS_MAX: usize = 100;
/// Most domains, and their longest (RFC 1035).
const DOMAINS_MAX: usize = 50;
const DOMAIN_MAX: usize = 253;

/// What is wrong so far; all of it is said at once.
#[derive(Default)]
pub(super) struct Wrong(Vec<FieldError>);

impl Wrong {
    fn add(&mut self, field: &'static str, code: &'static str, detail: impl Into<String>) {
        self.0.push(FieldError::new(field, code, detail));
    }

    fn add_item(&mut self, field: &'static str, index: usize, code: &'static str, detail: impl Into<String>) {
        self.0.push(FieldError::new(field, code, detail).item(index));
    }

    /// # Errors
    /// `validation_failed` when anything was wrong.
    pub(super) fn none(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }

    fn line(&mut self, field: &'static str, text: &str, longest: usize) -> String {
        let text = text.trim();
        if text.chars().count() > longest {
            self.add(
                field,
                "too_long",
                format!("At most {longest} characters, please."),
            );
        } else if text.chars().any(farol_protocol::text::is_deceptive) {
            let detail = "This is one line of text, without characters that cannot be seen.";
            self.add(field, "malformed", detail);
        }
        text.to_owned()
    }

    fn required(&mut self, field: &'static str, text: &str, longest: usize) -> String {
        let text = self.line(field, text, longest);
        if text.is_empty() {
            self.add(field, "required", "Please fill this in.");
        }
        text
    }

    pub(super) fn name(&mut self, text: &str) -> String {
        self.required("name", text, NAME_MAX)
    }

    pub(super) fn client_id(&mut self, text: &str) -> String {
        self.required("client_id", text, CLIENT_ID_MAX)
    }

    /// Compared letter for letter with what the issuer says, so nothing is added or taken away but blanks around it.
    pub(super) fn issuer(&mut self, text: &str) -> String {
        let text = self.required("issuer", text, ISSUER_MAX);
        if text.is_empty() {
            return text;
        }
        let objection = match text.parse::<Uri>() {
            Ok(_) if text.contains(['?', '#']) => Some("it has a query or a fragment"),
            Ok(uri) => http::objection(&uri, is_loopback(&uri)),
            Err(_) => Some("it is no address"),
        };
        if let Some(why) = objection {
            let detail = format!(
                "This cannot be the address of an issuer: {why}. It looks like https://id.example.org/realm."
            );
            self.add("issuer", "malformed", detail);
        }
        text
    }

    pub(super) fn secret(&mut self, text: Option<&str>) {
        let Some(text) = text else { return };
        if text.is_empty() {
            let detail = "An empty secret is none. Leave it out for a public client.";
            self.add("client_secret", "required", detail);
        } else if text.chars().count() > SECRET_MAX || text.chars().any(char::is_control) {
            let detail = format!("A secret has at most {SECRET_MAX} characters and is one line.");
            self.add("client_secret", "malformed", detail);
        }
    }

    /// `openid` is always asked for.
    pub(super) fn scopes(&mut self, scopes: &[String]) -> Vec<String> {
        let fine = |scope: &str| {
            let letters = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            scope.len() <= SCOPE_MAX && scope.bytes().all(letters)
        };
        let mut kept: Vec<String> = Vec::new();
        for (index, scope) in scopes.iter().map(|scope| scope.trim()).enumerate() {
            if !fine(scope) {
                let detail =
                    format!("“{scope}” is not the name of a scope. Write one for each, without blanks.");
                self.add_item("scopes", index, "malformed", detail);
            } else if !scope.is_empty() && scope != "openid" && !kept.iter().any(|one| one == scope) {
                kept.push(scope.to_owned());
            }
        }
        if kept.len() > SCOPES_MAX {
            self.add(
                "scopes",
                "too_many",
                format!("At most {SCOPES_MAX} scopes, please."),
            );
        }
        kept
    }

    pub(super) fn groups_claim(&mut self, text: &str, mappings: &[GroupMapping]) -> String {
        let claim = self.line("groups_claim", text, GROUP_MAX);
        if claim.is_empty() && mappings.iter().any(|one| one.group != super::admit::EVERYBODY) {
            let detail = "Say which claim has the groups, often “groups” or “roles”.";
            self.add("groups_claim", "required", detail);
        }
        claim
    }

    pub(super) fn accounts_max(&mut self, most: Option<u32>) -> Option<i64> {
        if most == Some(0) {
            let detail = "At least one account, or switch it off that accounts are made.";
            self.add("accounts_max", "too_small", detail);
        }
        most.map(i64::from)
    }

    pub(super) fn email_domains(&mut self, domains: &[String]) -> Vec<String> {
        let mut kept: Vec<String> = Vec::new();
        for (index, domain) in domains.iter().enumerate() {
            let domain = domain.trim().trim_start_matches('@').to_lowercase();
            let fine = domain.len() <= DOMAIN_MAX
                && domain.split('.').all(|part| {
                    !part.is_empty()
                        && part
                            .chars()
                            .all(|letter| letter.is_alphanumeric() || letter == '-')
                });
            if !fine {
                let detail = format!("“{domain}” is not a domain such as example.org.");
                self.add_item("email_domains", index, "malformed", detail);
            } else if !kept.contains(&domain) {
                kept.push(domain);
            }
        }
        if kept.len() > DOMAINS_MAX {
            self.add(
                "email_domains",
                "too_many",
                format!("At most {DOMAINS_MAX} domains, please."),
            );
        }
        kept
    }

    /// Groups, tags, conditions and how many; roles and places are looked at by [`may_give`].
    pub(super) fn mappings(&mut self, wanted: Vec<GroupMapping>) -> Vec<GroupMapping> {
        let mut kept = Vec::new();
        for (index, mut mapping) in wanted.into_iter().enumerate() {
            let before = self.0.len();
            mapping.group = self.required("mappings", &mapping.group, GROUP_MAX);
            for wrong in self.0.split_off(before) {
                self.0.push(wrong.item(index).member("group"));
            }
            let (mapping, wrong) = tidied(mapping);
            self.0.extend(wrong.into_iter().map(|one| of_mapping(one, index)));
            // One more than may be is enough to refuse them.
            if kept.len() <= MAPPINGS_MAX && !kept.contains(&mapping) {
                kept.push(mapping);
            }
        }
        if kept.len() > MAPPINGS_MAX {
            self.add(
                "mappings",
                "too_many",
                format!("At most {MAPPINGS_MAX} mappings, please."),
            );
        }
        kept
    }
}

/// A mapping with its tags and conditions as they are kept, and what is wrong with them.
fn tidied(mapping: GroupMapping) -> (GroupMapping, Vec<FieldError>) {
    let mut wrong = Vec::new();
    let place = match mapping.place {
        AssignmentPlace::Tags {
            organization_id,
            tags,
        } => {
            let known = rights::known_tags("place.tags", &tags);
            let tags = known.unwrap_or_else(|one| {
                wrong.push(one);
                tags
            });
            AssignmentPlace::Tags {
                organization_id,
                tags,
            }
        }
        other => other,
    };
    if mapping.conditions.expires_at.is_some() {
        let detail = "What a group gives ends when somebody leaves the group. Leave the end out.";
        wrong.push(FieldError::new("conditions.expires_at", "not_allowed", detail));
    }
    let without_end = Conditions {
        expires_at: None,
        ..mapping.conditions
    };
    // Without an end it does not matter when that is asked.
    let conditions = without_end.clone().checked(Timestamp(0)).unwrap_or_else(|more| {
        wrong.extend(more);
        without_end
    });
    let tidied = GroupMapping {
        place,
        conditions,
        ..mapping
    };
    (tidied, wrong)
}

/// A wrong field of one mapping, where it stands in the list; forms know the list.
fn of_mapping(wrong: FieldError, index: usize) -> FieldError {
    FieldError {
        field: "mappings",
        ..wrong.inside(&index.to_string()).inside("mappings")
    }
}

/// That the caller may give what mappings give, those that were there before aside: nobody gives what they do not have. `sent` are the
/// mappings as they stand in the request.
///
/// # Errors
/// `validation_failed` (a role, site or machine that is not there), `not_found` (an organization), `archived`, `forbidden`, `step_up_required`;
/// those of the database.
pub(super) async fn may_give(
    tx: &WriteTx,
    (by, now): (&Caller, Timestamp),
    (before, after): (&[GroupMapping], &[GroupMapping]),
    sent: &[GroupMapping],
) -> Result<()> {
    for mapping in after.iter().filter(|mapping| !before.contains(mapping)) {
        let what = (&mapping.place, &mapping.conditions);
        let gift = Gift::checked(tx, (by, now), mapping.role, what).await;
        gift.map(drop).map_err(|error| in_list(error, mapping, sent))?;
    }
    Ok(())
}

/// What is wrong with a mapping, at its place in what was sent: copies are not kept.
fn in_list(error: Error, mapping: &GroupMapping, sent: &[GroupMapping]) -> Error {
    let wrong = match error {
        Error::Invalid(wrong) => wrong,
        other => return other,
    };
    let is_it = |one: &GroupMapping| {
        let group = one.group.trim().to_owned();
        tidied(GroupMapping { group, ..one.clone() }).0 == *mapping
    };
    let index = sent.iter().position(is_it).unwrap_or_default();
    Error::Invalid(wrong.into_iter().map(|one| of_mapping(one, index)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::OrganizationId;
    use crate::rights::{Reach, RoleKey};

    fn said(check: impl FnOnce(&mut Wrong)) -> Vec<(&'static str, &'static str)> {
        let mut wrong = Wrong::default();
        check(&mut wrong);
        wrong.0.iter().map(|error| (error.field, error.code)).collect()
    }

    #[test]
    fn an_issuer_is_an_address_and_nothing_more() {
        for fine in [
            "https://id.example.org",
            "https://id.example.org/realm/",
            "http://127.0.0.1:4000",
        ] {
            assert_eq!(said(|wrong| drop(wrong.issuer(fine))), [], "{fine}");
        }
        for bad in [
            "id.example.org",
            "http://id.example.org",
            "https://a/?b=c",
            "https://a/#b",
            "file:///etc",
        ] {
            let found = said(|wrong| drop(wrong.issuer(bad)));
            assert_eq!(found, [("issuer", "malformed")], "{bad}");
        }
        assert_eq!(said(|wrong| drop(wrong.issuer(" "))), [("issuer", "required")]);
    }

    #[test]
    fn scopes_and_domains_are_tidied_up() {
        let mut wrong = Wrong::default();
        let scopes = ["openid", "email", "email", " groups ", ""].map(str::to_owned);
        assert_eq!(wrong.scopes(&scopes), ["email", "groups"]);
        let domains = ["@Example.ORG", "example.org", "exämple.org"].map(str::to_owned);
        assert_eq!(wrong.email_domains(&domains), ["example.org", "exämple.org"]);
        assert!(wrong.none().is_ok());
        assert_eq!(
            said(|wrong| drop(wrong.scopes(&["a b".to_owned()]))),
            [("scopes", "malformed")]
        );
        let found = said(|wrong| drop(wrong.email_domains(&["a@b".to_owned()])));
        assert_eq!(found, [("email_domains", "malformed")]);
    }

    fn mapping(group: &str, place: AssignmentPlace) -> GroupMapping {
        GroupMapping {
            group: group.to_owned(),
            role: RoleKey::Viewer,
            place,
            conditions: Conditions::NONE,
        }
    }

    #[test]
    fn groups_need_a_claim_but_everybody_does_not() {
        let mapping = |group| mapping(group, AssignmentPlace::Server);
        assert_eq!(said(|wrong| drop(wrong.groups_claim("", &[mapping("*")]))), []);
        let found = said(|wrong| drop(wrong.groups_claim("", &[mapping("staff")])));
        assert_eq!(found, [("groups_claim", "required")]);
        let mut wrong = Wrong::default();
        let kept = wrong.mappings(vec![mapping("staff"), mapping(" staff ")]);
        assert_eq!(kept, [mapping("staff")]);
    }

    #[test]
    fn a_mapping_is_kept_tidied_up_and_ends_with_its_group() {
        let tagged = |tags: &[&str]| AssignmentPlace::Tags {
            organization_id: OrganizationId::new(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        };
        let mut wrong = Wrong::default();
        let place = tagged(&[" Till", "lab", "till"]);
        let kept = wrong.mappings(vec![mapping("staff", place.clone())]);
        assert!(wrong.none().is_ok());
        assert_eq!(kept[0].place.reach(), place_of(&place, &["lab", "till"]));

        let mut strict = mapping("staff", AssignmentPlace::Server);
        strict.conditions.expires_at = Some(Timestamp(i64::MAX));
        strict.conditions.step_up_minutes = Some(0);
        let mut wrong = Wrong::default();
        wrong.mappings(vec![
            mapping(" ", AssignmentPlace::Server),
            mapping("staff", tagged(&[])),
            strict,
        ]);
        let said: Vec<(&str, &str, &str)> = wrong
            .0
            .iter()
            .map(|one| (one.field, one.code, one.pointer.as_deref().unwrap()))
            .collect();
        assert_eq!(
            said,
            [
                ("mappings", "required", "/mappings/0/group"),
                ("mappings", "out_of_range", "/mappings/1/place/tags"),
                ("mappings", "not_allowed", "/mappings/2/conditions/expires_at"),
                (
                    "mappings",
                    "out_of_range",
                    "/mappings/2/conditions/step_up_minutes"
                ),
            ]
        );
        let many = (0..1_000).map(|number| mapping(&number.to_string(), AssignmentPlace::Server));
        assert_eq!(
            self::said(|wrong| drop(wrong.mappings(many.collect()))),
            [("mappings", "too_many")]
        );
    }

    fn place_of(place: &AssignmentPlace, tags: &[&str]) -> Option<Reach> {
        let reach = place.reach()?;
        Some(Reach {
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..reach
        })
    }
}
