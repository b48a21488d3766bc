//! The vocabulary and the rules of Vestibule.
//!
//! Everything here is pure: no I/O, no clock, no async. Time comes in as an argument, so that the
//! server, the console, the engines and the tests run the very same rules.

pub mod access;
pub mod activity;
pub mod ansi;
pub mod app;
pub mod auth;
pub mod build;
pub mod causes;
pub mod condition;
pub mod config;
pub mod deadline;
pub mod diagnostics;
pub mod draft;
pub mod duration;
pub mod embedding;
pub mod expectation;
pub mod feed;
#[cfg(test)]
mod fixtures;
pub mod fold;
pub mod frames;
pub mod hold;
pub mod ids;
pub mod lenient;
pub mod list;
pub mod log;
pub mod names;
pub mod observed;
pub mod phase;
pub mod poll;
pub mod preflight;
pub mod problem;
pub mod reason;
pub mod reconcile;
pub mod replay;
pub mod roll;
pub mod run;
pub mod secret;
mod sorting;
pub mod state;
pub mod stream;
pub mod table;
pub mod time;
pub mod timeline;
pub mod transition;
pub mod trouble;
pub mod workbench;
pub mod workspace;
