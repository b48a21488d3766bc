//! The apps' own origins: who is let in, and what passes.

mod doctor;
mod entering;
mod faithful;
mod passing;
pub mod site;
mod using;
