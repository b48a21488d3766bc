//! The `vestibule` program: HTTP API, store, sign-in, gateway to apps; it serves the console.

pub mod api;
pub mod assets;
pub mod auth;
pub mod body;
pub mod clock;
pub mod controllers;
pub mod cookies;
pub mod data_dir;
pub mod demo;
pub mod gateway;
pub mod hosts;
pub mod log_keeper;
pub mod logging;
pub mod path_id;
pub mod problem;
pub mod public_url;
pub mod request_log;
pub mod routes;
pub mod server;
pub mod settings;
pub mod state;
pub mod store;
pub mod tickets;
pub mod tokens;
pub mod welcome;
