//! What lasts longer than one answer: the session, pollers, clocks. Timers and fetches live here,
//! the rules in `vestibule_model`.

pub mod async_action;
mod backend_jobs;
mod catalogue;
mod feed;
mod ids;
mod lasting;
mod list;
mod may;
mod now;
mod poll;
mod preferences;
mod rows;
mod session;
mod status;
mod trail;
mod wish;

pub use async_action::{register_run_of, use_async_action};
pub use backend_jobs::{BackendJobs, by_builds, use_backend_jobs};
pub use catalogue::Catalogue;
pub use feed::{Begin, connection, keep_feed_while_hidden, provide_feed, use_freshness};
pub use ids::random_workbench_id;
pub use lasting::follow;
pub use list::use_workbench_list;
pub use may::use_may;
pub use now::use_now;
pub use poll::{Consume, Matter, Poll};
pub use preferences::{Theme, use_theme};
pub use session::{Session, Who};
pub use status::{WorkbenchWatch, seed_workbench, use_workbench_status};
pub use trail::{Crumb, Trail};
pub use wish::{Task, use_task};
