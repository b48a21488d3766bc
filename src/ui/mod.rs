//! Plain widgets. They know nothing of workspaces or workbenches, and fetch nothing.

mod adopt;
mod announcer;
mod button;
mod copy;
mod dialog;
mod empty;
mod field;
mod focus;
mod heading;
mod icon;
mod live;
mod mark;
mod menu;
mod notice;
mod sheet;
mod skeleton;
mod tab;
mod when;

pub use adopt::{adopt, adopt_room};
pub use announcer::{Announcer, LiveRegion};
pub use button::{Button, Look};
pub use copy::{CopyButton, Text};
pub use dialog::{Dialog, Modal};
pub use empty::EmptyState;
pub use field::Field;
pub use focus::{focus, focus_id, follow_slash};
pub use heading::PageHeading;
pub use icon::{Icon, Logo};
pub use live::{attr, ever, live};
pub use mark::{Mark, MarkKind};
pub use menu::{Menu, MenuItem};
pub use notice::Notice;
pub use sheet::Sheet;
pub use skeleton::Skeleton;
pub use tab::{show_activity_in_tab, show_state_in_tab};
pub use when::{When, time_of_day};
