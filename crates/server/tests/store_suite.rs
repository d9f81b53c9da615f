//! The store suite: the same cases on SQLite and on PostgreSQL.
//!
//! A case is a function over a fresh database; add it to [`cases`], [`cases_of_machines`] or
//! [`cases_of_people`]. There are two tests for each engine, so that a PostgreSQL cluster is started once for many. All cases of a test run,
//! then the failed ones are named together.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod common;
#[path = "oidc/double.rs"]
mod double;
mod store_cases;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use common::postgres::Cluster;
use farol_server::clock::Clock;
use farol_server::config::Config;
use farol_server::store::{Db, DbSettings};
use farol_server::{Ctx, server};

type Case = (&'static str, fn(Ctx) -> Pin<Box<dyn Future<Output = ()> + Send>>);

/// `case!(module::function)`: the function with its name.
macro_rules! case {
    ($($path:ident)::+) => {
        (stringify!($($path)::+), |ctx| Box::pin(store_cases::$($path)::+(ctx)))
    };
}

fn cases() -> Vec<Case> {
    vec![
        case!(schema::opening_again_changes_nothing),
        case!(schema::a_newer_schema_is_refused),
        case!(schema::an_unfinished_transaction_leaves_nothing),
        case!(schema::a_unique_value_is_recognized),
        case!(accounts::of_two_set_ups_at_once_one_wins),
        case!(accounts::a_link_works_once_and_not_too_late),
        case!(accounts::a_login_lives_and_ends),
        case!(accounts::a_changed_profile_is_proved_with_before_and_after),
        case!(accounts::expired_logins_are_ended),
        case!(accounts::links_sign_in_the_account_they_name),
        case!(access::of_each_place_role_and_right_there_is_one_rule),
        case!(access::a_machine_is_under_the_rules_of_its_place_its_tags_and_its_records),
        case!(access::the_rules_of_a_machine_go_with_it),
        case!(access::of_two_changes_of_a_rule_at_once_one_wins),
        case!(access::rules_of_another_organization_do_not_exist),
        case!(access::what_was_done_to_a_rule_is_proved_with_before_and_after),
        case!(access::an_organization_has_so_many_rules_and_no_more),
        case!(audit::entries_of_many_writers_make_one_chain),
        case!(audit::pages_lead_through_the_list),
        case!(audit::another_organization_is_not_seen),
        case!(enrollment::a_limit_holds_when_many_ask_at_once),
        case!(enrollment::a_token_gives_as_many_machines_as_it_has_uses),
        case!(enrollment::of_two_changes_at_once_one_wins),
        case!(enrollment::a_lower_limit_and_the_last_use_do_not_both_win),
        case!(enrollment::lists_are_filtered_and_hide_what_the_server_made_for_itself),
        case!(enrollment::tokens_of_another_organization_do_not_exist),
        case!(enrollment::a_change_is_proved_with_before_and_after),
        case!(enrollment::uses_stay_true_when_machines_go),
        case!(enrollment::what_waits_in_quarantine_is_counted),
        case!(audit::filters_narrow_the_list_down),
        case!(audit_proof::a_change_of_any_column_of_any_entry_is_found),
        case!(audit_proof::removed_swapped_and_inserted_entries_are_found),
        case!(audit_proof::a_chain_written_anew_does_not_fit_its_checkpoints),
        case!(audit_proof::a_restored_copy_is_accepted_by_a_person_only),
        case!(audit_proof::what_was_signed_is_noted_beside_the_key),
        case!(audit_proof::a_change_of_any_column_of_any_checkpoint_is_found),
        case!(audit_proof::proof_outlives_the_key_that_signed_it),
        case!(audit_proof::checkpoints_are_made_when_due),
        case!(audit_proof::the_database_refuses_changes),
        case!(audit_proof::pruning_leaves_a_chain_that_verifies),
        case!(audit_proof::a_broken_beginning_is_not_pruned),
        case!(audit_proof::the_server_prunes_what_is_too_old),
        case!(audit_proof::entries_of_version_1_still_verify),
        case!(audit_proof::verification_goes_on_where_it_stopped),
        case!(server_identity::keys_change_with_their_entry_or_not_at_all),
        case!(server_identity::of_rotations_at_once_no_key_is_lost),
        case!(secrets::every_sealed_column_is_known_to_the_rotation),
        case!(secrets::a_rotation_reaches_every_secret_and_is_proved),
        case!(secrets::who_seals_meanwhile_is_waited_for),
        case!(grants::a_grant_names_its_end_and_works_once_though_many_try),
        case!(grants::a_grant_that_was_used_stays_used_after_a_restart),
        case!(grants::grants_of_other_relays_and_made_up_ones_open_nothing),
        case!(grants::a_grant_expires_and_is_forgotten_an_hour_later),
        case!(grants::grants_go_with_their_session),
        case!(machine_routes::of_one_board_there_is_one_machine_and_one_live_token),
        case!(machine_routes::a_report_counts_once_whoever_delivers_it_at_the_same_time),
        case!(machine_routes::a_login_is_redeemed_by_one_of_two),
        case!(machine_routes::a_login_does_not_outlive_the_token_that_it_came_from),
        case!(machine_routes::signing_out_is_proved),
        case!(machine_routes::being_new_is_no_attempt_of_a_known_machine),
        case!(machine_routes::what_a_registration_leaves_out_stays_known),
        case!(machine_routes::an_inventory_is_the_newest_report_and_no_more),
        case!(invitations::an_invitation_lets_one_of_many_in),
        case!(invitations::open_invitations_are_limited),
        case!(invitations::an_invitation_that_is_revoked_while_somebody_comes_leaves_nobody_in),
        case!(invitations::invitations_go_with_the_record_of_their_session),
        case!(support::a_code_is_used_by_one_of_many),
        case!(support::codes_that_are_over_do_not_work),
        case!(support::open_codes_are_limited),
        case!(support::the_machine_of_a_stranger_is_recognized_as_none),
        case!(support::who_waits_is_taken_by_one),
        case!(support::who_asked_for_a_technician_is_theirs),
        case!(support::codes_of_another_organization_do_not_exist),
        case!(support::records_go_with_their_agents),
    ]
}

/// Those about machines, and who they are.
fn cases_of_machines() -> Vec<Case> {
    vec![
        case!(recognition::the_same_hardware_in_two_organizations_is_two_machines),
        case!(recognition::a_value_on_three_machines_counts_no_more),
        case!(recognition::approval_modes_let_nobody_in_unseen),
        case!(records::records_merged_in_a_chain_are_listed_and_parted),
        case!(records::merged_records_trust_nothing_of_their_own),
        case!(records::decisions_say_who_made_them_and_of_which_machine),
        case!(machines::machines_are_found_by_their_words),
        case!(search::the_database_finds_what_fits),
        case!(search::a_mistake_in_a_search_has_its_place),
        case!(search::as_many_are_counted_as_are_listed),
        case!(search::what_could_stand_there_is_offered),
        case!(search::values_of_others_are_never_offered),
        case!(search::a_mistake_that_is_written_is_told_and_no_error),
        case!(inventory::what_changed_is_told_once_and_the_same_is_nothing_new),
        case!(inventory::of_deliveries_at_once_each_change_is_told_once),
        case!(inventory::what_is_wrong_in_a_section_is_named_and_the_rest_kept),
        case!(inventory::what_costs_too_much_is_refused_and_nothing_is_kept),
        case!(inventory::the_inventory_of_another_organization_does_not_exist),
        case!(inventory::the_inventory_goes_with_its_machine),
        case!(inventory::so_many_changes_are_kept_and_the_oldest_go),
        case!(inventory::two_moments_are_compared_as_far_back_as_is_known),
        case!(inventory::a_machine_of_several_records_is_what_was_delivered_last),
        case!(inventory::a_row_and_a_section_leave_each_others_words_alone),
        case!(inventory::an_agent_that_delivers_is_asked_to_look_again),
        case!(inventory::words_that_fit_many_titles_find_the_same_machines),
        case!(metrics::a_sample_is_seen_before_it_is_written_and_after),
        case!(metrics::hours_become_coarser_and_nothing_is_lost),
        case!(metrics::minutes_in_memory_and_in_rows_count_once),
        case!(metrics::what_is_old_is_forgotten),
        case!(metrics::metrics_of_another_organization_do_not_exist),
        case!(metrics::who_looks_makes_the_agent_quick),
        case!(machines::a_key_that_was_replaced_changes_no_key),
        case!(machines::one_approval_admits_one_machine),
        case!(machines::who_asks_without_a_pause_is_noted_once_a_minute),
        case!(machines::every_chain_of_merges_can_be_followed),
        case!(machines::what_was_done_to_a_merged_record_is_found_under_its_machine),
        case!(machines::duplicates_are_what_counts_and_was_not_decided),
        case!(machines::of_two_names_at_once_one_wins),
        case!(machines::a_block_outlives_merging_and_parting),
        case!(machines::a_new_key_is_asked_of_the_agent_of_a_merged_record),
        case!(machines::an_installation_of_a_merged_record_is_approved_as_its_machine),
        case!(machines::two_that_come_at_once_for_one_machine_are_one),
        case!(machines::merges_at_the_same_moment_make_no_circle),
        case!(machines::nothing_is_merged_into_a_machine_that_is_removed),
        case!(machines::rows_that_were_left_behind_do_not_make_a_value_worthless),
        case!(recognition::who_waits_is_counted),
        case!(recognition::a_full_quarantine_takes_nobody_and_one_decision_makes_room),
    ]
}

/// Those about people and what they may do.
fn cases_of_people() -> Vec<Case> {
    vec![
        case!(rights::places_of_before_are_roles_now),
        case!(rights::nobody_gives_or_takes_what_they_do_not_have),
        case!(rights::an_owner_of_the_server_is_left),
        case!(rights::of_two_owners_who_take_each_others_role_one_is_left),
        case!(rights::roles_are_made_changed_and_deleted),
        case!(rights::people_of_another_organization_do_not_exist),
        case!(rights::every_yes_and_no_names_what_says_so),
        case!(teams::who_is_in_a_team_has_what_it_has_and_no_longer),
        case!(teams::a_role_of_a_team_ends_by_itself_for_all_of_its_people),
        case!(teams::nobody_gives_by_a_team_what_they_do_not_have),
        case!(teams::teams_of_another_organization_do_not_exist),
        case!(teams::a_team_is_no_last_owner),
        case!(teams::a_team_is_an_account_to_nobody),
        case!(teams::programs_are_in_no_team_and_who_is_deleted_leaves_theirs),
        case!(teams::of_two_changes_of_a_team_at_once_one_wins),
        case!(finer_rights::what_is_given_for_a_time_ends_by_itself),
        case!(finer_rights::what_counts_at_some_hours_counts_then),
        case!(finer_rights::a_proof_is_asked_for_by_what_changes_something),
        case!(finer_rights::nobody_gives_what_they_have_under_stricter_conditions),
        case!(finer_rights::who_has_some_machines_finds_those_alone),
        case!(finer_rights::a_place_is_one_that_is_there_and_where_the_role_says_something),
        case!(finer_rights::what_was_given_on_a_machine_goes_with_its_records),
        case!(finer_rights::a_token_for_some_machines_finds_those_alone),
        case!(access_requests::somebody_else_decides_and_it_ends_by_itself),
        case!(access_requests::what_was_approved_can_be_ended_before_its_time),
        case!(access_requests::nobody_lends_for_longer_than_they_have_it),
        case!(api_tokens::of_two_rotations_at_once_one_wins_or_both_follow),
        case!(api_tokens::tokens_go_with_their_account_and_by_their_age),
        case!(api_tokens::service_accounts_are_made_by_who_may_give_their_role),
        case!(factors::a_code_of_the_app_signs_in_once),
        case!(factors::a_recovery_code_stands_in_once),
        case!(factors::after_five_wrong_codes_a_sign_in_begins_again),
        case!(factors::codes_of_one_account_are_guessed_slowly),
        case!(factors::a_passkey_signs_in_alone_and_after_a_password),
        case!(factors::a_copied_passkey_is_noticed),
        case!(factors::a_passkey_belongs_to_one_server_and_one_account),
        case!(factors::what_protects_an_account_is_changed_by_who_just_proved_to_own_it),
        case!(factors::another_password_ends_the_other_logins),
        case!(factors::logins_are_seen_and_ended_by_their_owner),
        case!(factors::somebody_who_lost_everything_is_let_in_again),
        case!(identity_providers::whoever_a_provider_vouches_for_has_roles_by_groups),
        case!(identity_providers::of_two_who_finish_a_sign_in_at_once_one_does),
        case!(people::whoever_is_invited_comes_in_once),
        case!(people::of_two_invitations_of_one_address_at_once_one_makes_the_account),
        case!(people::an_invitation_gives_what_its_author_may_still_give),
        case!(people::who_has_an_account_proves_it_and_comes_into_one_more_organization),
        case!(people::a_disabled_account_is_out_until_it_is_enabled),
        case!(people::a_deleted_account_leaves_its_name_and_hands_its_people_over),
        case!(people::organizations_and_sites_are_made_renamed_and_cleared_away),
        case!(places::an_invitation_gives_a_role_in_each_kind_of_place),
        case!(places::an_invitation_whose_place_is_gone_or_whose_role_ended_gives_nothing),
        case!(places::an_invitation_to_a_machine_goes_with_its_records),
        case!(places::an_invitation_is_no_looser_than_what_its_author_has),
        case!(places::programs_have_roles_in_each_place_but_none_that_asks_for_a_proof),
        case!(places::groups_give_roles_in_each_place_under_the_conditions_of_now),
        case!(places::the_role_of_the_last_owner_is_not_narrowed_by_a_group),
        case!(archive::what_is_archived_is_left_out_and_leads_nowhere),
        case!(archive::nothing_new_goes_into_what_is_archived),
        case!(archive::nobody_comes_into_a_team_of_what_is_archived),
        case!(archive::an_organization_keeps_an_open_site),
        case!(archive::an_organization_is_archived_by_who_makes_them),
        case!(archive::who_comes_while_a_place_is_archived_is_not_in_it),
        case!(archive::of_two_that_archive_the_last_two_one_wins),
        case!(sign_in_rules::who_turns_the_rule_on_has_a_factor),
        case!(sign_in_rules::a_rule_counts_at_once_and_ends_with_the_first_factor),
        case!(sign_in_rules::a_grace_tells_and_does_not_stop),
        case!(sign_in_rules::a_recovered_owner_is_asked_for_a_new_factor),
        case!(sign_in_rules::of_two_changes_of_the_rules_at_once_one_wins),
        case!(idempotency::of_many_at_once_one_does_it),
        case!(idempotency::a_key_lives_and_ends),
        case!(idempotency::who_comes_back_late_writes_nothing),
        case!(idempotency::so_many_keys_are_remembered_and_the_oldest_go),
        case!(mail::of_many_who_send_one_has_each_mail),
        case!(mail::a_mail_that_was_not_committed_is_not_sent),
        case!(mail::mails_about_a_thing_go_with_it_and_show_how_they_are),
        case!(mail::the_outbox_takes_so_many_and_no_more),
        case!(webhooks::an_event_is_there_if_and_only_if_what_happened_is),
        case!(webhooks::machines_that_come_and_go_are_told),
        case!(webhooks::of_many_who_tell_one_has_each_event),
        case!(webhooks::a_webhook_that_goes_while_much_happens_is_in_nobodys_way),
        case!(webhooks::so_many_wait_and_of_more_the_oldest_is_given_up),
        case!(webhooks::secrets_of_webhooks_are_sealed_again_by_a_rotation),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    run_on_sqlite([cases(), cases_of_machines()].concat()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_on_sqlite() {
    run_on_sqlite(cases_of_people()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql() {
    run_on_postgresql([cases(), cases_of_machines()].concat()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_on_postgresql() {
    run_on_postgresql(cases_of_people()).await;
}

/// The schema is made once, and copied for each case.
async fn run_on_sqlite(cases: Vec<Case>) {
    let made = tempfile::tempdir().unwrap();
    let schema = made.path().join("farol.db");
    with_schema(&DbSettings::Sqlite(schema.clone())).await;
    let settings = move |_, data: &std::path::Path| {
        let file = data.join("farol.db");
        std::fs::copy(&schema, &file).unwrap();
        DbSettings::Sqlite(file)
    };
    run_all(cases, settings).await;
}

async fn run_on_postgresql(cases: Vec<Case>) {
    let cluster = Arc::new(tokio::task::spawn_blocking(Cluster::start).await.unwrap());
    with_schema(&DbSettings::Postgres(cluster.database("schema"))).await;
    let databases = Arc::clone(&cluster);
    let settings = move |number, _: &std::path::Path| {
        DbSettings::Postgres(databases.copy(&format!("case_{number}"), "schema"))
    };
    run_all(cases, settings).await;
    tokio::task::spawn_blocking(move || drop(cluster)).await.unwrap();
}

async fn with_schema(settings: &DbSettings) {
    Db::open(settings).await.unwrap().close().await;
}

#[tokio::test]
async fn a_postgresql_that_went_away_is_a_sentence_not_a_crash() {
    let cluster = tokio::task::spawn_blocking(Cluster::start).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut config = Config::for_tests(directory.path());
    config.database = DbSettings::Postgres(cluster.database("gone"));
    let ctx = server::open(config, Clock::manual(common::START)).await.unwrap();
    assert!(!farol_server::accounts::any(&ctx).await.unwrap());
    tokio::task::spawn_blocking(move || drop(cluster)).await.unwrap();
    for _ in 0..2 {
        let error = farol_server::accounts::any(&ctx).await.unwrap_err();
        assert_eq!(error.code(), farol_server::Code::StorageUnavailable, "{error:?}");
    }
}

async fn run_all(cases: Vec<Case>, settings: impl Fn(usize, &std::path::Path) -> DbSettings) {
    let mut failed = Vec::new();
    for (number, (name, case)) in cases.into_iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        let mut config = Config::for_tests(directory.path());
        config.database = settings(number, directory.path());
        let ctx = server::open(config, Clock::manual(common::START)).await.unwrap();
        // A task of its own, so that one panic does not end the suite.
        let within = ctx.clone();
        let whole = async move {
            case(within.clone()).await;
            store_cases::search::what_is_kept_is_what_the_rows_say(&within).await;
        };
        if tokio::spawn(whole).await.is_err() {
            failed.push(name);
        }
        ctx.db.close().await;
    }
    assert!(failed.is_empty(), "failed: {failed:?}");
}
