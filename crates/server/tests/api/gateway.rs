//! The apps' own origins: who is let in, and what passes.

mod entering;
mod passing;
mod site;
