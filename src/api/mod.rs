//! The only place that knows HTTP: typed calls, typed errors, and the server's clock.

mod calls;
mod client;
pub mod clock;
mod error;

pub use calls::*;
pub use client::{Abort, Answer, Call, read, send_until};
pub use error::ApiError;
