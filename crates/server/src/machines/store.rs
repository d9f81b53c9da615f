//! Queries of the `machines` table.

use farol_protocol::pipe::PipePublicKey;
use sea_orm::sea_query::{Expr, Query as Select, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use serde_json::{Value, json};

use super::search::{self, Asked};
use super::{Reported, keys};
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::enrollment::EnrollOs;
use crate::error::Result;
use crate::ids::{EnrollmentTokenId, MachineId, OrganizationId, SiteId};
use crate::recognition;
use crate::rights::{Reach, Sight};
use crate::store::dialect;
use crate::store::entities::machine::{ActiveModel, Column, Door, Entity, MachineState, Model};
use crate::webhooks::{self, Presence};

/// What enrollment knows of a machine.
#[derive(Debug, Clone)]
pub(crate) struct NewMachine {
    pub(crate) id: MachineId,
    pub(crate) organization: OrganizationId,
    pub(crate) site: SiteId,
    /// None when the server itself let it in.
    pub(crate) token: Option<EnrollmentTokenId>,
    /// None for agents without one.
    pub(crate) key: Option<[u8; 32]>,
    pub(crate) name: String,
    pub(crate) door: Door,
    pub(crate) labels: Value,
    pub(crate) about: EnrolledFacts,
    /// The last counter of its installation.
    pub(crate) counter: u64,
    /// It is that of a one-time agent and goes with it.
    pub(crate) one_time: bool,
}

/// The facts an agent states when it enrolls.
#[derive(Debug, Clone)]
pub(crate) struct EnrolledFacts {
    pub(crate) install_id: String,
    pub(crate) hostname: String,
    pub(crate) os: EnrollOs,
    pub(crate) agent_version: String,
}

pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    id: MachineId,
) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).filter(Column::OrganizationId.is_in(organizations.iter().copied()));
    Ok(query.one(db).await?)
}

/// The machine that the record `id` speaks for.
pub(super) async fn find_survivor<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    id: MachineId,
) -> Result<Option<Model>> {
    let Some(row) = find(db, organizations, id).await? else {
        return Ok(None);
    };
    if row.merged_into.is_none() {
        return Ok(Some(row));
    }
    let survivor = super::survivor(db, &row).await?;
    find(db, organizations, survivor).await
}

/// Without a look at organizations: for the machine itself, which proves who it is by its key.
pub(super) async fn find_any<C: ConnectionTrait>(db: &C, id: MachineId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// The row, held until the end of the transaction. On SQLite a write transaction is alone anyway.
pub(super) async fn hold<C: ConnectionTrait>(tx: &C, id: MachineId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Those of `ids` that there are, merged ones too.
pub(super) async fn some<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    ids: &[MachineId],
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::OrganizationId.is_in(organizations.iter().copied()));
    Ok(query.all(db).await?)
}

/// Those of `ids` that there are, and whose they are.
pub(crate) async fn owners<C: ConnectionTrait>(
    db: &C,
    ids: &[MachineId],
) -> Result<Vec<(MachineId, OrganizationId)>> {
    let query = Entity::find()
        .select_only()
        .columns([Column::Id, Column::OrganizationId])
        .filter(Column::Id.is_in(ids.iter().copied()));
    Ok(query.into_tuple().all(db).await?)
}

/// What is in sight, for queries of this table. Parts of one kind are one list, whatever their number: expressions that are nested too
/// deep are refused by the database.
pub(crate) fn within(backend: DbBackend, sight: &Sight) -> Condition {
    const TOGETHER: usize = 100;
    let (mut sites, mut machines, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for part in &sight.parts {
        match (part.site, part.machine, part.tags.is_empty()) {
            (Some(site), None, true) if part.organization.is_some() => sites.push(site),
            (None, Some(machine), true) if part.organization.is_some() => machines.push(machine),
            _ => others.push(part),
        }
    }
    let mut any = Condition::any().add(Column::OrganizationId.is_in(sight.organizations.iter().copied()));
    let parts = sight.parts.iter().filter_map(|part| part.organization);
    let there: Vec<OrganizationId> = parts.collect();
    if !sites.is_empty() {
        let at_sites = Condition::all()
            .add(Column::OrganizationId.is_in(there.iter().copied()))
            .add(Column::SiteId.is_in(sites));
        any = any.add(at_sites);
    }
    if !machines.is_empty() {
        let these = Condition::all()
            .add(Column::OrganizationId.is_in(there))
            .add(Column::Id.is_in(machines));
        any = any.add(these);
    }
    for some in others.chunks(TOGETHER) {
        let some = some.iter().map(|part| part_of(backend, part));
        any = any.add(some.fold(Condition::any(), Condition::add));
    }
    any
}

fn part_of(backend: DbBackend, part: &Reach) -> Condition {
    let mut all = Condition::all();
    if let Some(organization) = part.organization {
        all = all.add(Column::OrganizationId.eq(organization));
    }
    if let Some(site) = part.site {
        all = all.add(Column::SiteId.eq(site));
    }
    if let Some(machine) = part.machine {
        all = all.add(Column::Id.eq(machine));
    }
    for tag in &part.tags {
        all = all.add(dialect::has_tag(backend, Column::Labels, tag));
    }
    all
}

/// What a list has: machines in sight, those of one-time agents or all others, and no record that another one speaks for.
fn listed(backend: DbBackend, sight: &Sight, one_time: bool) -> Condition {
    Condition::all()
        .add(within(backend, sight))
        .add(Column::OneTime.eq(one_time))
        .add(Column::MergedInto.is_null())
}

pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    sight: &Sight,
    (one_time, asked): (bool, &Asked),
    (after, limit): (Option<MachineId>, u64),
) -> Result<Vec<Model>> {
    let mut query = Entity::find()
        .filter(listed(db.get_database_backend(), sight, one_time))
        .filter(asked.condition());
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after));
    }
    Ok(query.order_by_asc(Column::Id).limit(limit).all(db).await?)
}

/// How many machines of the list a search finds, counted up to `most`.
pub(super) async fn count<C: ConnectionTrait>(
    db: &C,
    sight: &Sight,
    asked: &Asked,
    most: u64,
) -> Result<u64> {
    let found = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(listed(db.get_database_backend(), sight, false))
        .filter(asked.condition())
        .limit(most)
        .into_query();
    let count = Select::select()
        .expr(Expr::cust("COUNT(*) AS machines"))
        .from_subquery(found, "found")
        .take();
    let Some(row) = db.query_one(&count).await? else {
        return Ok(0);
    };
    let count: i64 = row.try_get("", "machines")?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// The identifiers of the machines of the list, to be asked within a statement.
pub(super) fn ids(backend: DbBackend, sight: &Sight) -> SelectStatement {
    let mut ids = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(listed(backend, sight, false))
        .into_query();
    dialect::read_once(backend, &mut ids);
    ids
}

/// Machines of one-time agents, those that came first first; within `organizations`, or all.
pub(super) async fn one_time<C: ConnectionTrait>(
    db: &C,
    organizations: Option<&[OrganizationId]>,
    limit: u64,
) -> Result<Vec<Model>> {
    let mut query = Entity::find().filter(Column::OneTime.eq(true));
    if let Some(organizations) = organizations {
        query = query.filter(Column::OrganizationId.is_in(organizations.iter().copied()));
    }
    Ok(query.order_by_asc(Column::Id).limit(limit).all(db).await?)
}

pub(crate) async fn insert<C: ConnectionTrait>(tx: &C, new: NewMachine, at: Timestamp) -> Result<()> {
    let about = new.about;
    let row = ActiveModel {
        id: Set(new.id),
        organization_id: Set(new.organization),
        site_id: Set(new.site),
        name: Set(new.name),
        hostname: Set(about.hostname),
        state: Set(MachineState::Active),
        door: Set(new.door),
        install_id: Set(about.install_id),
        install_counter: Set(recognition::stored(new.counter)),
        evidence: Set(json!({})),
        machine_uid: Set(None),
        labels: Set(new.labels),
        os_family: Set(about.os.family),
        os_name: Set(about.os.name),
        os_version: Set(about.os.version),
        os_arch: Set(about.os.arch),
        agent_version: Set(about.agent_version),
        users: Set(json!([])),
        screen: Set(None),
        capabilities: Set(json!([])),
        address: Set(None),
        enrolled_at: Set(at),
        enrollment_token_id: Set(new.token),
        last_seen_at: Set(None),
        blocked_at: Set(None),
        blocked_by: Set(None),
        blocked_by_kind: Set(None),
        block_reason: Set(None),
        merged_into: Set(None),
        merged_at: Set(None),
        trusts: Set(None),
        rotation_asked_at: Set(None),
        helpdesk_at: Set(None),
        pipe_key: Set(None),
        one_time: Set(new.one_time),
        version: Set(1),
    };
    let key = new.key;
    let whose = (new.organization, new.id);
    Entity::insert(row).exec_without_returning(tx).await?;
    search::keep(tx, new.id).await?;
    match key {
        Some(key) => keys::put(tx, whose, &key, at).await,
        None => Ok(()),
    }
}

/// A helpdesk's desktop agent speaks for the machine too.
pub(crate) async fn add_helpdesk<C: ConnectionTrait>(tx: &C, id: MachineId, at: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::HelpdeskAt, Expr::value(Some(at)))
        .filter(Column::Id.eq(id))
        .filter(Column::HelpdeskAt.is_null())
        .exec(tx)
        .await?;
    search::keep(tx, id).await
}

/// Our agent speaks for the machine from now on, whichever came first.
pub(crate) async fn add_agent<C: ConnectionTrait>(tx: &C, id: MachineId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Door, Expr::value(Door::Agent))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    search::keep(tx, id).await
}

/// When the machine was last seen, through a door that has no link; false when the row is gone.
pub(crate) async fn seen_at<C: ConnectionTrait>(
    tx: &C,
    id: MachineId,
    (at, address): (Timestamp, &str),
) -> Result<bool> {
    let other = Condition::any()
        .add(Column::Address.is_null())
        .add(Column::Address.ne(address));
    let moved = Entity::update_many()
        .col_expr(Column::Address, Expr::value(Some(address.to_owned())))
        .filter(Column::Id.eq(id))
        .filter(other)
        .exec(tx)
        .await?;
    if moved.rows_affected > 0 {
        search::keep(tx, id).await?;
    }
    let done = Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(Some(at)))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Facts of a machine that enrolls again.
pub(crate) async fn refresh<C: ConnectionTrait>(tx: &C, id: MachineId, about: EnrolledFacts) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Hostname, Expr::value(about.hostname))
        .col_expr(Column::OsFamily, Expr::value(about.os.family))
        .col_expr(Column::OsName, Expr::value(about.os.name))
        .col_expr(Column::OsVersion, Expr::value(about.os.version))
        .col_expr(Column::OsArch, Expr::value(about.os.arch))
        .col_expr(Column::AgentVersion, Expr::value(about.agent_version))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    search::keep(tx, id).await
}

/// Facts that an agent states which may leave some out: those stay as they were.
pub(crate) async fn refresh_said<C: ConnectionTrait>(tx: &C, row: &Model, said: EnrolledFacts) -> Result<()> {
    let or = |said: String, known: &String| if said.is_empty() { known.clone() } else { said };
    // A system that is named is told whole: an old version beside a new name would be neither.
    let os = if said.os.name.is_empty() {
        EnrollOs {
            family: row.os_family.clone(),
            name: row.os_name.clone(),
            version: or(said.os.version, &row.os_version),
            arch: or(said.os.arch, &row.os_arch),
        }
    } else {
        said.os
    };
    let about = EnrolledFacts {
        install_id: said.install_id,
        hostname: or(said.hostname, &row.hostname),
        os,
        agent_version: or(said.agent_version, &row.agent_version),
    };
    refresh(tx, row.id, about).await
}

/// Writes name and site, if the machine is still at `version`; false otherwise.
pub(super) async fn change<C: ConnectionTrait>(tx: &C, row: &Model, version: i64) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::Name, Expr::value(row.name.clone()))
        .col_expr(Column::SiteId, Expr::value(row.site_id))
        .col_expr(Column::Version, Expr::value(version + 1))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(version))
        .exec(tx)
        .await?;
    let done = done.rows_affected > 0;
    if done {
        search::keep(tx, row.id).await?;
    }
    Ok(done)
}

pub(super) async fn delete<C: ConnectionTrait>(tx: &C, id: MachineId) -> Result<()> {
    Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Whether the report says something else than the row.
pub(super) fn differs(row: &Model, reported: &Reported) -> bool {
    let facts = &reported.facts;
    row.hostname != facts.hostname
        || row.trusts.as_ref() != Some(&reported.trusts)
        || row.pipe_key.as_deref() != Some(&reported.pipe_key)
        || row.os_family != facts.os.family
        || row.os_name != facts.os.name
        || row.os_version != facts.os.version
        || row.os_arch != facts.os.arch
        || row.agent_version != facts.agent_version
        || row.address.as_deref() != Some(reported.address.to_string().as_str())
        || row.users != users(reported)
        || row.screen != screen(reported)
        || row.capabilities != json!(reported.capabilities)
}

fn users(reported: &Reported) -> Value {
    let user = |user: &farol_protocol::link::LoggedOnUser| {
        // A time that no clock shows is none; the name counts still.
        let since = user.since_ms.and_then(|since| i64::try_from(since).ok());
        json!({ "name": user.name, "since_ms": since })
    };
    reported.facts.users.iter().map(user).collect()
}

fn screen(reported: &Reported) -> Option<Value> {
    let screen = reported.facts.screen.as_ref()?;
    Some(json!({ "state": screen.code, "detail": screen.detail }))
}

/// Writes a report; false when the row is gone.
pub(super) async fn report(
    ctx: &Ctx,
    (id, record): (MachineId, MachineId),
    reported: &Reported,
) -> Result<bool> {
    let facts = reported.facts.clone();
    let tx = ctx.db.write().await?;
    // Held, so that of two links that follow each other closely the second one sees what the first one wrote.
    let Some(row) = hold(&tx, id).await? else {
        return Ok(false);
    };
    if let Some(installation) = reported.installation.filter(|_| reported.arrival) {
        // The copy of the state belongs to the record that the key names, everything else to the machine.
        recognition::put_installation(&tx, record, installation, ctx.clock.now()).await?;
    }
    let done = Entity::update_many()
        .col_expr(Column::Trusts, Expr::value(Some(reported.trusts.clone())))
        .col_expr(Column::PipeKey, Expr::value(Some(reported.pipe_key.to_vec())))
        .col_expr(Column::Hostname, Expr::value(facts.hostname))
        .col_expr(Column::OsFamily, Expr::value(facts.os.family))
        .col_expr(Column::OsName, Expr::value(facts.os.name))
        .col_expr(Column::OsVersion, Expr::value(facts.os.version))
        .col_expr(Column::OsArch, Expr::value(facts.os.arch))
        .col_expr(Column::AgentVersion, Expr::value(facts.agent_version))
        .col_expr(Column::Users, Expr::value(users(reported)))
        .col_expr(Column::Screen, Expr::value(screen(reported)))
        .col_expr(Column::Capabilities, Expr::value(json!(reported.capabilities)))
        .col_expr(Column::Address, Expr::value(reported.address.to_string()))
        .col_expr(Column::LastSeenAt, Expr::value(Some(ctx.clock.now())))
        .filter(Column::Id.eq(id))
        .exec(&tx)
        .await?;
    // Most machines that come back say what they said before.
    if differs(&row, reported) {
        search::keep(&tx, id).await?;
    }
    let before = row.pipe_key.as_deref();
    if done.rows_affected > 0
        && let Some(before) = before.filter(|before| *before != reported.pipe_key)
    {
        let words = (words(before), words(&reported.pipe_key));
        audit::record(&tx, ctx.clock.now(), pipe_key_changed(&row, reported, words)).await?;
    }
    let now = ctx.clock.now();
    if done.rows_affected > 0 && reported.came_online && ctx.helpdesk.since(id, now).is_none() {
        let machine = (id, row.name.as_str());
        webhooks::presence_changed(&tx, row.organization_id, machine, Presence::Online, now).await?;
    }
    tx.commit().await?;
    Ok(done.rows_affected > 0)
}

fn pipe_key_changed(row: &Model, reported: &Reported, (before, after): (Value, Value)) -> Entry {
    let actor = Actor::agent(row.id, &row.name);
    Entry::new(row.organization_id, actor, Action::MachinePipeKeyChanged)
        .on(Target::new(TargetKind::Machine, row.id, &row.name))
        .change(json!({ "pipe_key": before }), json!({ "pipe_key": after }))
        .from(reported.address)
}

/// A key as people compare it.
fn words(key: &[u8]) -> Value {
    PipePublicKey::from_slice(key).map_or(Value::Null, |key| json!(key.words()))
}

/// The machine's link is over, and with it its presence unless a helpdesk's agent speaks for it, too.
pub(super) async fn seen(ctx: &Ctx, id: MachineId) -> Result<()> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(Some(now)))
        .filter(Column::Id.eq(id))
        .exec(&tx)
        .await?;
    // A server that stops loses sight of all of its machines, and none of them went anywhere.
    let gone = !ctx.shutdown.is_cancelled() && ctx.helpdesk.since(id, now).is_none();
    if gone && let Some(row) = find_any(&tx, id).await? {
        let machine = (id, row.name.as_str());
        webhooks::presence_changed(&tx, row.organization_id, machine, Presence::Offline, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Queues that a machine came or went, if a webhook asks for that.
pub(super) async fn tell_presence(
    ctx: &Ctx,
    organization: OrganizationId,
    id: MachineId,
    presence: Presence,
) -> Result<()> {
    // Most organizations have no such webhook, and then there is nothing to write.
    if !webhooks::asks_for_presence(ctx.db.read(), organization, presence).await? {
        return Ok(());
    }
    let tx = ctx.db.write().await?;
    if let Some(row) = find_any(&tx, id).await? {
        let machine = (id, row.name.as_str());
        webhooks::presence_changed(&tx, row.organization_id, machine, presence, ctx.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(())
}
