//! Attacks on the release server, by raw sockets, directly and through the
//! documented proxies. One file a kind of attack; docs/SECURITY.md says what they hold the server to.
//!
//! Each case says what must not happen. A proxy that is not installed is said as SKIPPED;
//! `cargo xtask test attacks` installs nginx and Caddy.

mod big_bodies;
mod cookies;
mod cross_site;
mod floods;
mod forwarded;
mod headers;
mod host_names;
mod paths;
mod proxies;
mod sign_ins;
mod site;
mod smuggling;
mod tickets;
mod user_header;
mod web_sockets;
mod wire;
