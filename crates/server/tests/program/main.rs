//! The program from the command line: its commands, output and errors.

mod agents;
mod apps;
mod building;
mod init;
mod killed;
mod limits;
mod logging;
mod ordinary;
mod parameters;
mod refusals;
mod secrets;
mod serving;
mod strain;
mod support;
mod tabs;
mod users;
