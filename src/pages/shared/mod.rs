//! Parts that several areas' pages have in common.

mod app_choice;
mod bulk_results;
mod confirm;
mod confirm_dialog;
mod freshness;
mod needs;
mod not_found;
mod online;
mod reader;
mod server_notices;
mod state_mark;
mod status;
pub mod texts;
mod workspace;

pub use app_choice::AppChoice;
pub use bulk_results::BulkResults;
pub use confirm::{Confirmation, Destructive};
pub use confirm_dialog::ConfirmDialog;
pub use freshness::FreshnessBar;
pub use needs::{NeedsPermission, Rights, use_needs, use_refusal, use_refusal_in};
pub use not_found::{NotFoundReason, no_workspace, not_found};
pub use online::{unreachable_reason, use_unreachable, use_unreachable_reason};
pub use reader::{Reader, use_reader};
pub use server_notices::ServerNotices;
pub use state_mark::StateMark;
pub use status::{StatusSummary, WorkbenchStage, mark_of_state, may_hold_work};
pub use workspace::{use_lost, use_workspace_name};
