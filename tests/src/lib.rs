//! Harness of the end-to-end tests: a server with its own folder, a browser, and functions that find
//! elements by role and name.
//!
//! A test is a story that runs in a [`Scene`]. The error of a failed story shows the page, the browser's
//! console and the server's log. No process outlives a test.

mod api;
mod apps;
mod browser;
mod fault_proxy;
pub mod monkey;
mod page;
mod process;
mod provider;
mod scene;
mod server;
mod trunk;
mod wait;

pub use api::{Answer, Api};
pub use apps::{open_gate, silence_notes};
pub use browser::Browser;
pub use fault_proxy::{Fault, FaultProxy, RecordedRequest};
pub use page::{Page, Role};
pub use process::{resident_kilobytes, signal, with_text_in_command};
pub use provider::Provider;
pub use scene::{Scene, Setting};
pub use server::{ADMIN, PASSWORD, Server, binary, free_port};
pub use trunk::TrunkServe;
pub use wait::{LONG, SHORT, until, until_within};
