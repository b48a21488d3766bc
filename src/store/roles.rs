//! The roles of the installation: their titles and permissions, requested when a view needs them.
//! Only lazy pages use them; see [`super::holders`] for what every page needs.

use crate::api;
use leptos::prelude::*;
use vestibule_model::access::Roles;

/// The roles as the whole page shares them.
#[derive(Clone, Copy)]
pub struct RoleList {
    roles: RwSignal<Option<Roles>>,
    is_asked: StoredValue<bool>,
}

impl RoleList {
    /// Creates the list and provides it to everything below.
    pub fn provide() {
        provide_context(Self::empty());
    }

    /// Returns the page's list. It is requested when a view first reads it.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Returns the roles, or `None` until they are known.
    pub fn roles(self) -> Option<Roles> {
        self.load();
        self.roles.get()
    }

    /// Returns the title of a role, or its name where the title is unknown.
    pub fn title(self, name: &str) -> String {
        self.load();
        let roles = self.roles.read();
        let role = roles.as_ref().and_then(|roles| roles.get(name));
        role.map_or_else(|| name.to_owned(), |role| role.shown_title().to_owned())
    }

    /// Requests the roles again: the user changed one. After a failure the next view requests them.
    pub fn refresh(self) {
        self.is_asked.set_value(true);
        leptos::task::spawn_local(async move {
            match api::roles().await {
                Ok(list) => {
                    let custom = list.items.into_iter().filter(|role| !role.system);
                    self.roles.try_set(Some(Roles::new(custom)));
                }
                Err(_) => drop(self.is_asked.try_set_value(false)),
            }
        });
    }

    fn load(self) {
        if self.is_asked.try_get_value() == Some(false) {
            self.refresh();
        }
    }

    fn empty() -> Self {
        Self {
            roles: RwSignal::new(None),
            is_asked: StoredValue::new(false),
        }
    }
}
