//! `/api/workspaces`.

mod create;
mod delete;
mod read;
mod rename;

pub use create::create;
pub use delete::delete;
pub use read::{list, show};
pub use rename::rename;
