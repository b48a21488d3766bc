//! A user: profile, roles, access and the account.

mod access;
mod account;
mod grants;
mod guard;
mod invitation;
mod page;
mod profile;
mod watch;

pub use page::UserPage;
