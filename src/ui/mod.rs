//! Widgets. They know nothing of the domain and fetch nothing.

mod announcer;
mod button;
mod copy;
mod dialog;
mod empty;
mod field;
mod focus;
mod heading;
mod icon;
mod mark;
mod menu;
mod notice;
mod select;
mod skeleton;
mod tab;
mod texts;
mod toast;
mod when;

pub use announcer::{Announcer, LiveRegion};
pub use button::{Button, ButtonVariant};
pub use copy::{CopyButton, Text};
pub use dialog::{Dialog, Modal, focus_autofocus, focus_first_field};
pub use empty::EmptyState;
pub use field::{Field, FieldValue};
pub use focus::{focus, focus_after_dialog, focus_id, follow_slash, is_typing};
pub use heading::PageHeading;
pub use icon::{Icon, Logo};
pub use mark::{Mark, MarkKind};
pub use menu::{Menu, MenuItem};
pub use notice::Notice;
pub use select::{Choice, Select};
pub use skeleton::Skeleton;
pub use tab::show_state_in_tab;
pub use toast::{ToastRegion, Toasts};
pub use when::{Clock, When, time_of_day};
