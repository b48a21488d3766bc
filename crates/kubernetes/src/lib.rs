//! Workbenches on Kubernetes: the resource `AgenticSession`, and the facts that a cluster shows of a
//! run. The rules that give them a meaning are those of [`vestibule_model`], as for every engine.

pub mod cluster;
pub mod engine;
pub mod facts;
mod mutex;
pub mod resource;
pub mod rights;
