//! What somebody is told while they write a search: how many machines it finds, what could stand where they write, and what is wrong with
//! it. What is offered comes from the language and from the machines that they see, and from nobody else's.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Asked, MachineField};
use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::machines::store;
use crate::organizations;
use crate::rights::{Permission, Sight};
use crate::search::{self, Completes, Completion, Field, Kind, Mistake, Query, TEXT_MAX, fold};
use crate::store::dialect;
use crate::store::entities::machine_fact;

/// So many machines are counted; a search that finds more is said to find these.
pub const COUNT_MAX: u64 = 50_000;
/// Most offers of an answer; what fits under a line of text.
pub const OFFERS_MAX: usize = 12;
/// Values that are read for them: some cannot be written in a search, and one may stand there already.
const VALUES_READ: u64 = 24;
/// Longest value that is offered, in characters; what fits on a line.
const VALUE_MAX: usize = 100;

/// The words that join terms, and so are no text to look for.
const KEYWORDS: [&str; 3] = ["OR", "AND", EXCLUDES];
/// The one that may stand before everything else.
const EXCLUDES: &str = "NOT";
/// Whatever says anything.
const ANYTHING: &str = "*";

/// What is told of a search that somebody writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MachineSearch {
    /// How many machines of the list it finds; 50000 stands for more as well. `null` with a mistake.
    pub count: Option<u64>,
    /// What could stand where the caret is.
    pub completion: SearchCompletion,
    /// What is wrong with the search; `null` when nothing is.
    pub mistake: Option<SearchMistake>,
}

/// What could stand in a place of a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchCompletion {
    /// Characters (Unicode scalar values) before what would be replaced.
    pub at: usize,
    /// Its length in characters; 0 where nothing is written yet.
    pub length: usize,
    /// At most 12, the likeliest first.
    pub offers: Vec<SearchOffer>,
}

/// Something that could stand there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchOffer {
    /// What to put there: a field with its colon, a value with the quotation marks that it needs.
    pub text: String,
    /// What that is.
    pub kind: SearchOfferKind,
}

/// What an offer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchOfferKind {
    /// A field, after which its value follows.
    Field,
    /// A value of the field that stands before it.
    Value,
    /// A word or a sign that means something to the language: `OR`, `AND`, `NOT`, `*`.
    Keyword,
}

/// Why a text is no search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchMistake {
    /// Stable code, for programs.
    pub code: String,
    /// Sentence for the person who wrote it.
    pub detail: String,
    /// Characters (Unicode scalar values) before what is wrong.
    pub at: usize,
    /// Its length in characters; 0 where something is missing.
    pub length: usize,
    /// What could stand there instead, where that can be guessed.
    pub suggestion: Option<String>,
}

impl From<Mistake> for SearchMistake {
    fn from(mistake: Mistake) -> Self {
        Self {
            code: mistake.code.to_owned(),
            detail: mistake.message,
            at: mistake.at,
            length: mistake.len,
            suggestion: mistake.suggestion,
        }
    }
}

impl SearchOffer {
    fn new(text: String, kind: SearchOfferKind) -> Self {
        Self { text, kind }
    }
}

/// What is told of the search `q` whose writer stands before the character `caret`, or at its end. Of machines those count that the
/// caller's list has.
///
/// # Errors
/// Those of the database.
pub async fn look(ctx: &Ctx, by: &Caller, q: &str, caret: Option<usize>) -> Result<MachineSearch> {
    let (now, sight) = (ctx.clock.now(), by.rights.sight(Permission::MachineSee));
    let (count, mistake) = match Query::<MachineField>::read(q, now) {
        Ok(query) => {
            let asked = Asked::asking(ctx, (query, now), by.rights.organizations()).await?;
            let count = store::count(ctx.db.read(), &sight, &asked, COUNT_MAX).await?;
            (Some(count), None)
        }
        Err(mistake) => (None, Some(SearchMistake::from(mistake))),
    };
    Ok(MachineSearch {
        count,
        completion: completion(ctx, (by, &sight), q, caret).await?,
        mistake,
    })
}

async fn completion(
    ctx: &Ctx,
    who: (&Caller, &Sight),
    q: &str,
    caret: Option<usize>,
) -> Result<SearchCompletion> {
    let length = q.chars().count();
    let caret = caret.unwrap_or(length).min(length);
    // Nobody is helped to make a text longer that is too long.
    if length > TEXT_MAX {
        return Ok(SearchCompletion {
            at: caret,
            length: 0,
            offers: Vec::new(),
        });
    }
    let found: Completion<MachineField> = search::complete(q, caret);
    let there: String = q.chars().skip(found.at).take(found.len).collect();
    let mut offers = match found.kind {
        Completes::Field => {
            let before: String = q.chars().take(found.at).collect();
            let before = before.trim_end();
            let begins = before.is_empty() || before.ends_with(['(', '|', '-']);
            fields(&found, (there.as_str(), begins))
        }
        Completes::Value(field) => values(ctx, who, (field, &found)).await?,
        Completes::Nothing => Vec::new(),
    };
    offers.retain(|offer| offer.text != there);
    offers.truncate(OFFERS_MAX);
    Ok(SearchCompletion {
        at: found.at,
        length: found.len,
        offers,
    })
}

/// Fields, and the words between terms; it `begins` where no term stands before it.
fn fields(found: &Completion<MachineField>, (there, begins): (&str, bool)) -> Vec<SearchOffer> {
    let typed = fold(&found.typed);
    // A word in place of a field would run into the field's value.
    let joins = !typed.is_empty() && !there.ends_with(':');
    let fits = |word: &&&str| joins && (!begins || **word == EXCLUDES) && fold(word).starts_with(&typed);
    let fields = found.offers().into_iter();
    let keywords = KEYWORDS.iter().filter(fits);
    fields
        .map(|text| SearchOffer::new(text, SearchOfferKind::Field))
        .chain(keywords.map(|word| SearchOffer::new((*word).to_owned(), SearchOfferKind::Keyword)))
        .collect()
}

async fn values(
    ctx: &Ctx,
    (by, sight): (&Caller, &Sight),
    (field, found): (MachineField, &Completion<MachineField>),
) -> Result<Vec<SearchOffer>> {
    let typed = fold(&found.typed);
    let fixed = matches!(field.kind(), Kind::Choice(_) | Kind::YesNo);
    let known = match field {
        MachineField::Site => {
            let sites = organizations::sites(ctx, by, false).await?;
            named(sites.into_iter().map(|site| site.name), &typed)
        }
        MachineField::Organization => {
            let all = organizations::list(ctx, by, false).await?;
            named(all.into_iter().map(|one| one.name), &typed)
        }
        // Hundreds on each machine, and most of them nobody's business.
        MachineField::Software => Vec::new(),
        _ if fixed => found.offers(),
        _ => said(ctx.db.read(), sight, (field, typed.as_str())).await?,
    };
    let now = ctx.clock.now();
    let mut offers: Vec<SearchOffer> = Vec::new();
    for text in known.iter().filter_map(|value| written(field, value, now)) {
        let offer = SearchOffer::new(text, SearchOfferKind::Value);
        if !offers.contains(&offer) {
            offers.push(offer);
        }
    }
    if typed.is_empty() && !fixed {
        // After the values, as far as there is room.
        offers.push(SearchOffer::new(ANYTHING.to_owned(), SearchOfferKind::Keyword));
    }
    Ok(offers)
}

/// Names that have this in them, those that begin with it first.
fn named(names: impl Iterator<Item = String>, typed: &str) -> Vec<String> {
    let mut fitting: Vec<(bool, String, String)> = names
        .map(|name| (fold(&name), name))
        .filter(|(folded, _)| folded.contains(typed))
        .map(|(folded, name)| (!folded.starts_with(typed), folded, name))
        .collect();
    fitting.sort_unstable();
    fitting.into_iter().map(|(_, _, name)| name).collect()
}

/// What machines in sight say in a field that has `typed` in it: first what begins with it, then what most of them say.
async fn said<C: ConnectionTrait>(
    db: &C,
    sight: &Sight,
    (field, typed): (MachineField, &str),
) -> Result<Vec<String>> {
    use machine_fact::Column;
    let backend = db.get_database_backend();
    let mut query = machine_fact::Entity::find()
        .select_only()
        .column(Column::Text)
        .filter(Column::Field.eq(field.name()))
        .filter(dialect::has_text(backend, Column::Text, typed))
        .filter(Column::MachineId.in_subquery(store::ids(backend, sight)));
    match field.kind() {
        Kind::Text => {}
        // What cannot be read as one is found by nothing that could be written.
        Kind::Version | Kind::Address => query = query.filter(Column::Key.is_not_null()),
        // Nobody guesses a number or a moment by the ones that there are.
        _ => return Ok(Vec::new()),
    }
    let texts: Vec<String> = query
        .group_by(Column::Text)
        .order_by_desc(dialect::begins_with(backend, Column::Text, typed))
        .order_by_desc(Column::MachineId.count())
        .order_by_asc(dialect::bytewise(backend, Column::Text))
        .limit(VALUES_READ)
        .into_tuple()
        .all(db)
        .await?;
    Ok(texts)
}

/// A value as it stands after the colon; None if it cannot.
fn written(field: MachineField, value: &str, now: Timestamp) -> Option<String> {
    let text = match field.kind() {
        Kind::Text => search::written(value),
        // What a program says behind the numbers does not count.
        Kind::Version => {
            let numbers = value.trim_start_matches('v').chars();
            let numbers: String = numbers
                .take_while(|letter| letter.is_ascii_digit() || *letter == '.')
                .collect();
            numbers.trim_end_matches('.').to_owned()
        }
        _ => value.to_owned(),
    };
    let means = Query::<MachineField>::read(&format!("{}:{text}", field.name()), now).is_ok();
    (means && text.chars().count() <= VALUE_MAX).then_some(text)
}
