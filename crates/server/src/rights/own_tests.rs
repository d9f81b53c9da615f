//! What follows from roles, places and conditions, as properties.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::clock::Timestamp;
use crate::ids::{AssignmentId, MachineId, OrganizationId, SiteId};

fn role(key: RoleKey) -> Role {
    Role::built_in(key).unwrap()
}

fn given_at(key: RoleKey, reach: Reach) -> Given {
    Given {
        assignment: AssignmentId::new(),
        role: role(key),
        reach,
        conditions: Conditions::NONE,
        lent: false,
        team: None,
    }
}

fn granted(key: RoleKey, organization: Option<OrganizationId>) -> Given {
    given_at(key, Reach::wide(organization))
}

/// At no time in particular.
fn rights(given: Vec<Given>, all: &[OrganizationId]) -> Rights {
    Rights::new(given, all, Moment::Whenever)
}

#[test]
fn a_role_counts_in_its_organization_alone() {
    let (ours, theirs) = (OrganizationId::new(), OrganizationId::new());
    let held = rights(vec![granted(RoleKey::Technician, Some(ours))], &[ours, theirs]);
    assert_eq!(held.organizations(), [ours]);
    assert!(held.allows(ours, Permission::ScreenControl));
    assert!(!held.allows(ours, Permission::AuditRead));
    assert!(!held.allows(theirs, Permission::MachineSee));
    assert_eq!(held.organizations_with(Permission::AuditRead), []);
    assert_eq!(held.permissions_everywhere(), Permissions::NONE);
}

#[test]
fn an_owner_of_one_organization_does_not_own_the_server() {
    let ours = OrganizationId::new();
    let one = Rights::of_role(RoleKey::Owner, ours);
    assert!(one.allows(ours, Permission::AccountManage));
    assert!(!one.allows(ours, Permission::ServerManage));
    let all = Rights::of_everything(&[ours]);
    assert!(all.allows(ours, Permission::ServerManage));
    assert_eq!(all.permissions_everywhere(), Permissions::all());
    assert!(
        all.permissions_in(OrganizationId::new())
            .has(Permission::MachineSee),
        "one to come"
    );
}

fn keys() -> impl Strategy<Value = RoleKey> {
    proptest::sample::select(&RoleKey::BUILT_IN[..])
}

proptest! {
    /// What counts in one organization changes nothing in another.
    #[test]
    fn organizations_do_not_see_each_other(
        ours in proptest::collection::vec(keys(), 0..4),
        theirs in proptest::collection::vec(keys(), 0..4),
    ) {
        let (here, there) = (OrganizationId::new(), OrganizationId::new());
        let of = |keys: &[RoleKey], place| -> Vec<Given> {
            keys.iter().map(|key| granted(*key, Some(place))).collect()
        };
        let alone = rights(of(&ours, here), &[here, there]);
        let mut both = of(&ours, here);
        both.extend(of(&theirs, there));
        let both = rights(both, &[here, there]);
        prop_assert_eq!(alone.permissions_in(here), both.permissions_in(here));
        prop_assert_eq!(both.organizations().contains(&there), !theirs.is_empty());
        for permission in Permission::ALL {
            let with = both.organizations_with(*permission);
            for place in [here, there] {
                prop_assert_eq!(with.contains(&place), both.allows(place, *permission));
            }
        }
    }

    /// What is narrowed has nothing that was not there before, nothing beyond its scopes, and nothing elsewhere; and all that is
    /// left within both.
    #[test]
    fn narrowing_only_takes_away(
        some in proptest::collection::vec((keys(), proptest::option::of(0_usize..3)), 0..5),
        scopes in proptest::sample::subsequence(Permission::ALL, 0..=Permission::ALL.len()),
        only in proptest::option::of(proptest::sample::subsequence(vec![0_usize, 1, 2], 0..=3)),
    ) {
        let all = [OrganizationId::new(), OrganizationId::new(), OrganizationId::new()];
        let given = some.iter().map(|(key, place)| granted(*key, place.map(|place| all[place])));
        let whole = rights(given.collect(), &all);
        let scopes: Permissions = scopes.into_iter().collect();
        let only: Option<Vec<Reach>> =
            only.map(|only| only.into_iter().map(|place| Reach::of_organization(all[place])).collect());
        let left = whole.narrowed(scopes, only.as_deref());
        for place in all {
            let within = only.as_ref().is_none_or(|only| only.contains(&Reach::of_organization(place)));
            let expected = if within { whole.permissions_in(place).and(scopes) } else { Permissions::NONE };
            // What is of the whole server is in no organization.
            let expected = if only.is_some() { expected.in_one_organization() } else { expected };
            prop_assert_eq!(left.permissions_in(place), expected);
            prop_assert_eq!(left.organizations().contains(&place), within && whole.organizations().contains(&place));
            if within {
                prop_assert_eq!(left.role_keys_in(place), whole.role_keys_in(place));
            }
        }
        let everywhere = if only.is_none() { whole.permissions_everywhere().and(scopes) } else { Permissions::NONE };
        prop_assert_eq!(left.permissions_everywhere(), everywhere);
    }

    /// One more role never takes anything away.
    #[test]
    fn roles_only_add(some in proptest::collection::vec(keys(), 0..4), more in keys(), everywhere: bool) {
        let here = OrganizationId::new();
        let mut all: Vec<Given> = some.iter().map(|key| granted(*key, Some(here))).collect();
        let before = rights(all.clone(), &[here]);
        all.push(granted(more, (!everywhere).then_some(here)));
        let after = rights(all, &[here]);
        prop_assert!(after.permissions_in(here).covers(before.permissions_in(here)));
        prop_assert!(after.permissions_everywhere().covers(before.permissions_everywhere()));
    }
}

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn organization(id: usize) -> OrganizationId {
    OrganizationId(Uuid::from_u128(1 + id as u128))
}

/// Reaches and machines of a small world: two organizations, two sites, two tags, two machines.
fn reaches() -> impl Strategy<Value = Reach> {
    let one = || proptest::option::of(0_usize..2);
    (one(), one(), one(), one()).prop_map(|(at, site, tag, machine)| Reach {
        organization: at.map(organization),
        site: site.map(|id| SiteId(Uuid::from_u128(id as u128))),
        tags: tag.map(|id| format!("t{id}")).into_iter().collect(),
        machine: machine.map(|id| MachineId(Uuid::from_u128(id as u128))),
    })
}

fn machines() -> impl Strategy<Value = MachineFacts> {
    let tags = proptest::sample::subsequence(vec!["t0", "t1"], 0..=2);
    (0_usize..2, 0_u128..2, 0_u128..2, tags).prop_map(|(at, site, machine, tags)| MachineFacts {
        organization: organization(at),
        site: SiteId(Uuid::from_u128(site)),
        machine: MachineId(Uuid::from_u128(machine)),
        tags: tags.into_iter().map(str::to_owned).collect(),
    })
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let end = proptest::option::of(-2_i64..2);
    let proof = proptest::option::of(1_u16..4);
    (end, proof, any::<bool>()).prop_map(|(end, proof, reason_required)| Conditions {
        expires_at: end.map(|minutes| Timestamp(NOW.0 + minutes * 60_000)),
        step_up_minutes: proof,
        reason_required,
        hours: None,
    })
}

fn givens() -> impl Strategy<Value = Vec<Given>> {
    let one = (keys(), reaches(), conditions()).prop_map(|(key, reach, conditions)| Given {
        conditions,
        ..given_at(key, reach)
    });
    proptest::collection::vec(one, 0..5)
}

proptest! {
    /// On a machine counts what reaches it, is in time and has its proof, as far as it is about machines where it was given for some of
    /// them; read slowly, one assignment and one permission after the other.
    #[test]
    fn on_a_machine_counts_what_reaches_it(
        given in givens(),
        on in machines(),
        proven in proptest::option::of(0_i64..5),
    ) {
        let all = [organization(0), organization(1)];
        let proven_at = proven.map(|minutes| Timestamp(NOW.0 - minutes * 60_000));
        let held = Rights::new(given.clone(), &all, Moment::Asked { now: NOW, proven_at });
        for permission in Permission::ALL {
            let allows = given.iter().any(|one| {
                let reaches = one.reach.organization.is_none_or(|only| only == on.organization)
                    && one.reach.site.is_none_or(|only| only == on.site)
                    && one.reach.machine.is_none_or(|only| only == on.machine)
                    && one.reach.tags.iter().all(|tag| on.tags.contains(tag));
                let small = one.reach.site.is_some() || one.reach.machine.is_some() || !one.reach.tags.is_empty();
                let says = (permission.is_about_machines() || !small)
                    && (!permission.is_of_server() || one.reach.organization.is_none());
                let in_time = one.conditions.expires_at.is_none_or(|end| end > NOW);
                let fresh = one.conditions.step_up_minutes.is_none_or(|minutes| {
                    permission.needs_no_proof() || proven.is_some_and(|age| age < i64::from(minutes))
                });
                reaches && says && in_time && fresh && one.role.permissions.has(*permission)
            });
            prop_assert_eq!(held.allows_on(&on, *permission), allows, "{}", permission);
            // What queries filter by says the same.
            let sight = held.sight(*permission);
            let in_sight = sight.organizations.contains(&on.organization) || sight.parts.iter().any(|part| part.has(&on));
            prop_assert_eq!(in_sight, allows, "{}", permission);
            // All of an organization has every machine of it.
            if held.allows(on.organization, *permission) && !permission.is_of_server() {
                prop_assert!(allows);
            }
        }
        // What a console offers is what is allowed to who proves themselves.
        prop_assert_eq!(held.offered_on(&on), held.proven().permissions_on(&on));
        if !held.sight(Permission::MachineSee).is_empty() {
            prop_assert!(!held.organizations().is_empty());
        }
    }

    /// What an API token leaves on a machine is what its account may there, where its filters have the machine; and nothing else.
    #[test]
    fn a_token_only_takes_away(
        given in givens(),
        on in machines(),
        only in proptest::collection::vec(reaches(), 0..3),
    ) {
        let all = [organization(0), organization(1)];
        let held = Rights::new(given, &all, Moment::Running { now: NOW });
        let left = held.narrowed(Permissions::all(), Some(&only));
        let within = only.iter().any(|only| only.has(&on));
        for permission in Permission::ALL.iter().filter(|one| one.is_about_machines()) {
            prop_assert_eq!(left.allows_on(&on, *permission), within && held.allows_on(&on, *permission));
        }
        for place in all {
            prop_assert!(held.permissions_in(place).covers(left.permissions_in(place)));
        }
    }

    /// Whatever somebody may give, they have for as long and under no stricter conditions.
    #[test]
    fn nobody_gives_more_than_they_have(
        given in givens(),
        reach in reaches(),
        under in conditions(),
        on in machines(),
    ) {
        let all = [organization(0), organization(1)];
        let at = Moment::Asked { now: NOW, proven_at: Some(NOW) };
        let held = Rights::new(given, &all, at);
        let may = held.to_give(&reach, &under);
        let one = Given {
            role: Role { key: RoleKey::Viewer, name: String::new(), permissions: may },
            conditions: under,
            ..given_at(RoleKey::Viewer, reach)
        };
        // At any time to come, with any proof.
        for minutes in 0..4 {
            for proof in 0..4 {
                let now = Timestamp(NOW.0 + minutes * 60_000);
                let at = Moment::Asked { now, proven_at: Some(Timestamp(now.0 - proof * 60_000)) };
                let theirs = Rights::new(vec![one.clone()], &all, at);
                let own = Rights::new(held.granted().iter().cloned().map(Given::from).collect(), &all, at);
                prop_assert!(own.permissions_on(&on).covers(theirs.permissions_on(&on)));
                for place in all {
                    prop_assert!(own.permissions_in(place).covers(theirs.permissions_in(place)));
                }
            }
        }
    }
}

#[test]
fn a_reason_is_asked_for_where_nothing_allows_it_without() {
    let here = organization(0);
    let on = MachineFacts {
        organization: here,
        site: SiteId::new(),
        machine: MachineId::new(),
        tags: Vec::new(),
    };
    let asking = Given {
        conditions: Conditions {
            reason_required: true,
            ..Conditions::NONE
        },
        ..granted(RoleKey::Technician, Some(here))
    };
    let view = granted(RoleKey::Viewer, Some(here));
    let both = rights(vec![asking, view], &[here]);
    let asks = |wanted: &[Permission]| both.asks_for_reason(&on, wanted.iter().copied());
    assert!(!asks(&[Permission::ScreenView]));
    assert!(asks(&[Permission::ScreenView, Permission::ScreenControl]));
}

#[test]
fn what_is_mended_soonest_is_said_first() {
    let here = organization(0);
    let until = |minutes: i64, proof: Option<u16>| Given {
        conditions: Conditions {
            expires_at: Some(Timestamp(NOW.0 + minutes * 60_000)),
            step_up_minutes: proof,
            ..Conditions::NONE
        },
        ..granted(RoleKey::Technician, Some(here))
    };
    let at = Moment::Asked {
        now: NOW,
        proven_at: None,
    };
    let says =
        |given: Vec<Given>| Rights::new(given, &[here], at).missing(Some(here), Permission::ScreenControl);
    assert_eq!(says(Vec::new()), None);
    let (old, older) = (until(-1, None), until(-2, None));
    let ended = Standing::Ended(Timestamp(NOW.0 - 60_000));
    assert_eq!(says(vec![older.clone(), old.clone()]), Some(ended));
    assert_eq!(
        says(vec![older, until(1, Some(5)), old]),
        Some(Standing::Unproven)
    );
}
