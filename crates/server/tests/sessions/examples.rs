//! The examples of the description, story by story, each on a server of its own with one machine. What is answered has the status and
//! the form of the example, and what it names (ids, secrets) stands for it in the requests that follow.

mod meanwhile;
mod names;
mod play;

use std::collections::BTreeSet;

use farol_server::openapi::{self, STORIES};
use serde_json::Value;

use self::play::Play;

/// Operations without an example, and why.
const WITHOUT: &[(&str, &str)] = &[
    ("delete_identity", "takes a sign-in with a provider: tests/oidc"),
    (
        "enroll_machine",
        "is signed by the machine; done where a story says “a machine enrolls”",
    ),
    ("events", "has no end"),
    (
        "finish_provider_sign_in",
        "answers a browser that comes back from a provider: tests/oidc",
    ),
    ("link", "becomes a WebSocket"),
    ("relay", "becomes a WebSocket"),
];

/// A test for each story.
macro_rules! stories {
    ($($test:ident: $story:literal,)*) => {
        /// The stories that are played.
        const PLAYED: &[&str] = &[$($story),*];
        $(
            #[tokio::test]
            async fn $test() {
                Play::new($story).await.until_its_end().await;
            }
        )*
    };
}

stories! {
    first_steps_are_answered_as_their_examples_say: "first-steps",
    signing_in_is_answered_as_its_examples_say: "signing-in",
    organizations_are_answered_as_their_examples_say: "organizations",
    people_are_answered_as_their_examples_say: "people",
    roles_are_answered_as_their_examples_say: "roles",
    teams_are_answered_as_their_examples_say: "teams",
    access_is_answered_as_its_examples_say: "access",
    enrollment_is_answered_as_its_examples_say: "enrollment",
    machines_are_answered_as_their_examples_say: "machines",
    sessions_are_answered_as_their_examples_say: "sessions",
    support_is_answered_as_its_examples_say: "support",
    helpdesk_agents_are_answered_as_their_examples_say: "helpdesk",
    api_tokens_are_answered_as_their_examples_say: "api-tokens",
    the_audit_log_is_answered_as_its_examples_say: "audit",
    mail_is_answered_as_its_examples_say: "mail",
    identity_providers_are_answered_as_their_examples_say: "identity-providers",
    webhooks_are_answered_as_their_examples_say: "webhooks",
    the_server_is_answered_as_its_examples_say: "server",
}

/// Entries of a story.
fn entries(story: &str) -> Vec<Value> {
    let (_, text) = STORIES
        .iter()
        .find(|(name, _)| *name == story)
        .unwrap_or_else(|| panic!("there is no story {story}"));
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_story_is_played() {
    let written: Vec<&str> = STORIES.iter().map(|(name, _)| *name).collect();
    assert_eq!(PLAYED, written);
}

#[test]
fn every_operation_has_an_example_or_a_reason_why_not() {
    let document = openapi::document();
    let paths = document["paths"].as_object().unwrap();
    let operations: BTreeSet<String> = paths
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    let shown: BTreeSet<String> = PLAYED
        .iter()
        .flat_map(|story| entries(story))
        .filter_map(|entry| entry["operation"].as_str().map(str::to_owned))
        .collect();
    let without: BTreeSet<String> = WITHOUT.iter().map(|(name, _)| (*name).to_owned()).collect();
    let both: Vec<&String> = shown.intersection(&without).collect();
    assert!(
        both.is_empty(),
        "they have examples, take them out of WITHOUT: {both:?}"
    );
    let covered: BTreeSet<String> = shown.union(&without).cloned().collect();
    let missing: Vec<&String> = operations.difference(&covered).collect();
    assert!(
        missing.is_empty(),
        "add them to a story in src/openapi/examples: {missing:?}"
    );
    let unknown: Vec<&String> = covered.difference(&operations).collect();
    assert!(unknown.is_empty(), "there are no such operations: {unknown:?}");
}
