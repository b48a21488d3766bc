//! What the program can be told to do.

pub mod check_apps;
pub mod forget_secrets;
pub mod serve;
pub mod user;
