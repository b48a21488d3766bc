//! End-to-end stories with a real browser, server and processes.

mod accessible;
mod activity;
mod apart;
mod broken;
mod builds;
mod doctor;
mod faults;
mod frames;
mod headed;
mod journey;
mod keyboard;
mod lasting;
mod live;
mod manners;
mod moments;
mod preflight;
mod restart;
mod room;
mod settings;
mod sign_in;
mod size;
mod still;
mod table;
mod trouble;
mod trunk_serve;
mod upgrade;
