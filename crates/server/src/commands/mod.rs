//! What the program can be told to do.

pub mod check_apps;
pub mod serve;
pub mod user;
