//! `GET /api/config`: settings that the console needs first.

use crate::ids::WorkbenchId;
use crate::lenient;
use crate::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// Settings of the server that concern the console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// The server's version.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub version: String,
    /// The server's clock at the response.
    pub server_time: Timestamp,
    /// Origin of the console: scheme, host and port.
    pub public_url: String,
    /// Origin of an app, with `{id}` in place of the workbench's id.
    pub app_origin_pattern: String,
    /// `true` if the first administrator must still be created.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub needs_set_up: bool,
    /// Polling settings.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub poll: PollConfig,
    /// Number of apps that the console keeps in frames at once; the least recently used is evicted.
    #[serde(default = "usual_frame_limit", deserialize_with = "frame_limit")]
    pub frame_limit: u32,
}

/// Upper bound of the number of apps kept in frames.
pub const FRAME_SLOTS: usize = 12;
/// Default number of apps kept in frames.
pub const FRAME_LIMIT: u32 = 5;

fn usual_frame_limit() -> u32 {
    FRAME_LIMIT
}

fn frame_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let limit: Option<u32> = lenient::or_default(deserializer)?;
    Ok(limit.filter(|limit| *limit > 0).unwrap_or(FRAME_LIMIT))
}

impl Config {
    /// Returns the origin of a workbench's app.
    pub fn app_origin(&self, id: &WorkbenchId) -> String {
        self.app_origin_pattern.replace("{id}", id.as_str())
    }
}

/// Polling settings of the console; lengths in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct PollConfig {
    /// Interval while something is in progress; jitter of ±20 % is added.
    pub interval: i64,
    /// Interval once the workbench is ready.
    pub watch_interval: i64,
    /// Time limit of the short interval where the server gave no deadline.
    pub limit: i64,
    /// Longest pause after errors.
    pub max_backoff: i64,
}

impl Default for PollConfig {
    fn default() -> Self {
        Self {
            interval: 2_500,
            watch_interval: 15_000,
            limit: 300_000,
            max_backoff: 30_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_frame_limit_means_the_default() {
        for said in [
            "",
            r#","frameLimit":null"#,
            r#","frameLimit":0"#,
            r#","frameLimit":"x""#,
        ] {
            let text = format!(
                r#"{{"serverTime":"2026-11-21T10:00:00Z","publicUrl":"http://a","appOriginPattern":"http://{{id}}.a"{said}}}"#
            );
            let config: Config = serde_json::from_str(&text).expect("readable");
            assert_eq!(config.frame_limit, FRAME_LIMIT, "{said}");
            assert_eq!(config.poll, PollConfig::default());
        }
    }
}
