//! The program from the command line: its commands, output and errors.

mod agents;
mod apps;
mod building;
mod cluster_role;
mod crd;
mod full_disk;
mod full_disk_runs;
mod import;
mod init;
mod killed;
mod killed_tabs;
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
mod terminal_window;
mod users;
