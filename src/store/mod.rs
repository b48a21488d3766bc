//! The store and what surrounds it: session, commands, catalogue, breadcrumbs. Timers and requests live
//! here, the rules in `vestibule_client`.

mod backend_jobs;
mod breadcrumbs;
mod builds;
mod catalogue;
mod context;
mod holders;
mod ids;
mod journal;
pub mod kept_draft;
mod listener;
mod now;
mod page_events;
mod pending;
mod permissions;
mod polled;
mod roles;
mod session;
mod storage;
mod stream;
mod task;
mod theme;
mod workbench;
mod workbench_commands;
mod workbench_list;
mod workspaces;

pub use backend_jobs::{BackendJobs, use_backend_jobs};
pub use breadcrumbs::{Breadcrumbs, Crumb};
pub use builds::{BuildsWatch, use_build, use_builds};
pub use catalogue::AppCatalogue;
pub use context::Store;
pub use holders::Holders;
pub use ids::random_workbench_id;
pub use journal::{JournalWatch, use_journal};
pub use now::use_now;
pub use pending::PendingCommand;
pub use permissions::{use_may, use_may_on_platform};
pub use polled::{Poll, PollHandle, PollPace, Polled, Query, use_polled};
pub use roles::RoleList;
pub use session::{Session, SessionUser};
pub use storage::StorageArea;
pub use stream::open_streams;
pub use task::{Task, use_task, use_tracked_task};
pub use theme::{Theme, use_theme};
pub use vestibule_client::activity::WorkbenchCommand;
pub use workbench::{WorkbenchWatch, use_workbench_status};
pub use workbench_list::use_workbench_list;
pub use workspaces::{WorkspaceWatch, use_counted_workspace, use_workspace, use_workspaces};

/// Provides the store and the polls of its workbenches to everything below.
pub fn provide_store(session: Session) -> Store {
    workbench::WorkbenchPolls::provide();
    let store = Store::provide(session);
    store.follow_user();
    store
}
