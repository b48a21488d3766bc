//! Apps' own origins: access, and forwarding.

mod compressed;
mod ending;
mod entering;
mod examination;
mod faithful;
mod named;
mod passing;
pub mod site;
mod strangers;
mod using;
