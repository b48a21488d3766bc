//! Isolation of apps from each other and from the machine.

use serde::{Deserialize, Serialize};

/// Isolation of the runs of an app that are started now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct IsolationReport {
    /// The level.
    pub level: IsolationLevel,
    /// The network that the app has.
    pub network: NetworkLevel,
    /// Reason why there is no sandbox, as a sentence; empty if there is one.
    #[serde(default)]
    pub explanation: String,
    /// Keeper of the limits of memory and processes.
    #[serde(default)]
    pub limits: LimitLevel,
    /// Reason why the kernel doesn't keep them, as a sentence; empty if it does.
    #[serde(default)]
    pub limits_explanation: String,
}

/// Keeper of the limits of memory and processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LimitLevel {
    /// The kernel, by a control group for each run.
    Cgroup,
    /// The supervisor, which measures memory four times a second; the number of processes has no limit.
    #[default]
    #[serde(other)]
    Watched,
}

/// Level of isolation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum IsolationLevel {
    /// Each run has a sandbox.
    Sandbox,
    /// Apps are processes of the server's user.
    #[default]
    #[serde(other)]
    None,
}

/// Network that an app has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum NetworkLevel {
    /// A network of its own, from which it can connect to other machines.
    Outgoing,
    /// A network of its own, without a connection to anything.
    Closed,
    /// The machine's own.
    #[default]
    #[serde(other)]
    Shared,
}

impl IsolationReport {
    /// Returns the level and its limits in a few sentences, for a log.
    pub fn sentence(&self) -> String {
        let limits = match self.limits {
            LimitLevel::Cgroup => "The kernel limits memory and processes of each run.".to_owned(),
            LimitLevel::Watched => {
                format!(
                    "Memory limits are watched, and the number of processes is not limited. {}",
                    self.limits_explanation
                )
            }
        };
        format!("{} {limits}", self.level_sentence())
    }

    fn level_sentence(&self) -> String {
        match (self.level, self.network) {
            (IsolationLevel::None, _) => format!(
                "none: apps can reach each other and whatever the server's user can. {}",
                self.explanation
            ),
            (IsolationLevel::Sandbox, NetworkLevel::Outgoing) => {
                "sandbox: each run sees its own files and processes, and can connect to other machines.".to_owned()
            }
            (IsolationLevel::Sandbox, NetworkLevel::Closed) => {
                "sandbox: each run sees its own files and processes, and has no network; install slirp4netns for one."
                    .to_owned()
            }
            (IsolationLevel::Sandbox, NetworkLevel::Shared) => {
                "sandbox: each run sees its own files and processes, and shares the machine's network.".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_later_versions_promise_nothing() {
        let read: IsolationReport =
            serde_json::from_str(r#"{"level":"machine","network":"wireless"}"#).expect("readable");
        assert_eq!(read, IsolationReport::default());
    }
}
