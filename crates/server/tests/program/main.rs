//! The program from the command line: its commands, output and errors.

mod apps;
mod building;
mod init;
mod killed;
mod logging;
mod ordinary;
mod refusals;
mod secrets;
mod serving;
mod strain;
mod support;
mod tabs;
mod users;
