//! The `vestibule` program: HTTP API, store, sign-in, gateway to apps; it serves the console.

pub mod clock;
pub mod cookies;
pub mod gateway;
pub mod public_url;
pub mod state;
pub mod store;
pub mod tickets;
pub mod tokens;
pub mod welcome;
