//! A Kubernetes cluster on this machine, for tests of the Kubernetes engine and for
//! `cargo xtask cluster`: etcd, API server, controller manager, scheduler, and as root a node that
//! runs containers as processes.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use vestibule_cluster::{Cluster, Options, Programs};
//!
//! let programs = Programs::from_environment()?;
//! let mut cluster = Cluster::start(&Options::new(programs))?;
//! cluster.kubectl(&["create", "namespace", "team-a"])?;
//! cluster.restart_api_server()?;
//! cluster.stop();
//! # Ok(())
//! # }
//! ```
//!
//! All ports are of the loopback interface, apart from the kubelet's. A cluster stops when it is dropped; its processes end
//! also when the process that started it is killed.

mod cluster;
mod component;
mod flags;
mod folder;
mod kubeconfig;
mod kubectl;
mod node;
mod pki;
mod ports;
mod programs;
mod start;
mod volumes;
mod wait;

pub use cluster::{Cluster, Options};
pub use node::{IMAGE, Image, NODE};
pub use programs::{KUBERNETES, OWN_PROGRAMS, PROGRAMS, Programs};
