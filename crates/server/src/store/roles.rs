//! Roles.

use super::{Result, Store};
use std::sync::Arc;
use vestibule_model::access::Roles;

impl Store {
    /// Returns all roles.
    pub fn roles(&self) -> Result<Arc<Roles>> {
        self.read(|tx| self.roles.read(tx))
    }
}
