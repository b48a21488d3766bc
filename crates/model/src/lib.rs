//! Wire types and rules that the server, the engines and the console share.
//!
//! Everything in this crate is pure: no I/O, no clock, no async. The current time is always an
//! argument. State machines that only the console runs live in `vestibule-client`.

pub mod access;
pub mod account;
pub mod adoption;
pub mod app;
pub mod auth;
pub mod backoff;
pub mod build;
pub mod causes;
pub mod condition;
pub mod config;
pub mod deadline;
pub mod duration;
pub mod embedding;
pub mod ended_conditions;
pub mod expectation;
#[cfg(any(test, feature = "fixtures"))]
pub mod fixtures;
pub mod fold;
pub mod hold;
pub mod ids;
pub mod isolation;
pub mod lenient;
pub mod list;
pub mod listing;
pub mod observed;
pub mod parameter;
pub mod people;
pub mod phase;
pub mod preflight;
pub mod problem;
pub mod reason;
pub mod reconcile;
pub mod replay;
pub mod run;
#[cfg(feature = "openapi")]
pub mod schema;
pub mod secret;
pub mod size;
pub mod sorting;
pub mod spec;
pub mod stream;
pub mod tab;
pub mod time;
pub mod time_limits;
pub mod transition;
pub mod validation;
pub mod workbench;
pub mod workspace;
