//! The only place that knows HTTP and the event stream: typed calls, typed errors, and the server's clock.

mod account;
mod builds;
mod calls;
mod client;
pub mod clock;
mod error;
mod limits;
mod people;
mod roles;
mod stream;
mod tabs;
mod texts;
mod upload;

pub use account::*;
pub use builds::*;
pub use calls::*;
pub use client::{Abort, Answer, Call, read, send_until};
pub use error::ApiError;
pub use limits::*;
pub use people::*;
pub use roles::*;
pub use stream::{EventStream, StreamMessage};
pub use tabs::*;
pub use upload::Upload;
