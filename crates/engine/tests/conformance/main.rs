//! The scenarios that every engine has to pass, run on the local engine.

mod local;
mod suite;
