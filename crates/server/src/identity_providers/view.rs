//! Identity providers and identities, as the API shows and takes them.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{IdentityId, IdentityProviderId};
use crate::rights::{AssignmentPlace, Conditions, RoleKey};

/// Whoever is in a group gets a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupMapping {
    /// The group, letter for letter as the provider names it; `*` is everybody who signs in there.
    #[schema(max_length = 200)]
    pub group: String,
    /// What role they get.
    pub role: RoleKey,
    /// Where. One that is gone gives nothing.
    pub place: AssignmentPlace,
    /// When it counts, and what it asks for; always and nothing when left out. Its end is that of being in the group: `expires_at` is not
    /// taken. Of several groups that give the same role in the same place the looser conditions count; where neither are, those that
    /// stand first.
    #[serde(default)]
    pub conditions: Conditions,
}

/// An OpenID provider that vouches for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IdentityProvider {
    /// Its identifier.
    pub id: IdentityProviderId,
    /// What stands on its button.
    pub name: String,
    /// Its issuer, letter for letter; never changes.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// Whether there is a client secret; without one this server is a public client.
    pub has_client_secret: bool,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim with a person's groups, a path with dots inside objects; empty when groups mean nothing.
    pub groups_claim: String,
    /// What groups give.
    pub mappings: Vec<GroupMapping>,
    /// Whoever is new gets an account.
    pub creates_accounts: bool,
    /// Most accounts that are made so; `null` = no limit.
    pub accounts_max: Option<u32>,
    /// How many there are.
    pub accounts_made: u64,
    /// Domains of e-mail addresses that get an account; all when empty.
    pub email_domains: Vec<String>,
    /// Its e-mail addresses count as verified although it does not say whether they are.
    pub trusts_email: bool,
    /// Whoever was invited with an address that it says is verified is connected when they first come.
    pub links_invited: bool,
    /// Whether people can sign in with it.
    pub enabled: bool,
    /// How many accounts are connected.
    pub identities: u64,
    /// What has to be registered there as the redirect URI.
    pub redirect_uri: String,
    /// What has to be registered there as the post-logout redirect URI.
    pub post_logout_redirect_uri: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, by the name at that time.
    pub created_by_name: String,
    /// Version for `If-Match`.
    pub etag: String,
}

/// A provider to be made.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIdentityProvider {
    /// What stands on its button.
    #[schema(max_length = 80)]
    pub name: String,
    /// Its issuer, letter for letter: `https://` and no query. Plain `http://` only on this machine.
    #[schema(max_length = 500)]
    pub issuer: String,
    /// What it calls this server.
    #[schema(max_length = 300)]
    pub client_id: String,
    /// The client secret; none for a public client. It is never shown again.
    #[serde(default)]
    #[schema(format = Password, max_length = 1000)]
    pub client_secret: Option<String>,
    /// What is asked for beside `openid`; `profile` and `email` when left out.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// The claim with a person's groups.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub groups_claim: String,
    /// What groups give.
    #[serde(default)]
    pub mappings: Vec<GroupMapping>,
    /// Whoever is new gets an account.
    #[serde(default)]
    pub creates_accounts: bool,
    /// Most accounts that are made so.
    #[serde(default)]
    pub accounts_max: Option<u32>,
    /// Domains of e-mail addresses that get an account.
    #[serde(default)]
    pub email_domains: Vec<String>,
    /// Its e-mail addresses count as verified although it does not say whether they are.
    #[serde(default)]
    pub trusts_email: bool,
    /// Whoever was invited with an address that it says is verified is connected when they first come.
    #[serde(default)]
    pub links_invited: bool,
    /// Whether people can sign in with it.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

/// What is to change of a provider; what is left out stays.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityProviderChange {
    /// What stands on its button.
    #[schema(max_length = 80)]
    pub name: Option<String>,
    /// What it calls this server.
    #[schema(max_length = 300)]
    pub client_id: Option<String>,
    /// Another client secret; `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(format = Password, max_length = 1000, value_type = Option<String>)]
    pub client_secret: Option<Option<String>>,
    /// What is asked for beside `openid`.
    pub scopes: Option<Vec<String>>,
    /// The claim with a person's groups.
    #[schema(max_length = 200)]
    pub groups_claim: Option<String>,
    /// What groups give, all of it. Who is signed in keeps their roles until they sign in again.
    pub mappings: Option<Vec<GroupMapping>>,
    /// Whoever is new gets an account.
    pub creates_accounts: Option<bool>,
    /// Most accounts that are made so; `null` takes the limit away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub accounts_max: Option<Option<u32>>,
    /// Domains of e-mail addresses that get an account.
    pub email_domains: Option<Vec<String>>,
    /// Its e-mail addresses count as verified although it does not say whether they are.
    pub trusts_email: Option<bool>,
    /// Whoever was invited with an address that it says is verified is connected when they first come.
    pub links_invited: Option<bool>,
    /// Whether people can sign in with it.
    pub enabled: Option<bool>,
}

/// `null` is something else than nothing.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// How people can sign in here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SignInMethods {
    /// The identity providers, by name.
    pub providers: Vec<SignInProvider>,
}

/// A button of the sign-in page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SignInProvider {
    /// Its identifier.
    pub id: IdentityProviderId,
    /// What stands on it.
    pub name: String,
}

/// Who an account is at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Identity {
    /// Its identifier.
    pub id: IdentityId,
    /// The provider.
    pub provider_id: IdentityProviderId,
    /// Its name.
    pub provider_name: String,
    /// What the provider calls the person.
    pub subject: String,
    /// The e-mail address that it told last; empty when it tells none.
    pub email: String,
    /// When it was connected.
    pub linked_at: Timestamp,
    /// When somebody last signed in with it; `null` = never.
    pub last_used_at: Option<Timestamp>,
}

/// Where to go on after signing out here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SignOutUrl {
    /// The provider's own sign-out, which leads back; `null` when there is none, or no provider vouched for this login.
    pub url: Option<String>,
}

/// What a look at a provider found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProviderCheck {
    /// Whether people can sign in with it, as far as can be told from here.
    pub ok: bool,
    /// What is wrong, or worth knowing, the worst first.
    pub findings: Vec<ProviderFinding>,
    /// Where people are sent to; `null` when that is not known.
    pub authorization_endpoint: Option<String>,
    /// Where codes are exchanged.
    pub token_endpoint: Option<String>,
    /// Where people sign out; `null` when it has nothing of the kind.
    pub end_session_endpoint: Option<String>,
    /// How it signs tokens, as far as it is taken here.
    pub algorithms: Vec<String>,
}

/// One thing that a look at a provider found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProviderFinding {
    /// Stable code: `unreachable`, `answer_invalid`, `issuer_differs`, …
    pub code: &'static str,
    /// Nobody can sign in because of it.
    pub fatal: bool,
    /// What was found, and what to do.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::ids::{MachineId, OrganizationId, SiteId};
    use crate::rights::{Day, Hours};

    fn places() -> impl Strategy<Value = AssignmentPlace> {
        let tags = proptest::collection::vec("[a-zé ]{1,40}", 1..21);
        (0..5, any::<u128>(), any::<u128>(), tags).prop_map(|(kind, one, other, tags)| {
            let organization_id = OrganizationId(Uuid::from_u128(one));
            let id = Uuid::from_u128(other);
            match kind {
                0 => AssignmentPlace::Server,
                1 => AssignmentPlace::Organization { organization_id },
                2 => AssignmentPlace::Site {
                    organization_id,
                    site_id: SiteId(id),
                },
                3 => AssignmentPlace::Tags {
                    organization_id,
                    tags,
                },
                _ => AssignmentPlace::Machine {
                    organization_id,
                    machine_id: MachineId(id),
                },
            }
        })
    }

    proptest! {
        /// What the database keeps of mappings says what they said.
        #[test]
        fn mappings_are_read_as_they_were_written(
            group in any::<String>(), place in places(), minutes in proptest::option::of(1_u16..1440), reason in any::<bool>(),
            at_night in any::<bool>(),
        ) {
            let hours = at_night.then(|| Hours {
                days: vec![Day::Friday],
                from: "22:00".into(),
                to: "06:00".into(),
                time_zone: "America/Recife".into(),
            });
            let conditions = Conditions { hours, step_up_minutes: minutes, reason_required: reason, ..Conditions::NONE };
            let mappings = vec![GroupMapping { group, role: RoleKey::Technician, place, conditions }];
            let text = serde_json::to_string(&mappings).unwrap();
            prop_assert_eq!(serde_json::from_str::<Vec<GroupMapping>>(&text).unwrap(), mappings);
        }
    }

    #[test]
    fn what_was_kept_before_places_and_conditions_is_read_as_before() {
        let kept = r#"[
            {"group":"bosses","role":"owner","place":{"kind":"server"}},
            {"group":"*","role":"viewer","place":{"kind":"organization","organization_id":"0197c2a0-0000-7000-8000-0000000000aa"}}
        ]"#;
        let [bosses, everybody] = &serde_json::from_str::<Vec<GroupMapping>>(kept).unwrap()[..] else {
            panic!("two mappings")
        };
        assert_eq!(
            (&bosses.place, &bosses.conditions),
            (&AssignmentPlace::Server, &Conditions::NONE)
        );
        let organization_id = "0197c2a0-0000-7000-8000-0000000000aa".parse().unwrap();
        assert_eq!(everybody.place, AssignmentPlace::Organization { organization_id });
        for unknown in [
            r#"{"group":"x","role":"viewer","place":{"kind":"rack"}}"#,
            r#"{"group":"x","role":"viewer","place":{"kind":"server"},"conditions":{"networks":[]}}"#,
        ] {
            assert!(
                serde_json::from_str::<GroupMapping>(unknown).is_err(),
                "{unknown}"
            );
        }
    }
}
