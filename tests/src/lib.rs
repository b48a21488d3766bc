//! What end-to-end tests are made of: a real server with a folder of its own, a real browser, and
//! ways to find on a page what a person would find.
//!
//! A test is a story told to a [`Scene`]. When it goes wrong, the scene says what was on the page,
//! in the browser's console and in the server's log; whatever happens, no process stays behind.

mod api;
mod apps;
mod browser;
mod middle_man;
mod page;
mod process;
mod scene;
mod server;
mod wait;

pub use api::{Answer, Api};
pub use apps::{open_gate, silence_notes};
pub use browser::Browser;
pub use middle_man::{Asked, Fault, MiddleMan};
pub use page::{Page, Role};
pub use process::{resident_kilobytes, signal, with_text_in_command};
pub use scene::{Scene, Setting};
pub use server::{ADMIN, PASSWORD, Server};
pub use wait::{LONG, SHORT, until, until_within};
