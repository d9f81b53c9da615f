//! Teams: named sets of people that are given roles as one.
//!
//! A team is an account that nobody signs in to (`AccountKind::Team`). So it is given roles as people are, by the same routes and under the
//! same conditions (`rights/assignments.rs`), and what its people may do is what they and their teams were given: `rights/store.rs`
//! counts both. It is no account to anybody else: it has no password, login, API token or invitation, is in no list of people, and is
//! no owner without whom the server would be lost.
//!
//! - `manage.rs`: making, showing, changing, deleting · `members.rs`: putting people in and taking them out
//! - `store.rs`: queries, and what `crate::rights` asks of them · `view.rs`: as the API shows it · `api.rs`: handlers
//!
//! # Whose a team is
//! It belongs to one organization, and has roles there alone, or to the whole server. Who sees people there sees it; to everybody else it
//! does not exist. Who puts somebody into a team gives them all that it has, and who takes somebody out takes all of it away: nobody
//! gives or takes what they do not have.

mod api;
mod manage;
mod members;
mod store;
mod view;

pub use api::routes;
pub(crate) use manage::{Known, known, known_in_sight};
pub use manage::{change, create, delete, find, list};
pub use members::{add, remove};
pub(crate) use store::{all_memberships, memberships, of_account, people_behind};
pub use view::{NewTeam, Place, Team, TeamChange, TeamDetail, TeamMember};

/// Most teams on a server.
pub const TEAMS_MAX: u64 = 500;
/// Most people in a team: each of them is told when it is given a role.
pub const MEMBERS_MAX: u64 = 500;
/// Most teams that somebody is in: what each of them has is looked at with every request of theirs.
pub const TEAMS_OF_ONE_MAX: u64 = 100;
/// Most roles of a team, for the same reason.
pub const ROLES_MAX: u64 = 100;
