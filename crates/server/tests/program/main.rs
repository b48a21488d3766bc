//! The program as people start it: its commands, what it prints, and how it refuses.

mod building;
mod killed;
mod logging;
mod refusals;
mod secrets;
mod serving;
mod strain;
mod support;
mod users;
