//! What rules mean: each sentence of `effective.rs` by example, and all of them against a slow reading of the same words.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::*;

const HERE: SiteId = SiteId(Uuid::from_u128(1));
const ELSEWHERE: SiteId = SiteId(Uuid::from_u128(2));
const MACHINE: MachineId = MachineId(Uuid::from_u128(11));
const MERGED: MachineId = MachineId(Uuid::from_u128(12));
const OTHER: MachineId = MachineId(Uuid::from_u128(13));

fn subject() -> Subject {
    Subject {
        site: HERE,
        tags: vec!["lab".into(), "till".into()],
        records: vec![MACHINE, MERGED],
        roles: vec![RoleKey::Technician],
    }
}

fn site(site_id: SiteId) -> Scope {
    Scope::Site { site_id }
}

fn tag(tag: &str) -> Scope {
    Scope::Tag { tag: tag.into() }
}

fn machine(machine_id: MachineId) -> Scope {
    Scope::Machine { machine_id }
}

fn rule(number: u128, scope: Scope, mode: Mode) -> Rule {
    Rule {
        id: AccessRuleId(Uuid::from_u128(number)),
        scope,
        role: None,
        right: None,
        mode,
        on_silence: OnSilence::Refuse,
    }
}

/// The mode for `right`, and the number of the rule that says so; 0 = none.
fn says(rules: &[Rule], right: Right) -> (Mode, u128) {
    let effective = Effective::new(rules, &subject());
    let decision = effective.of(right);
    let number = match &decision.source {
        Source::BuiltIn => 0,
        Source::Rule { id, .. } => id.0.as_u128(),
    };
    (decision.mode, number)
}

#[test]
fn without_a_rule_nobody_is_asked() {
    for right in Right::ALL {
        assert_eq!(says(&[], right), (Mode::Unattended, 0));
    }
    let elsewhere = [
        rule(1, site(ELSEWHERE), Mode::Never),
        rule(2, tag("office"), Mode::Never),
        rule(3, machine(OTHER), Mode::Never),
        Rule {
            role: Some(RoleKey::Owner),
            ..rule(4, Scope::Organization, Mode::Never)
        },
    ];
    assert_eq!(says(&elsewhere, Right::View), (Mode::Unattended, 0));
}

#[test]
fn the_narrowest_scope_decides() {
    let mut rules = vec![
        rule(1, Scope::Organization, Mode::Never),
        rule(2, site(HERE), Mode::Ask),
        rule(3, tag("till"), Mode::AskIfLoggedOn),
        rule(4, machine(MACHINE), Mode::Unattended),
    ];
    let expected = [
        (Mode::Unattended, 4),
        (Mode::AskIfLoggedOn, 3),
        (Mode::Ask, 2),
        (Mode::Never, 1),
    ];
    for expected in expected {
        assert_eq!(says(&rules, Right::Files), expected);
        rules.pop();
    }
}

#[test]
fn a_narrow_rule_about_one_right_leaves_the_others_to_wider_ones() {
    let rules = [
        rule(1, Scope::Organization, Mode::Ask),
        Rule {
            right: Some(Right::View),
            ..rule(2, machine(MACHINE), Mode::Unattended)
        },
    ];
    assert_eq!(says(&rules, Right::View), (Mode::Unattended, 2));
    assert_eq!(says(&rules, Right::Control), (Mode::Ask, 1));
}

#[test]
fn of_one_place_the_most_exact_rule_counts() {
    let (role, right) = (Some(RoleKey::Technician), Some(Right::Control));
    let mut rules = vec![
        rule(1, site(HERE), Mode::Never),
        Rule {
            role,
            ..rule(2, site(HERE), Mode::Ask)
        },
        Rule {
            right,
            ..rule(3, site(HERE), Mode::AskIfLoggedOn)
        },
        Rule {
            role,
            right,
            ..rule(4, site(HERE), Mode::Unattended)
        },
    ];
    for number in [4, 3, 2, 1] {
        assert_eq!(says(&rules, Right::Control).1, number);
        rules.pop();
    }
}

#[test]
fn of_several_tags_the_strictest_counts_however_exact_the_others_are() {
    let exact = Rule {
        role: Some(RoleKey::Technician),
        right: Some(Right::View),
        ..rule(1, tag("lab"), Mode::Unattended)
    };
    let rules = [exact, rule(2, tag("till"), Mode::Never)];
    assert_eq!(says(&rules, Right::View), (Mode::Never, 2));
    let allow = Rule {
        on_silence: OnSilence::Allow,
        ..rule(1, tag("lab"), Mode::AskIfLoggedOn)
    };
    let refuse = rule(2, tag("till"), Mode::AskIfLoggedOn);
    assert_eq!(says(&[allow, refuse], Right::View), (Mode::AskIfLoggedOn, 2));
}

#[test]
fn what_was_said_of_a_merged_record_holds_for_its_machine() {
    let rules = [
        rule(1, machine(MACHINE), Mode::Unattended),
        rule(2, machine(MERGED), Mode::Never),
    ];
    assert_eq!(says(&rules, Right::Terminal), (Mode::Never, 2));
}

#[test]
fn silence_is_a_yes_only_where_somebody_may_be_logged_on() {
    for mode in [Mode::Unattended, Mode::Ask, Mode::Never, Mode::AskIfLoggedOn] {
        let rules = [Rule {
            on_silence: OnSilence::Allow,
            ..rule(1, Scope::Organization, mode)
        }];
        let effective = Effective::new(&rules, &subject());
        let allows = effective.of(Right::View).on_silence == OnSilence::Allow;
        assert_eq!(allows, mode == Mode::AskIfLoggedOn, "{mode:?}");
    }
}

/// Never before ask, ask before its variants, those before nothing.
const STRICTEST_FIRST: [(Mode, OnSilence); 5] = [
    (Mode::Never, OnSilence::Refuse),
    (Mode::Ask, OnSilence::Refuse),
    (Mode::AskIfLoggedOn, OnSilence::Refuse),
    (Mode::AskIfLoggedOn, OnSilence::Allow),
    (Mode::Unattended, OnSilence::Refuse),
];

/// The same words read slowly: place by place, from the narrowest scope on, in each the rules from the most exact one on.
fn slowly(rules: &[Rule], subject: &Subject, right: Right) -> (Mode, OnSilence) {
    let machines = subject.records.iter().map(|id| machine(*id)).collect();
    let tags = subject.tags.iter().map(|name| tag(name)).collect();
    let scopes: [Vec<Scope>; 4] = [
        machines,
        tags,
        vec![site(subject.site)],
        vec![Scope::Organization],
    ];
    let (role, right) = (subject.roles.first().copied(), Some(right));
    for places in scopes {
        let mut said = Vec::new();
        for place in places {
            let exact = [(role, right), (None, right), (role, None), (None, None)];
            let found = exact.iter().find_map(|(role, right)| {
                rules
                    .iter()
                    .find(|rule| rule.scope == place && rule.role == *role && rule.right == *right)
            });
            said.extend(found.map(|rule| (rule.mode, rule.on_silence)));
        }
        let strictest = STRICTEST_FIRST.into_iter().find(|one| said.contains(one));
        if let Some(strictest) = strictest {
            return strictest;
        }
    }
    (Mode::Unattended, OnSilence::Refuse)
}

fn some_rule() -> impl Strategy<Value = Rule> {
    let scopes = vec![
        Scope::Organization,
        site(HERE),
        site(ELSEWHERE),
        tag("lab"),
        tag("till"),
        tag("office"),
        machine(MACHINE),
        machine(MERGED),
        machine(OTHER),
    ];
    let roles = vec![None, Some(RoleKey::Technician), Some(RoleKey::Owner)];
    let rights = vec![None, Some(Right::View), Some(Right::Control)];
    let said = STRICTEST_FIRST.to_vec();
    (select(scopes), select(roles), select(rights), select(said)).prop_map(
        |(scope, role, right, (mode, on_silence))| Rule {
            role,
            right,
            on_silence,
            ..rule(0, scope, mode)
        },
    )
}

/// As many as the database keeps: one for each place, role and right, each with a number of its own.
fn some_rules() -> impl Strategy<Value = Vec<Rule>> {
    prop::collection::vec(some_rule(), 0..24).prop_map(|rules| {
        let mut seen = BTreeSet::new();
        let once = rules
            .into_iter()
            .filter(|rule| seen.insert((rule.scope.clone(), rule.role, rule.right)));
        once.zip(1..)
            .map(|(rule, number)| Rule {
                id: AccessRuleId(Uuid::from_u128(number)),
                ..rule
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn rules_mean_what_the_words_say(rules in some_rules(), right in select(Right::ALL.to_vec())) {
        let effective = Effective::new(&rules, &subject());
        let decision = effective.of(right);
        prop_assert_eq!((decision.mode, decision.on_silence), slowly(&rules, &subject(), right));
    }

    #[test]
    fn the_source_is_a_rule_about_this_machine_that_says_just_that(
        rules in some_rules(),
        right in select(Right::ALL.to_vec()),
    ) {
        let effective = Effective::new(&rules, &subject());
        let decision = effective.of(right);
        match &decision.source {
            Source::BuiltIn => prop_assert!(!rules.iter().any(|rule| rule.applies(&subject(), right))),
            Source::Rule { id, scope } => {
                let named = rules.iter().find(|rule| rule.id == *id).unwrap();
                prop_assert!(named.applies(&subject(), right));
                prop_assert_eq!((&named.scope, named.mode), (scope, decision.mode));
            }
        }
    }

    #[test]
    fn where_somebody_is_always_asked_rules_can_only_forbid(rules in some_rules(), right in select(Right::ALL.to_vec())) {
        let usual = Effective::new(&rules, &subject());
        let asking = usual.clone().always_asking();
        let (usual, asking) = (usual.of(right), asking.of(right));
        match usual.mode {
            Mode::Ask | Mode::Never => prop_assert_eq!(asking, usual),
            Mode::Unattended | Mode::AskIfLoggedOn => {
                prop_assert_eq!((asking.mode, asking.on_silence), (Mode::Ask, OnSilence::Refuse));
                prop_assert_eq!(&asking.source, &Source::BuiltIn);
            }
        }
    }

    #[test]
    fn the_order_of_rules_does_not_matter(
        (rules, shuffled) in some_rules().prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle())),
    ) {
        prop_assert_eq!(Effective::new(&rules, &subject()), Effective::new(&shuffled, &subject()));
    }

    #[test]
    fn one_more_rule_about_the_machine_s_own_tags_never_loosens_what_another_tag_says(
        rules in some_rules(),
        loose in some_rule(),
        right in select(Right::ALL.to_vec()),
    ) {
        // Of what tags say only; a tag that was silent joins in.
        let of_lab: Vec<Rule> = rules.into_iter().filter(|rule| rule.scope == tag("lab")).collect();
        let before = Effective::new(&of_lab, &subject()).of(right).clone();
        let with = [of_lab, vec![Rule { id: AccessRuleId(Uuid::from_u128(99)), scope: tag("till"), ..loose }]].concat();
        let after = Effective::new(&with, &subject()).of(right).clone();
        prop_assert!(after.strictness() >= before.strictness());
    }
}

#[test]
fn of_rules_about_roles_that_somebody_has_together_the_strictest_counts() {
    let about = |number, role, mode| Rule {
        role: Some(role),
        ..rule(number, Scope::Organization, mode)
    };
    let rules = [
        about(1, RoleKey::Technician, Mode::Unattended),
        about(2, RoleKey::Administrator, Mode::Ask),
        rule(3, Scope::Organization, Mode::Never),
    ];
    let mut subject = subject();
    let says = |subject: &Subject| Effective::new(&rules, subject).of(Right::View).mode;
    assert_eq!(says(&subject), Mode::Unattended);
    subject.roles.push(RoleKey::Administrator);
    assert_eq!(says(&subject), Mode::Ask);
    subject.roles.clear();
    assert_eq!(
        says(&subject),
        Mode::Never,
        "what is about nobody's role is about everybody"
    );
}
