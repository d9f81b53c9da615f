//! A search as a condition on the `machines` table. Says the same as `memory.rs`.

use std::ops::Bound;

use sea_orm::sea_query::{
    Condition, Expr, ExprTrait, IntoCondition, Query as Select, SelectStatement, SimpleExpr,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::software::{self, Spread};
use super::{BLOCKED, MachineField, OFFLINE, ONLINE};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Mark, Result};
use crate::ids::{MachineId, OrganizationId, SiteId};
use crate::search::{Field, Folded, Query, Span, Test, Value, fold, network_keys};
use crate::store::dialect;
use crate::store::entities::machine::{Column, Door, MachineState};
use crate::store::entities::{machine_fact, machine_words, organization, site};

/// A search, with what it asks of others than the database's rows about machines.
pub(in crate::machines) struct Asked {
    query: Query<MachineField>,
    backend: DbBackend,
    now: Timestamp,
    /// Those that have a link now; read only when the search asks.
    linked: Vec<MachineId>,
    /// Those that other products' agents speak for now.
    heard: Vec<MachineId>,
    /// Names are read only when the search asks for them.
    sites: Vec<Named>,
    organizations: Vec<Named>,
    /// What is asked of software, and on how many machines that is.
    software: Vec<(Test, Spread)>,
}

impl Asked {
    /// Reads a search over machines of `organizations`.
    ///
    /// # Errors
    /// `validation_failed` with the place of the mistake; those of the database.
    pub(in crate::machines) async fn read(
        ctx: &Ctx,
        text: &str,
        organizations: &[OrganizationId],
    ) -> Result<Self> {
        let now = ctx.clock.now();
        let query = Query::read(text, now).map_err(|mistake| {
            let mark = Mark {
                at: mistake.at,
                length: mistake.len,
                suggestion: mistake.suggestion,
            };
            Error::from(
                FieldError::new("q", mistake.code, mistake.message)
                    .in_query()
                    .marked(mark),
            )
        })?;
        Self::asking(ctx, (query, now), organizations).await
    }

    /// A search that was read `now`.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::machines) async fn asking(
        ctx: &Ctx,
        (query, now): (Query<MachineField>, Timestamp),
        organizations: &[OrganizationId],
    ) -> Result<Self> {
        let mut asked = Self {
            query,
            backend: ctx.db.read().get_database_backend(),
            now,
            linked: Vec::new(),
            heard: Vec::new(),
            sites: Vec::new(),
            organizations: Vec::new(),
            software: Vec::new(),
        };
        if mentions(&asked.query, &|field| {
            matches!(field, Some(MachineField::Is | MachineField::Seen))
        }) {
            asked.linked = ctx.presence.machines();
            asked.heard = ctx.helpdesk.machines(now);
        }
        if mentions(&asked.query, &|field| {
            matches!(
                field,
                None | Some(MachineField::Site | MachineField::Organization)
            )
        }) {
            (asked.sites, asked.organizations) = names(ctx.db.read(), organizations).await?;
        }
        let mut of_software = Vec::new();
        tests_of_software(&asked.query, &mut of_software);
        for test in of_software {
            let spread = software::spread(ctx.db.read(), &test).await?;
            asked.software.push((test, spread));
        }
        Ok(asked)
    }

    /// The condition on rows of `machines`; never null.
    pub(in crate::machines) fn condition(&self) -> Condition {
        self.of(&self.query)
    }

    fn of(&self, query: &Query<MachineField>) -> Condition {
        match query {
            Query::All => always(true),
            Query::And(all) => all
                .iter()
                .fold(Condition::all(), |whole, part| whole.add(self.of(part))),
            Query::Or(any) => any
                .iter()
                .fold(Condition::any(), |whole, part| whole.add(self.of(part))),
            Query::Not(query) => self.of(query).not(),
            Query::Words(text) => self.words(text),
            Query::Is { field, test } => self.field(*field, test),
        }
    }

    fn words(&self, text: &Folded) -> Condition {
        let has_it = dialect::has_text(self.backend, machine_words::Column::Words, text.as_str());
        let mut said = Select::select();
        said.column(machine_words::Column::MachineId)
            .from(machine_words::Entity)
            .and_where(has_it);
        dialect::read_once(self.backend, &mut said);
        let named = Test::Contains(text.clone());
        Condition::any()
            .add(Column::Id.in_subquery(said))
            .add(self.at_sites(&named))
            .add(self.in_organizations(&named))
            .add(self.has_software(&named))
    }

    fn field(&self, field: MachineField, test: &Test) -> Condition {
        match field {
            MachineField::Site => self.at_sites(test),
            MachineField::Organization => self.in_organizations(test),
            MachineField::Is => self.is(test),
            MachineField::Software => self.has_software(test),
            MachineField::Seen => self.seen(test),
            MachineField::Enrolled => match test {
                Test::Time(span) => within(Column::EnrolledAt, span),
                _ => always(matches!(test, Test::Says)),
            },
            _ => Column::Id.in_subquery(self.said(field, test)).into_condition(),
        }
    }

    /// The machines whose rows say something in a field that passes.
    fn said(&self, field: MachineField, test: &Test) -> SelectStatement {
        let text = machine_fact::Column::Text;
        let passes: SimpleExpr = match test {
            Test::Says => Expr::cust("1 = 1"),
            Test::Contains(part) => dialect::has_text(self.backend, text, part.as_str()),
            Test::Equals(whole) => text.eq(whole.as_str()),
            Test::Choice(choice) => text.eq(*choice),
            Test::Within(network) => {
                let (first, last) = network_keys(*network);
                self.between(&Span {
                    low: Bound::Included(first),
                    high: Bound::Included(last),
                })
            }
            Test::Version(span) => self.between(&Span {
                low: span.low.as_ref().map(crate::search::Version::key),
                high: span.high.as_ref().map(crate::search::Version::key),
            }),
            Test::Number(span) => counts(span),
            Test::YesNo(wanted) => machine_fact::Column::Value.eq(i64::from(*wanted)),
            // No field that is kept here has such values.
            Test::Time(_) => Expr::cust("1 = 0"),
        };
        let mut said = Select::select();
        said.column(machine_fact::Column::MachineId)
            .from(machine_fact::Entity)
            .and_where(machine_fact::Column::Field.eq(field.name()))
            .and_where(passes);
        dialect::read_once(self.backend, &mut said);
        said
    }

    /// The key lies between these, byte by byte whatever the database's language.
    fn between(&self, span: &Span<String>) -> SimpleExpr {
        let key = || dialect::bytewise(self.backend, machine_fact::Column::Key);
        let low = match &span.low {
            Bound::Included(low) => Some(key().gte(low.as_str())),
            Bound::Excluded(low) => Some(key().gt(low.as_str())),
            Bound::Unbounded => None,
        };
        let high = match &span.high {
            Bound::Included(high) => Some(key().lte(high.as_str())),
            Bound::Excluded(high) => Some(key().lt(high.as_str())),
            Bound::Unbounded => None,
        };
        let there = machine_fact::Column::Key.is_not_null();
        [low, high].into_iter().flatten().fold(there, ExprTrait::and)
    }

    fn has_software(&self, test: &Test) -> Condition {
        let asked = self.software.iter().find(|(known, _)| known == test);
        let spread = asked.map_or(&Spread::Many, |(_, spread)| spread);
        software::condition(self.backend, test, spread).into_condition()
    }

    fn at_sites(&self, test: &Test) -> Condition {
        self.named(Column::SiteId, &self.sites, test)
    }

    fn in_organizations(&self, test: &Test) -> Condition {
        self.named(Column::OrganizationId, &self.organizations, test)
    }

    /// The column has the identifier of something whose name passes.
    fn named(&self, column: Column, names: &[Named], test: &Test) -> Condition {
        let passing = names.iter().filter(|(_, name)| test.passes(&Value::Text(name)));
        let ids: Vec<Uuid> = passing.map(|(id, _)| *id).collect();
        dialect::among(self.backend, column, &ids).into_condition()
    }

    /// What `view.rs` shows as online.
    fn online(&self) -> Condition {
        let among = |machines: &[MachineId]| {
            let ids: Vec<_> = machines.iter().map(|id| id.0).collect();
            dialect::among(self.backend, Column::Id, &ids)
        };
        let heard = Condition::all()
            .add(Column::Door.eq(Door::Helpdesk))
            .add(Column::State.eq(MachineState::Active))
            .add(among(&self.heard));
        Condition::any().add(among(&self.linked)).add(heard)
    }

    fn is(&self, test: &Test) -> Condition {
        match test {
            Test::Choice(choice) if *choice == ONLINE => self.online(),
            Test::Choice(choice) if *choice == OFFLINE => self.online().not(),
            Test::Choice(choice) if *choice == BLOCKED => {
                Column::State.eq(MachineState::Blocked).into_condition()
            }
            _ => always(matches!(test, Test::Says)),
        }
    }

    /// Those online are seen now, whatever their rows say of when they came.
    fn seen(&self, test: &Test) -> Condition {
        let before = match test {
            Test::Says => Column::LastSeenAt.is_not_null().into_condition(),
            Test::Time(span) => Condition::all()
                .add(Column::LastSeenAt.is_not_null())
                .add(within(Column::LastSeenAt, span)),
            _ => return always(false),
        };
        let now = test.passes(&Value::Time(self.now));
        if now {
            return Condition::any().add(self.online()).add(before);
        }
        Condition::all().add(self.online().not()).add(before)
    }
}

fn always(holds: bool) -> Condition {
    Expr::cust(if holds { "1 = 1" } else { "1 = 0" }).into_condition()
}

/// The number lies between these. What says none passes none.
fn counts(span: &Span<f64>) -> SimpleExpr {
    let value = machine_fact::Column::Value;
    let low = match span.low {
        Bound::Included(low) => Some(value.gte(low)),
        Bound::Excluded(low) => Some(value.gt(low)),
        Bound::Unbounded => None,
    };
    let high = match span.high {
        Bound::Included(high) => Some(value.lte(high)),
        Bound::Excluded(high) => Some(value.lt(high)),
        Bound::Unbounded => None,
    };
    let ends = [low, high].into_iter().flatten();
    ends.fold(value.is_not_null(), ExprTrait::and)
}

fn within(column: Column, span: &Span<Timestamp>) -> Condition {
    let low = match span.low {
        Bound::Included(low) => Some(column.gte(low)),
        Bound::Excluded(low) => Some(column.gt(low)),
        Bound::Unbounded => None,
    };
    let high = match span.high {
        Bound::Included(high) => Some(column.lte(high)),
        Bound::Excluded(high) => Some(column.lt(high)),
        Bound::Unbounded => None,
    };
    let ends = [low, high].into_iter().flatten();
    ends.fold(always(true), Condition::add)
}

/// Whether the search asks for one of these fields, or, as None, for words.
fn mentions(query: &Query<MachineField>, wanted: &impl Fn(Option<MachineField>) -> bool) -> bool {
    match query {
        Query::All => false,
        Query::And(parts) | Query::Or(parts) => parts.iter().any(|part| mentions(part, wanted)),
        Query::Not(part) => mentions(part, wanted),
        Query::Words(_) => wanted(None),
        Query::Is { field, .. } => wanted(Some(*field)),
    }
}

/// What is asked of software, each once: by its field, and by words.
fn tests_of_software(query: &Query<MachineField>, found: &mut Vec<Test>) {
    let test = match query {
        Query::All => return,
        Query::And(parts) | Query::Or(parts) => {
            for part in parts {
                tests_of_software(part, found);
            }
            return;
        }
        Query::Not(part) => return tests_of_software(part, found),
        Query::Words(text) => Test::Contains(text.clone()),
        Query::Is { field, test } if *field == MachineField::Software => test.clone(),
        Query::Is { .. } => return,
    };
    if !found.contains(&test) {
        found.push(test);
    }
}

/// An identifier, and a folded name.
type Named = (Uuid, String);

/// Those of these organizations' sites, and of the organizations.
async fn names<C: ConnectionTrait>(db: &C, within: &[OrganizationId]) -> Result<(Vec<Named>, Vec<Named>)> {
    let sites: Vec<(SiteId, String)> = site::Entity::find()
        .select_only()
        .columns([site::Column::Id, site::Column::Name])
        .filter(site::Column::OrganizationId.is_in(within.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let organizations: Vec<(OrganizationId, String)> = organization::Entity::find()
        .select_only()
        .columns([organization::Column::Id, organization::Column::Name])
        .filter(organization::Column::Id.is_in(within.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let sites = sites.into_iter().map(|(id, name)| (id.0, fold(&name)));
    let organizations = organizations.into_iter().map(|(id, name)| (id.0, fold(&name)));
    Ok((sites.collect(), organizations.collect()))
}
