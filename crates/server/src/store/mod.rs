//! The database: connections, migrations, tables. Start at [`Db`].
//!
//! One code base of SeaORM queries serves SQLite (the default, one file, WAL, one writer) and PostgreSQL. Queries live in
//! the `store.rs` of each domain; the tables they share are in [`entities`]; what one engine alone can do is in
//! [`dialect`]. Every row that belongs to an organization carries its id, and every query filters by it.

mod db;
pub mod dialect;
pub mod entities;
mod migrations;

pub use db::{Db, DbSettings, Engine, OpenError, WriteTx};
