//! Handlers: one folder for each domain, one file for each verb where a domain has many.

pub mod access;
pub mod account;
pub mod acknowledgements;
pub mod apps;
pub mod audit;
pub mod auth;
pub mod builds;
pub mod config;
pub mod grants;
pub mod health;
pub mod limits;
pub mod members;
pub mod metrics;
pub mod openapi;
pub mod progress;
pub mod roles;
pub mod runs;
pub mod secrets;
pub mod shares;
mod shown_once;
pub mod stream;
pub mod tabs;
pub mod users;
pub mod workbenches;
pub mod workspaces;
