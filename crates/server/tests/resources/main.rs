//! Workbenches and the resources of a cluster, on an API server of the tests. `cluster` has what needs a real
//! one.

mod api_server;
mod corrected;
mod fields;
mod notice;
mod pulls;
mod refused;
mod released;
mod rights;
mod stories;
mod support;
mod unreadable;
