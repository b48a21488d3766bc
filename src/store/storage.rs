//! Small values kept by the browser. A storage that is denied or full is normal: reads return `None`,
//! and writes have no effect.

use leptos::prelude::window;
use web_sys::Storage;

/// Storage area of the Web Storage standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageArea {
    /// `localStorage`: of this browser, for all visits.
    Local,
    /// `sessionStorage`: of this browser tab, until it is closed.
    Session,
}

impl StorageArea {
    /// Returns the value of a key.
    pub fn get(self, key: &str) -> Option<String> {
        self.storage()?.get_item(key).ok().flatten()
    }

    /// Stores the value of a key.
    pub fn set(self, key: &str, value: &str) {
        if let Some(storage) = self.storage() {
            // Fails where the storage is full.
            let _ = storage.set_item(key, value);
        }
    }

    /// Removes a key.
    pub fn remove(self, key: &str) {
        if let Some(storage) = self.storage() {
            // Fails only where there is no storage.
            let _ = storage.remove_item(key);
        }
    }

    /// Stores the value of a key, or removes the key if there is none.
    pub fn set_or_remove(self, key: &str, value: Option<&str>) {
        match value {
            Some(value) => self.set(key, value),
            None => self.remove(key),
        }
    }

    fn storage(self) -> Option<Storage> {
        let storage = match self {
            Self::Local => window().local_storage(),
            Self::Session => window().session_storage(),
        };
        storage.ok().flatten()
    }
}
