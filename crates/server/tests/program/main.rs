//! The program from the command line: its commands, output and errors.

mod building;
mod killed;
mod logging;
mod refusals;
mod secrets;
mod serving;
mod strain;
mod support;
mod users;
