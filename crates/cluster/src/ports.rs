//! Free ports of the loopback interface.

use anyhow::{Context, Result};
use std::net::{Ipv4Addr, TcpListener};

/// The ports of a cluster's components.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    pub etcd: u16,
    pub etcd_peer: u16,
    pub api_server: u16,
    pub controller_manager: u16,
    pub scheduler: u16,
}

impl Ports {
    /// Finds free ports. Another process can take one before the component listens; the component
    /// then ends early.
    pub fn find() -> Result<Self> {
        // All are held until the last is found, so that they differ.
        let mut held = Vec::new();
        let mut next = || -> Result<u16> {
            let listener =
                TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("failed to find a port")?;
            let port = listener
                .local_addr()
                .context("failed to find a port")?
                .port();
            held.push(listener);
            Ok(port)
        };
        Ok(Self {
            etcd: next()?,
            etcd_peer: next()?,
            api_server: next()?,
            controller_manager: next()?,
            scheduler: next()?,
        })
    }
}
