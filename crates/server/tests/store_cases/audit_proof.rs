//! What the audit chain proves: every change is found, and what retention removes is signed for.
//!
//! The tests take the triggers away first where they play somebody who can do anything to the database.

use std::time::Duration;

use farol_server::audit::{self, Actor, Finding, FindingKind, Known, Report, Tending};
use farol_server::clock::Timestamp;
use farol_server::identity::Identity;
use farol_server::ids::OrganizationId;
use farol_server::store::Engine;
use farol_server::{Ctx, organizations};
use sea_orm::{ConnectionTrait, Statement};
use sha2::{Digest, Sha256};

use super::audit::{append, first_organization};
use crate::common::owner;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn run(ctx: &Ctx, sql: &str) {
    let tx = ctx.db.write().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
}

async fn refused(ctx: &Ctx, sql: &str) {
    let tx = ctx.db.write().await.unwrap();
    let error = tx.execute_unprepared(sql).await.expect_err(sql);
    assert!(
        error.to_string().contains("audit entries are kept as they are"),
        "{error}"
    );
}

/// Takes the triggers away.
async fn disarm(ctx: &Ctx) {
    for table in ["audit_entries", "audit_checkpoints"] {
        let third = match ctx.db.engine() {
            Engine::Sqlite => "not_replaced",
            Engine::Postgres => "not_emptied",
        };
        for name in ["unchanged", "kept", third] {
            let on = match ctx.db.engine() {
                Engine::Sqlite => String::new(),
                Engine::Postgres => format!(" ON {table}"),
            };
            run(ctx, &format!("DROP TRIGGER {table}_{name}{on}")).await;
        }
    }
}

async fn report(ctx: &Ctx) -> Report {
    audit::verify(
        &ctx.db,
        &audit::known(ctx).unwrap(),
        Some(first_organization(ctx).await),
    )
    .await
    .unwrap()
    .remove(0)
}

async fn found(ctx: &Ctx) -> Option<(FindingKind, i64)> {
    report(ctx)
        .await
        .finding
        .map(|finding| (finding.kind, finding.seq))
}

/// Keeps a table as it is now, to go back to.
async fn keep(ctx: &Ctx, table: &str) {
    run(
        ctx,
        &format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"),
    )
    .await;
}

async fn put_back(ctx: &Ctx, table: &str) {
    run(ctx, &format!("DELETE FROM {table}")).await;
    run(ctx, &format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
}

/// A value that differs from what is there.
fn bytes(ctx: &Ctx, length: usize) -> String {
    let hex = "ab".repeat(length);
    match ctx.db.engine() {
        Engine::Sqlite => format!("X'{hex}'"),
        Engine::Postgres => format!("'\\x{hex}'::bytea"),
    }
}

fn uuid(ctx: &Ctx) -> String {
    match ctx.db.engine() {
        Engine::Sqlite => bytes(ctx, 16),
        Engine::Postgres => format!("'{}'::uuid", OrganizationId::new()),
    }
}

async fn chain_of(ctx: &Ctx, entries: usize) -> OrganizationId {
    let organization = first_organization(ctx).await;
    for number in 0..entries {
        append(ctx, organization, number).await;
    }
    organization
}

pub async fn a_change_of_any_column_of_any_entry_is_found(ctx: Ctx) {
    const LAST: i64 = 4;
    chain_of(&ctx, 4).await;
    disarm(&ctx).await;
    keep(&ctx, "audit_entries").await;
    let (hash, id) = (bytes(&ctx, 32), uuid(&ctx));
    let columns = [
        ("id", id.as_str()),
        ("prev_hash", &hash),
        ("hash", &hash),
        ("at", "at + 1"),
        ("actor_kind", "'account'"),
        ("actor_id", "''"),
        ("actor_name", "'nobody'"),
        ("action", "'machine.removed'"),
        ("target_kind", "NULL"),
        ("target_id", "''"),
        ("target_name", "target_name || ' '"),
        ("detail", "detail || ' '"),
        ("request_id", "NULL"),
        ("chain_version", "1"),
        ("chain_version", "3"),
        ("address", "NULL"),
        ("address", "'192.0.2.8'"),
        ("before", "'{}'"),
        ("after", "NULL"),
    ];
    assert_eq!(found(&ctx).await, None);
    for seq in 1..=LAST {
        for (column, value) in columns {
            run(
                &ctx,
                &format!("UPDATE audit_entries SET {column} = {value} WHERE seq = {seq}"),
            )
            .await;
            assert_eq!(
                found(&ctx).await,
                Some((FindingKind::Changed, seq)),
                "{column} of {seq}"
            );
            put_back(&ctx, "audit_entries").await;
        }
        run(
            &ctx,
            &format!("UPDATE audit_entries SET seq = 99 WHERE seq = {seq}"),
        )
        .await;
        // At the end the entry moved away is the next one found.
        assert_eq!(
            found(&ctx).await,
            Some((FindingKind::Missing, seq)),
            "seq of {seq}"
        );
        put_back(&ctx, "audit_entries").await;
    }
    assert_eq!(found(&ctx).await, None);

    // The end that the organization's row names.
    run(&ctx, &format!("UPDATE organizations SET audit_head = {hash}")).await;
    assert_eq!(found(&ctx).await, Some((FindingKind::Exchanged, LAST + 1)));
}

pub async fn removed_swapped_and_inserted_entries_are_found(ctx: Ctx) {
    chain_of(&ctx, 5).await;
    disarm(&ctx).await;
    keep(&ctx, "audit_entries").await;
    for seq in 1..=5 {
        run(&ctx, &format!("DELETE FROM audit_entries WHERE seq = {seq}")).await;
        let kind = if seq == 5 {
            FindingKind::CutOff
        } else {
            FindingKind::Missing
        };
        assert_eq!(found(&ctx).await, Some((kind, seq)));
        put_back(&ctx, "audit_entries").await;
    }
    for (one, other) in [(1, 2), (2, 4), (4, 5)] {
        for (from, to) in [(one, 98), (other, one), (98, other)] {
            run(
                &ctx,
                &format!("UPDATE audit_entries SET seq = {to} WHERE seq = {from}"),
            )
            .await;
        }
        assert_eq!(found(&ctx).await, Some((FindingKind::Changed, one)));
        put_back(&ctx, "audit_entries").await;
    }
    let organization = first_organization(&ctx).await;
    for seq in [-3, 0, 6, 77] {
        let other = format!(
            "UPDATE kept_audit_entries SET seq = {seq}, id = {} WHERE seq = 3",
            uuid(&ctx)
        );
        run(
            &ctx,
            "CREATE TABLE spare AS SELECT * FROM kept_audit_entries WHERE seq = 3",
        )
        .await;
        run(&ctx, &other).await;
        let inserted =
            format!("INSERT INTO audit_entries SELECT * FROM kept_audit_entries WHERE seq = {seq}");
        run(&ctx, &inserted).await;
        run(&ctx, &format!("DELETE FROM kept_audit_entries WHERE seq = {seq}")).await;
        run(&ctx, "INSERT INTO kept_audit_entries SELECT * FROM spare").await;
        run(&ctx, "DROP TABLE spare").await;
        assert_eq!(found(&ctx).await, Some((FindingKind::Inserted, seq)));
        put_back(&ctx, "audit_entries").await;
    }
    // Everything cut off at once.
    run(&ctx, "DELETE FROM audit_entries").await;
    assert_eq!(found(&ctx).await, Some((FindingKind::CutOff, 1)));
    let finding = report(&ctx).await.finding.unwrap();
    assert!(finding.to_string().contains("CUT OFF"), "{finding}");
    assert_eq!(report(&ctx).await.organization_id, organization);
}

/// Throws the chain away and makes another, in order by itself, as somebody would who knows how hashes are computed.
async fn write_anew(ctx: &Ctx, entries: usize) {
    let zero = "00".repeat(32);
    let genesis = match ctx.db.engine() {
        Engine::Sqlite => format!("X'{zero}'"),
        Engine::Postgres => format!("'\\x{zero}'::bytea"),
    };
    run(ctx, "DELETE FROM audit_entries").await;
    run(
        ctx,
        &format!("UPDATE organizations SET audit_seq = 0, audit_head = {genesis}"),
    )
    .await;
    chain_of(ctx, entries).await;
}

pub async fn a_chain_written_anew_does_not_fit_its_checkpoints(ctx: Ctx) {
    chain_of(&ctx, 3).await;
    audit::sign_all(&ctx).await.unwrap();
    chain_of(&ctx, 2).await;
    audit::sign_all(&ctx).await.unwrap();
    let whole = report(&ctx).await;
    assert_eq!((whole.entries(), whole.signed_to, whole.finding), (5, 5, None));
    disarm(&ctx).await;

    write_anew(&ctx, 8).await;
    let finding = report(&ctx).await.finding.unwrap();
    assert_eq!((finding.kind, finding.seq), (FindingKind::CheckpointDiffers, 3));
    assert_eq!((finding.checkpoint, finding.since), (Some(1), Some(0)));
    // The server does not sign over it.
    audit::sign_all(&ctx).await.unwrap();
    assert_eq!(found(&ctx).await, Some((FindingKind::CheckpointDiffers, 3)));

    // Shorter than what was signed.
    write_anew(&ctx, 2).await;
    assert_eq!(found(&ctx).await, Some((FindingKind::CutOff, 3)));

    // With the checkpoints gone as well, their number still tells.
    run(&ctx, "DELETE FROM audit_checkpoints").await;
    assert_eq!(found(&ctx).await, Some((FindingKind::CheckpointMissing, 1)));

    // With the number gone, nothing in the database is wrong. What the server noted beside its key is, and it signs nothing.
    run(&ctx, "UPDATE organizations SET audit_checkpoints = 0").await;
    for entries in [2, 8] {
        write_anew(&ctx, entries).await;
        audit::sign_all(&ctx).await.unwrap();
        audit::tend(&ctx, &mut Tending::default()).await.unwrap();
        let finding = report(&ctx).await.finding.unwrap();
        assert_eq!(
            (finding.kind, finding.checkpoint),
            (FindingKind::NotAsNoted, Some(2))
        );
        assert_eq!(report(&ctx).await.signed_to, 0);
        assert!(finding.to_string().contains("NOT IN THE DATABASE"), "{finding}");
    }
    ctx.clock.advance(DAY);
    let now = ctx.clock.now();
    let pruned = audit::prune(&ctx, &Actor::command_line(), now, None)
        .await
        .unwrap();
    let finding = pruned[0].finding.as_ref().map(|finding: &Finding| finding.kind);
    assert_eq!((pruned[0].entries, finding), (0, Some(FindingKind::NotAsNoted)));
    // Another identity key does not help either.
    let identity = Identity::random().unwrap();
    let successor = Ctx::new(ctx.config.clone(), ctx.db.clone(), ctx.clock.clone(), identity);
    audit::sign_all(&successor).await.unwrap();
    assert_eq!(report(&ctx).await.signed_to, 0);
}

pub async fn a_restored_copy_is_accepted_by_a_person_only(ctx: Ctx) {
    let tables = ["organizations", "audit_entries", "audit_checkpoints"];
    chain_of(&ctx, 3).await;
    audit::sign_all(&ctx).await.unwrap();
    chain_of(&ctx, 1).await;
    for table in tables {
        keep(&ctx, table).await;
    }
    chain_of(&ctx, 2).await;
    audit::sign_all(&ctx).await.unwrap();
    let none = audit::accept_restore(&ctx, &Actor::command_line()).await.unwrap();
    assert_eq!((none[0].changed, &none[0].finding), (false, &None));

    // The backup is put back.
    disarm(&ctx).await;
    let backup = "(SELECT k.x FROM kept_organizations k WHERE k.id = organizations.id)";
    for column in ["audit_seq", "audit_head", "audit_checkpoints"] {
        let value = backup.replace('x', column);
        run(&ctx, &format!("UPDATE organizations SET {column} = {value}")).await;
    }
    put_back(&ctx, "audit_entries").await;
    put_back(&ctx, "audit_checkpoints").await;
    assert_eq!(found(&ctx).await, Some((FindingKind::NotAsNoted, 6)));

    // A chain that is not in order by itself is not accepted.
    run(
        &ctx,
        "UPDATE audit_entries SET actor_name = 'nobody' WHERE seq = 2",
    )
    .await;
    let refused = audit::accept_restore(&ctx, &Actor::command_line()).await.unwrap();
    assert!(!refused[0].changed && refused[0].finding.is_some());
    put_back(&ctx, "audit_entries").await;

    let accepted = audit::accept_restore(&ctx, &Actor::command_line()).await.unwrap();
    assert_eq!((accepted[0].changed, &accepted[0].finding), (true, &None));
    let after = report(&ctx).await;
    assert_eq!((after.signed_to, after.entries(), after.finding), (5, 5, None));
    assert_eq!(last_entry(&ctx).await, ("audit.restore_accepted".into(), 5));
    chain_of(&ctx, 1).await;
    audit::sign_all(&ctx).await.unwrap();
    assert_eq!(report(&ctx).await.signed_to, 6);
}

pub async fn what_was_signed_is_noted_beside_the_key(ctx: Ctx) {
    let note = ctx.config.data.join(audit::NOTE_FILE);
    let read = || std::fs::read_to_string(&note).unwrap();
    chain_of(&ctx, 2).await;
    audit::sign_all(&ctx).await.unwrap();
    let first = read();
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&note).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // Killed between the checkpoint and the note, or updated from a version that noted nothing.
    chain_of(&ctx, 1).await;
    audit::sign_all(&ctx).await.unwrap();
    let second = read();
    assert_ne!(first, second);
    for before in [Some(&first), None] {
        match before {
            Some(text) => std::fs::write(&note, text).unwrap(),
            None => std::fs::remove_file(&note).unwrap(),
        }
        assert_eq!(found(&ctx).await, None);
        audit::tend(&ctx, &mut Tending::default()).await.unwrap();
        assert_eq!(read(), second);
    }
    // Damaged, it is neither believed nor replaced by the server.
    std::fs::write(&note, &second[..second.len() / 2]).unwrap();
    assert!(audit::known(&ctx).is_err());
    assert!(audit::tend(&ctx, &mut Tending::default()).await.is_err());
    assert!(audit::accept_restore(&ctx, &Actor::command_line()).await.unwrap()[0].changed);
    assert_eq!(found(&ctx).await, None);
}

pub async fn a_change_of_any_column_of_any_checkpoint_is_found(ctx: Ctx) {
    chain_of(&ctx, 1).await;
    for _ in 0..3 {
        audit::sign_all(&ctx).await.unwrap();
        // Nothing new, so nothing is signed again.
        audit::sign_all(&ctx).await.unwrap();
        chain_of(&ctx, 1).await;
    }
    disarm(&ctx).await;
    keep(&ctx, "audit_checkpoints").await;
    let (hash, signature) = (bytes(&ctx, 32), bytes(&ctx, 64));
    let columns = [
        ("kind", "'pruned'"),
        ("seq", "seq - 1"),
        ("hash", hash.as_str()),
        ("at", "at + 1"),
        ("previous", &hash),
        ("public_key", &hash),
        ("signature", &signature),
    ];
    assert_eq!(found(&ctx).await, None);
    for number in 1..=3 {
        for (column, value) in columns {
            let change = format!("UPDATE audit_checkpoints SET {column} = {value} WHERE number = {number}");
            run(&ctx, &change).await;
            let finding = report(&ctx).await.finding.expect(column);
            let expected = (FindingKind::SignatureWrong, Some(number));
            assert_eq!(
                (finding.kind, finding.checkpoint),
                expected,
                "{column} of {number}"
            );
            put_back(&ctx, "audit_checkpoints").await;
        }
        run(
            &ctx,
            &format!("DELETE FROM audit_checkpoints WHERE number = {number}"),
        )
        .await;
        let finding = report(&ctx).await.finding.unwrap();
        assert_eq!(
            (finding.kind, finding.checkpoint),
            (FindingKind::CheckpointMissing, Some(number))
        );
        put_back(&ctx, "audit_checkpoints").await;
    }
    let stranger = Known::by_keys(vec![Identity::random().unwrap().public_key()]);
    let reports = audit::verify(&ctx.db, &stranger, None).await.unwrap();
    let kind = reports[0].finding.as_ref().map(|finding| finding.kind);
    assert_eq!(kind, Some(FindingKind::SignatureWrong));
}

pub async fn proof_outlives_the_key_that_signed_it(ctx: Ctx) {
    let key = |ctx: &Ctx| ctx.identity.public_key();
    chain_of(&ctx, 2).await;
    audit::sign_all(&ctx).await.unwrap();
    let identity = Identity::random().unwrap();
    let successor = Ctx::new(ctx.config.clone(), ctx.db.clone(), ctx.clock.clone(), identity);
    let kind = async |known: &[[u8; 32]]| {
        let known = Known::by_keys(known.to_vec());
        let reports = audit::verify(&ctx.db, &known, None).await.unwrap();
        reports[0]
            .finding
            .as_ref()
            .map(|finding| (finding.kind, finding.checkpoint))
    };
    // The old key is gone, and nothing of the new one leads back to what it signed.
    assert_eq!(
        kind(&[key(&successor)]).await,
        Some((FindingKind::SignatureWrong, Some(1)))
    );
    chain_of(&ctx, 1).await;
    audit::tend(&successor, &mut Tending::default()).await.unwrap();
    assert_eq!(kind(&[key(&successor)]).await, None);
    assert_eq!(kind(&[key(&ctx), key(&successor)]).await, None);
    // Who has only a key of their own proves nothing with it.
    assert_eq!(
        kind(&[key(&ctx)]).await,
        Some((FindingKind::SignatureWrong, Some(2)))
    );
}

pub async fn checkpoints_are_made_when_due(ctx: Ctx) {
    let organization = chain_of(&ctx, 2).await;
    audit::tend(&ctx, &mut Tending::default()).await.unwrap();
    assert_eq!(report(&ctx).await.signed_to, 2);
    append(&ctx, organization, 3).await;
    audit::tend(&ctx, &mut Tending::default()).await.unwrap();
    assert_eq!(
        report(&ctx).await.signed_to,
        2,
        "neither a day nor a thousand entries"
    );
    ctx.clock.advance(DAY);
    audit::tend(&ctx, &mut Tending::default()).await.unwrap();
    assert_eq!(report(&ctx).await.signed_to, 3);
    // One transaction, so that the case takes no minute.
    let tx = ctx.db.write().await.unwrap();
    for _ in 0..1000 {
        let entry = audit::Entry::new(organization, Actor::server(), audit::Action::LoginEnded);
        audit::record(&tx, ctx.clock.now(), entry).await.unwrap();
    }
    tx.commit().await.unwrap();
    audit::tend(&ctx, &mut Tending::default()).await.unwrap();
    let report = report(&ctx).await;
    assert_eq!(
        (report.signed_to, report.entries(), report.finding),
        (1003, 1003, None)
    );
}

pub async fn the_database_refuses_changes(ctx: Ctx) {
    let organization = chain_of(&ctx, 3).await;
    audit::sign_all(&ctx).await.unwrap();
    refused(
        &ctx,
        "UPDATE audit_entries SET actor_name = 'nobody' WHERE seq = 2",
    )
    .await;
    refused(&ctx, "DELETE FROM audit_entries WHERE seq = 1").await;
    refused(&ctx, "UPDATE audit_checkpoints SET kind = 'pruned'").await;
    refused(&ctx, "DELETE FROM audit_checkpoints").await;
    refused(&ctx, "DELETE FROM organizations").await;
    match ctx.db.engine() {
        Engine::Postgres => {
            refused(&ctx, "TRUNCATE audit_entries CASCADE").await;
            refused(&ctx, "TRUNCATE audit_checkpoints").await;
            refused(&ctx, "TRUNCATE organizations CASCADE").await;
        }
        Engine::Sqlite => {
            // In the place of another: by its key, by its place in the chain, by its place in the file.
            for (row, id, seq) in [
                ("", "id", "77"),
                ("", "randomblob(16)", "seq"),
                ("rowid, ", "randomblob(16)", "77"),
            ] {
                let replace = format!(
                    "INSERT OR REPLACE INTO audit_entries ({row}id, organization_id, seq, prev_hash, hash, at, actor_kind, \
                     actor_name, action, detail) SELECT {row}{id}, organization_id, {seq}, prev_hash, hash, at, actor_kind, \
                     'nobody', action, detail FROM audit_entries WHERE seq = 2"
                );
                refused(&ctx, &replace).await;
            }
            refused(
                &ctx,
                "INSERT OR REPLACE INTO audit_checkpoints SELECT * FROM audit_checkpoints",
            )
            .await;
            refused(&ctx, "UPDATE OR REPLACE audit_entries SET seq = 1 WHERE seq = 2").await;
        }
    }
    ctx.clock.advance(DAY);
    append(&ctx, organization, 4).await;
    let now = ctx.clock.now();
    audit::prune(&ctx, &Actor::command_line(), now, None)
        .await
        .unwrap();
    refused(&ctx, "DELETE FROM audit_entries").await;
    assert_eq!(found(&ctx).await, None);
}

pub async fn pruning_leaves_a_chain_that_verifies(ctx: Ctx) {
    let organization = chain_of(&ctx, 3).await;
    audit::sign_all(&ctx).await.unwrap();
    ctx.clock.advance(DAY);
    let kept_from = ctx.clock.now();
    chain_of(&ctx, 2).await;
    let prune = async |before| {
        audit::prune(&ctx, &Actor::command_line(), before, Some(organization))
            .await
            .unwrap()
            .remove(0)
    };
    assert_eq!(prune(Timestamp(0)).await.entries, 0);
    let pruned = prune(kept_from).await;
    assert_eq!((pruned.entries, pruned.up_to, pruned.finding), (3, 3, None));
    // Entries 4 and 5, and the one about the pruning.
    let after = report(&ctx).await;
    assert_eq!((after.first, after.verified_to, after.finding), (4, 6, None));
    let (kind, seq) = last_entry(&ctx).await;
    assert_eq!((kind.as_str(), seq), ("audit.pruned", 6));
    // Doing it again finds nothing.
    assert_eq!(prune(kept_from).await.entries, 0);

    // Everything there is: the entry about it remains.
    ctx.clock.advance(DAY);
    let pruned = prune(ctx.clock.now()).await;
    assert_eq!((pruned.entries, pruned.up_to), (3, 6));
    let after = report(&ctx).await;
    assert_eq!((after.first, after.verified_to, after.finding), (7, 7, None));
    chain_of(&ctx, 2).await;
    audit::sign_all(&ctx).await.unwrap();
    assert_eq!(found(&ctx).await, None);

    // Something in the place of what was removed, and the signed beginning taken away.
    disarm(&ctx).await;
    run(&ctx, "UPDATE audit_entries SET seq = 2 WHERE seq = 9").await;
    run(&ctx, "UPDATE audit_entries SET seq = 9 WHERE seq = 2").await;
    assert_eq!(found(&ctx).await, None);
    run(&ctx, "DELETE FROM audit_checkpoints WHERE kind = 'pruned'").await;
    assert!(found(&ctx).await.is_some());

    let future = ctx.clock.now().after(DAY);
    let error = audit::prune(&ctx, &Actor::command_line(), future, None)
        .await
        .unwrap_err();
    assert_eq!(error.code(), farol_server::Code::ValidationFailed);
}

pub async fn a_broken_beginning_is_not_pruned(ctx: Ctx) {
    chain_of(&ctx, 3).await;
    ctx.clock.advance(DAY);
    chain_of(&ctx, 1).await;
    disarm(&ctx).await;
    run(
        &ctx,
        "UPDATE audit_entries SET actor_name = 'nobody' WHERE seq = 2",
    )
    .await;
    let now = ctx.clock.now();
    let pruned = audit::prune(&ctx, &Actor::command_line(), now, None)
        .await
        .unwrap();
    let finding = pruned[0]
        .finding
        .as_ref()
        .map(|finding: &Finding| (finding.kind, finding.seq));
    assert_eq!((pruned[0].entries, finding), (0, Some((FindingKind::Changed, 2))));
    assert_eq!(report(&ctx).await.first, 1);

    // The server neither signs nor prunes it, and looks again only later.
    let mut memory = Tending::default();
    audit::tend(&ctx, &mut memory).await.unwrap();
    assert_eq!(memory.broken(), 1);
    run(
        &ctx,
        "UPDATE audit_entries SET actor_name = 'server' WHERE seq = 2",
    )
    .await;
    audit::tend(&ctx, &mut memory).await.unwrap();
    assert_eq!((report(&ctx).await.signed_to, memory.broken()), (0, 1));
    ctx.clock.advance(DAY);
    audit::tend(&ctx, &mut memory).await.unwrap();
    assert_eq!((report(&ctx).await.signed_to, memory.broken()), (4, 0));

    // Who mended it does not wait.
    chain_of(&ctx, 1).await;
    ctx.clock.advance(DAY);
    run(
        &ctx,
        "UPDATE audit_entries SET actor_name = 'nobody' WHERE seq = 5",
    )
    .await;
    audit::tend(&ctx, &mut memory).await.unwrap();
    assert_eq!(memory.broken(), 1);
    run(
        &ctx,
        "UPDATE audit_entries SET actor_name = 'server' WHERE seq = 5",
    )
    .await;
    memory.look_again();
    audit::tend(&ctx, &mut memory).await.unwrap();
    assert_eq!((report(&ctx).await.signed_to, memory.broken()), (5, 0));
}

pub async fn the_server_prunes_what_is_too_old(ctx: Ctx) {
    chain_of(&ctx, 3).await;
    audit::tend(&ctx, &mut Tending::default()).await.unwrap();
    ctx.clock.advance(DAY * 40);
    audit::tend(&ctx, &mut Tending::default()).await.unwrap();
    assert_eq!(report(&ctx).await.first, 1, "for ever is the default");

    let mut config = ctx.config.clone();
    config.audit_retention = Some(DAY * 30);
    let ctx = Ctx::new(config, ctx.db.clone(), ctx.clock.clone(), ctx.identity.clone());
    audit::tend(&ctx, &mut Tending::default()).await.unwrap();
    audit::tend(&ctx, &mut Tending::default()).await.unwrap();
    let after = report(&ctx).await;
    assert_eq!((after.first, after.verified_to, after.finding), (4, 4, None));
}

async fn last_entry(ctx: &Ctx) -> (String, i64) {
    let backend = ctx.db.read().get_database_backend();
    let sql = "SELECT action, seq FROM audit_entries ORDER BY seq DESC LIMIT 1";
    let row = ctx
        .db
        .read()
        .query_one_raw(Statement::from_string(backend, sql))
        .await
        .unwrap()
        .unwrap();
    (
        row.try_get("", "action").unwrap(),
        row.try_get("", "seq").unwrap(),
    )
}

/// The hash of version 1, written down a second time.
fn hash_of_version_1(organization: OrganizationId, id: &str, at: i64) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(b"farol-audit-1\0");
    digest.update(organization.bytes());
    digest.update(1_i64.to_be_bytes());
    digest.update([0; 32]);
    digest.update(at.to_be_bytes());
    let none = None::<&str>;
    let fields = [
        Some(id),
        Some("server"),
        none,
        Some("server"),
        Some("login.ended"),
        none,
        none,
        none,
        Some("{}"),
        none,
    ];
    for field in fields {
        match field {
            Some(text) => {
                digest.update(u32::try_from(text.len()).unwrap().to_be_bytes());
                digest.update(text);
            }
            None => digest.update([0xff; 4]),
        }
    }
    digest.finalize().into()
}

pub async fn entries_of_version_1_still_verify(ctx: Ctx) {
    let organization = first_organization(&ctx).await;
    let id = OrganizationId::new();
    let hash = hex::encode(hash_of_version_1(organization, &id.to_string(), 1000));
    let blob = |hex: &str| match ctx.db.engine() {
        Engine::Sqlite => format!("X'{hex}'"),
        Engine::Postgres => format!("'\\x{hex}'::bytea"),
    };
    let uuid = |id: OrganizationId| match ctx.db.engine() {
        Engine::Sqlite => blob(&hex::encode(id.bytes())),
        Engine::Postgres => format!("'{id}'::uuid"),
    };
    run(
        &ctx,
        &format!(
            "INSERT INTO audit_entries (id, organization_id, seq, prev_hash, hash, at, actor_kind, actor_name, action, \
             detail) VALUES ({}, {}, 1, {}, {}, 1000, 'server', 'server', 'login.ended', '{{}}')",
            uuid(id),
            uuid(organization),
            blob(&"00".repeat(32)),
            blob(&hash)
        ),
    )
    .await;
    run(
        &ctx,
        &format!(
            "UPDATE organizations SET audit_seq = 1, audit_head = {}",
            blob(&hash)
        ),
    )
    .await;
    chain_of(&ctx, 2).await;
    let report = report(&ctx).await;
    assert_eq!((report.entries(), report.finding), (3, None));
}

pub async fn verification_goes_on_where_it_stopped(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    chain_of(&ctx, 6).await;
    audit::sign_all(&ctx).await.unwrap();
    let mut cursor = None;
    let mut places = Vec::new();
    loop {
        let step = audit::verify_some(&ctx, &by, cursor.as_deref(), 3).await.unwrap();
        assert_eq!(step.report.finding, None);
        places.push(step.report.verified_to);
        match step.next_cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(places, [3, 6, 7]);
    let error = audit::verify_some(&ctx, &by, Some("nonsense"), 3)
        .await
        .unwrap_err();
    assert_eq!(error.code(), farol_server::Code::ValidationFailed);
    disarm(&ctx).await;
    run(
        &ctx,
        "UPDATE audit_entries SET actor_name = 'nobody' WHERE seq = 7",
    )
    .await;
    let step = audit::verify_some(&ctx, &by, cursor.as_deref(), 3).await.unwrap();
    let finding = step.report.finding.unwrap();
    assert_eq!((finding.kind, finding.seq), (FindingKind::Changed, 7));
    assert!(organizations::all(ctx.db.read()).await.unwrap().len() == 1);
}
