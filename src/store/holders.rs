//! Titles of the roles that have a permission, requested when the first permission is missing. The server
//! computes them, so that no page carries the system roles and their inheritance for one sentence.

use crate::api;
use leptos::prelude::*;
use vestibule_model::access::Permission;
use vestibule_model::people::PermissionHolders;

/// The roles that have each permission, as the whole page shares them.
#[derive(Clone, Copy)]
pub struct Holders {
    known: RwSignal<Vec<PermissionHolders>>,
    is_asked: StoredValue<bool>,
}

impl Holders {
    /// Creates the list and provides it to everything below.
    pub fn provide() {
        provide_context(Self::empty());
    }

    /// Returns the page's list.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Returns the titles of the roles that have a permission; empty until they are known.
    pub fn of(self, permission: Permission) -> Vec<String> {
        if self.is_asked.try_get_value() == Some(false) {
            self.refresh();
        }
        let known = self.known.read();
        let found = known.iter().find(|one| one.name == permission.name());
        found.map(|one| one.held_by.clone()).unwrap_or_default()
    }

    /// Requests the list again, if a view needed it: the user changed a role.
    pub fn changed(self) {
        if self.is_asked.try_get_value() == Some(true) {
            self.refresh();
        }
    }

    fn refresh(self) {
        self.is_asked.set_value(true);
        leptos::task::spawn_local(async move {
            match api::permission_holders().await {
                Ok(list) => drop(self.known.try_set(list.items)),
                // The next view requests them.
                Err(_) => drop(self.is_asked.try_set_value(false)),
            }
        });
    }

    fn empty() -> Self {
        Self {
            known: RwSignal::new(Vec::new()),
            is_asked: StoredValue::new(false),
        }
    }
}
