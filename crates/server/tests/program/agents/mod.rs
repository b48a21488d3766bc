//! Agents by the real server.

mod messages;
mod socket;
mod support;
mod tasks;
