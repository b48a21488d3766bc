//! One workbench: how it reads, what one may wish of it, its waiting room and its inside.

mod cover;
mod delete_dialog;
mod door;
mod focus;
mod frame;
mod frames;
mod gateway_message;
mod log_tail;
mod page;
pub mod reading;
mod room;
mod state_mark;
mod steps;
mod strip;
mod veil;
mod wishes;

pub use focus::into_shown_frame;
pub use frames::{FrameHost, Frames};
pub use page::SessionPage;
pub use reading::Stage;
pub use state_mark::StateMark;
