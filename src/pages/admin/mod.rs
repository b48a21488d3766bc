//! Administration: users, roles and the audit log.

mod area;
pub mod audit;
mod frame;
pub mod roles;
mod texts;
pub mod users;

pub use area::{Area, use_areas};
pub use frame::AdminFrame;
