//! Subcommands.

pub mod check_apps;
pub mod forget_secrets;
pub mod grant;
pub mod limits;
pub mod openapi;
pub mod serve;
pub mod user;
