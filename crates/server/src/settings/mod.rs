//! The server's settings: flags win over `VESTIBULE_*` variables, those over a TOML file, that over
//! the defaults.

mod doubts;
mod layers;
mod values;

pub use doubts::doubts;
pub use layers::{Layers, SettingError};
pub use values::LogFormat;

use crate::public_url::PublicUrl;
use crate::store::Keep;
use anyhow::bail;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;
use values::{
    TokenHash, count, frames, length_of_time, log_filter, log_format, millis, path, switch,
    token_hash,
};
use vestibule_model::config::PollConfig;
use vestibule_model::time::Millis;

/// The settings of `vestibule serve`. Each can also be set in the environment, as `VESTIBULE_` and
/// the name in capitals (`VESTIBULE_DATA_DIR`), or in a TOML file (`data_dir = "…"`).
// The defaults of the poll settings and of the limits are those of the model and the store; a test
// compares them.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Settings {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = values::address)]
    pub listen: SocketAddr,
    /// The address people use [default: `http://vestibule.localhost` and the port]
    #[arg(long, value_name = "URL", value_parser = PublicUrl::from_str)]
    pub public_url: Option<PublicUrl>,
    /// Where everything is kept
    #[arg(long, value_name = "DIR", value_parser = values::absolute_path)]
    pub data_dir: PathBuf,
    /// The catalogue of apps [default: the built-in one]
    #[arg(long, value_name = "FILE", value_parser = path)]
    pub apps: Option<PathBuf>,
    /// How long an app may take to begin an answer
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = length_of_time)]
    pub app_timeout: Duration,
    /// How many runs of a workbench are kept
    #[arg(long, value_name = "NUMBER", default_value = "100", value_parser = count)]
    pub keep_runs: u32,
    /// How long a run is kept after its end
    #[arg(long, value_name = "TIME", default_value = "90days", value_parser = length_of_time)]
    pub keep_runs_for: Duration,
    /// How many runs of a workbench keep their output
    #[arg(long, value_name = "NUMBER", default_value = "20", value_parser = count)]
    pub keep_logs: u32,
    /// How many workbenches may run at once; more wait for room [default: no limit]
    #[arg(long, value_name = "NUMBER", value_parser = count)]
    pub max_workbenches: Option<u32>,
    /// How many MB of memory the machine must have left: below that nothing is started, and the
    /// workbench that uses most is stopped [default: no limit]
    #[arg(long, value_name = "MB", value_parser = count)]
    pub least_memory_mb: Option<u32>,
    /// How many apps may be built at once; more wait for their turn
    #[arg(long, value_name = "NUMBER", default_value = "2", value_parser = count)]
    pub max_builds: u32,
    /// How long a build may take
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = length_of_time)]
    pub build_timeout: Duration,
    /// The bearer token for /metrics; without one only programs of this machine may read it. Flags
    /// are visible to other users of this machine: better set it in the environment
    #[arg(long, value_name = "TOKEN", hide_default_value = true, value_parser = token_hash)]
    metrics_token: Option<TokenHash>,
    /// How often the console polls while something is under way
    #[arg(long, value_name = "TIME", default_value = "2500ms", value_parser = millis)]
    poll_interval: Millis,
    /// How often the console polls once all is well
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = millis)]
    poll_watch_interval: Millis,
    /// How long the console waits for a start that has no deadline of its own
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = millis)]
    poll_limit: Millis,
    /// The longest pause of the console after errors
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = millis)]
    poll_max_backoff: Millis,
    /// How many apps the console keeps in frames at once, 12 at most
    #[arg(long, value_name = "NUMBER", default_value = "5", value_parser = frames)]
    frame_limit: u32,
    /// A TOML file with settings
    #[arg(long, value_name = "FILE", value_parser = path)]
    config: Option<PathBuf>,
    /// Fill an empty store with sample data; on loopback addresses only
    #[arg(long, value_parser = switch)]
    pub demo: bool,
    /// For browsers that keep no secure cookies over plain http; on loopback addresses only
    #[arg(long, value_parser = switch)]
    pub insecure_cookies: bool,
    /// How the log on stderr is written: text or json
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = log_format)]
    pub log_format: LogFormat,
    /// What is logged, such as `info` or `vestibule_server=debug`
    #[arg(long, value_name = "FILTER", default_value = "info", value_parser = log_filter)]
    pub log: String,
}

/// Behaviour of the console, as the server sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsoleSettings {
    /// Polling policy.
    pub poll: PollConfig,
    /// How many apps are kept in frames at once.
    pub frame_limit: u32,
}

impl Default for ConsoleSettings {
    fn default() -> Self {
        Self {
            poll: PollConfig::default(),
            frame_limit: vestibule_model::config::FRAME_LIMIT,
        }
    }
}

impl Settings {
    /// Returns how much of the past is kept.
    pub fn keep(&self) -> Keep {
        Keep {
            runs: self.keep_runs,
            age: Millis(i64::try_from(self.keep_runs_for.as_millis()).unwrap_or(i64::MAX)),
            logs: self.keep_logs,
        }
    }

    /// Behaviour of the console.
    pub fn console(&self) -> ConsoleSettings {
        ConsoleSettings {
            poll: PollConfig {
                interval: self.poll_interval.0,
                watch_interval: self.poll_watch_interval.0,
                limit: self.poll_limit.0,
                max_backoff: self.poll_max_backoff.0,
            },
            frame_limit: self.frame_limit,
        }
    }

    /// Hash of the bearer token for `/metrics`, or `None` if only this machine may read it.
    pub fn metrics_token_hash(&self) -> Option<String> {
        self.metrics_token.as_ref().map(|hash| hash.0.clone())
    }

    /// Refuses combinations that are unsafe.
    pub fn check(&self) -> anyhow::Result<()> {
        if self.listen.ip().is_loopback() {
            return Ok(());
        }
        for (is_set, name, why) in [
            (self.demo, "--demo", "its passwords are printed"),
            (
                self.insecure_cookies,
                "--insecure-cookies",
                "anyone on the way could take over a session",
            ),
        ] {
            if is_set {
                bail!(
                    "{name} works on loopback addresses only, because {why}; \
                     listen on 127.0.0.1 or leave it out (listen is {})",
                    self.listen
                );
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
