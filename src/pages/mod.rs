//! The console's pages, one folder an area.

pub mod account;
pub mod activity;
pub mod admin;
pub mod builds;
pub mod create;
pub mod details;
pub mod invitation;
pub mod limits;
pub mod log;
pub mod members;
pub mod people;
pub mod run;
pub mod settings;
pub mod shared;
pub mod shares;
pub mod sign_in;
pub mod spec;
pub mod switcher;
pub mod workbench;
pub mod workbenches;
pub mod workspaces;
