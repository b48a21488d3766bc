//! Handlers: one folder for each domain, one file for each verb where a domain has many.

pub mod acknowledgements;
pub mod apps;
pub mod auth;
pub mod builds;
pub mod config;
pub mod health;
pub mod metrics;
pub mod progress;
pub mod runs;
pub mod secrets;
pub mod stream;
pub mod workbenches;
pub mod workspaces;
