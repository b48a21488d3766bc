//! Subcommands.

pub mod check_apps;
pub mod cluster_role;
pub mod crd;
pub mod forget_secrets;
pub mod grant;
pub mod import;
pub mod limits;
pub mod openapi;
pub mod serve;
mod serve_engine;
pub mod user;
