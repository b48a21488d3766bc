//! The scenarios that every engine has to pass, and the local engine that passes them.

mod local;
mod suite;
