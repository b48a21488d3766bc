//! Apps' own origins: access, and forwarding.

mod doctor;
mod ending;
mod entering;
mod faithful;
mod named;
mod passing;
pub mod site;
mod strangers;
mod using;
