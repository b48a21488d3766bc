//! An app of the catalogue, as the API shows it.

use crate::expectation::Expectation;
use crate::isolation::IsolationReport;
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::parameter::Parameter;
use crate::size::WorkbenchSize;
use serde::{Deserialize, Serialize};

open_enum!(
    /// Partner of the tabs of the kind `agent` that the workbenches of an app offer.
    AgentOffer {
        /// None: the catalogue configures no command.
        None = "none",
        /// A command that runs once for each message.
        Script = "script",
    }
);

/// App of the catalogue, and its availability.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// A DNS label; unique in the catalogue.
    pub name: String,
    /// Display name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
    /// Purpose, in a sentence.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: String,
    /// The name of one of the console's icons.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub icon: String,
    /// `true` if the app can start.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub available: bool,
    /// Reason why the app cannot start: a sentence that names what is missing.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub unavailable_reason: Option<String>,
    /// Reason of a start that fails for it, of those in [`crate::reason`].
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub unavailable_cause: Option<String>,
    /// Sentence about a file that its command names and that its sandbox hides, so that its start is
    /// likely to fail; `None` if there is none.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub sandbox_hides: Option<String>,
    /// `true` if it needs to be built before its first start.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub needs_build: bool,
    /// `true` if it is built.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub built: bool,
    /// Default time limit of a start, in seconds.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub start_timeout_seconds: u32,
    /// Isolation of its runs that are started now.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub isolation: IsolationReport,
    /// Expected duration of a start, or `None` until there were enough starts.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub expectation: Option<Expectation>,
    /// Parameters.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub parameters: Vec<Parameter>,
    /// Sizes, from which a workbench chooses; the first one is the default.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub sizes: Vec<WorkbenchSize>,
    /// `true` if browsers may let it read the clipboard, after they have asked the user once.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub reads_clipboard: bool,
    /// Partner of its workbenches' tabs of the kind `agent`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub agent: AgentOffer,
    /// Reason why workbenches that start now can have no terminals and scripts, as a sentence; absent: they
    /// can.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub sessions_unavailable_reason: Option<String>,
}

impl App {
    /// Returns the title, or the name if there is none.
    pub fn display_title(&self) -> &str {
        if self.title.is_empty() {
            &self.name
        } else {
            &self.title
        }
    }
}
