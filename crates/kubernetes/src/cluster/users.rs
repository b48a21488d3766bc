//! Clients that act as the users of the console (impersonation).

use crate::mutex::lock;
use kube::{Client, Config};
use std::collections::HashMap;
use std::sync::Mutex;

/// Most clients that are kept.
const MAX_CLIENTS: usize = 256;

/// Clients of users, made from the server's own access.
pub(super) struct Users {
    config: Config,
    clients: Mutex<HashMap<String, Client>>,
}

impl Users {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            clients: Mutex::default(),
        }
    }

    /// Returns the client that acts as a user.
    pub(super) fn client(&self, user: &str) -> Result<Client, kube::Error> {
        let mut clients = lock(&self.clients);
        if let Some(client) = clients.get(user) {
            return Ok(client.clone());
        }
        if clients.len() >= MAX_CLIENTS {
            // Who comes again gets a new one.
            clients.clear();
        }
        let mut config = self.config.clone();
        config.auth_info.impersonate = Some(user.to_owned());
        let client = Client::try_from(config)?;
        clients.insert(user.to_owned(), client.clone());
        Ok(client)
    }
}
