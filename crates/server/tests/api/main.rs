//! The server as its clients see it: one file for each part of the API, and one for each rule that
//! holds everywhere.

mod account;
mod acknowledgements;
mod apps;
mod audit;
mod auth;
mod authorization;
mod bad_input;
mod behind_nginx;
mod build_starts;
mod builds;
mod config;
mod console;
mod contract;
mod event_reader;
mod fake_builds;
mod fake_engine;
mod gateway;
mod hosts;
mod metrics;
mod odd_rows;
mod origins;
mod people;
mod preflight;
mod progress;
mod retention;
mod roles;
mod run_lists;
mod runs;
mod secrets;
mod stream;
mod support;
mod workbench_list;
mod workbenches;
mod workspace_news;
mod workspaces;
