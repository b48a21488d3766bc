//! An app of the catalogue, as the API shows it.

use crate::expectation::Expectation;
use crate::lenient::{self, is_none, or_none};
use serde::{Deserialize, Serialize};

/// App of the catalogue, and whether it can be started here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// A DNS label; unique in the catalogue.
    pub name: String,
    /// What people call it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
    /// What it is good for, in a sentence.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: String,
    /// The name of one of the console's icons.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub icon: String,
    /// Whether it can be started here.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub available: bool,
    /// Why it cannot be started, when it cannot: a sentence that says what is missing.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub unavailable_reason: Option<String>,
    /// Whether it needs to be built before its first start.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub needs_build: bool,
    /// Whether that has been done.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub built: bool,
    /// How long its start may take unless the workbench says otherwise, in seconds.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub start_timeout_seconds: u32,
    /// How long its starts usually take, or `None` until there were enough of them.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub expectation: Option<Expectation>,
}

impl App {
    /// Returns its title, or its name where it has none.
    pub fn display_title(&self) -> &str {
        if self.title.is_empty() {
            &self.name
        } else {
            &self.title
        }
    }
}
