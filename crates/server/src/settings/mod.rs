//! The server's settings: flags win over `VESTIBULE_*` variables, those over a TOML file, that over
//! the defaults.

mod cluster;
mod layers;
mod values;
mod warnings;

pub use cluster::{ClusterSettings, EngineSetting, PodAccess};
pub use layers::{Layers, SettingError};
pub use values::{Devices, IsolationSetting, LogFormat, Mounts};
pub use warnings::warnings;

use crate::auth::user_header::UserHeader;
use crate::public_url::PublicUrl;
use crate::store::{Retention, SessionLife};
use crate::trusted_proxies::TrustedProxies;
use anyhow::bail;
use axum::http::HeaderName;
use clap::Args;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;
use values::{
    TokenHash, count, devices, frames, isolation, length_of_time, log_filter, log_format, millis,
    mounts, path, switch, token_hash,
};
use vestibule_model::access::WORKSPACE_CREATOR;
use vestibule_model::config::PollConfig;
use vestibule_model::isolation::IsolationLevel;
use vestibule_model::time::Millis;

/// The settings of `vestibule serve`. Each can also be set in the environment, as `VESTIBULE_` and
/// the name in capitals (`VESTIBULE_DATA_DIR`), or in a TOML file (`data_dir = "…"`).
// The defaults of the poll settings and of the limits are those of the model and the store; a test
// compares them.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Settings {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = values::address)]
    pub listen: SocketAddr,
    /// Public address of the console [default: `http://vestibule.localhost` and the port]
    #[arg(long, value_name = "URL", value_parser = PublicUrl::from_str)]
    pub public_url: Option<PublicUrl>,
    /// Address below which apps have their names, such as `https://vestibule-apps.example`: a domain
    /// of its own keeps cookies that apps set for a whole site from the console [default: the public
    /// address]
    #[arg(long, value_name = "URL", value_parser = PublicUrl::from_str)]
    pub apps_url: Option<PublicUrl>,
    /// Folder of the server's data
    #[arg(long, value_name = "DIR", value_parser = values::absolute_path)]
    pub data_dir: PathBuf,
    /// The catalogue of apps [default: the built-in one]
    #[arg(long, value_name = "FILE", value_parser = path)]
    pub apps: Option<PathBuf>,
    /// Time limit for an app to begin a response
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = length_of_time)]
    pub app_timeout: Duration,
    /// Number of runs of a workbench that are kept
    #[arg(long, value_name = "NUMBER", default_value = "100", value_parser = count)]
    pub keep_runs: u32,
    /// Time for which a run is kept after its end
    #[arg(long, value_name = "TIME", default_value = "90days", value_parser = length_of_time)]
    pub keep_runs_for: Duration,
    /// Number of runs of a workbench that keep their output
    #[arg(long, value_name = "NUMBER", default_value = "20", value_parser = count)]
    pub keep_logs: u32,
    /// Time for which entries of the audit log are kept
    #[arg(long, value_name = "TIME", default_value = "365days", value_parser = length_of_time)]
    pub keep_audit_for: Duration,
    /// Time for which entries of the audit log keep the address of the client
    #[arg(long, value_name = "TIME", default_value = "90days", value_parser = length_of_time)]
    pub keep_addresses_for: Duration,
    /// Time without use after which a session ends
    #[arg(long, value_name = "TIME", default_value = "7days", value_parser = length_of_time)]
    pub session_idle: Duration,
    /// Time after which a session ends however much it is used
    #[arg(long, value_name = "TIME", default_value = "30days", value_parser = length_of_time)]
    pub session_limit: Duration,
    /// Number of workbenches that may run at once; more wait [default: no limit]
    #[arg(long, value_name = "NUMBER", value_parser = count)]
    pub max_workbenches: Option<u32>,
    /// Free memory in MB below which nothing is started, and the workbench that uses most is
    /// stopped [default: no limit]
    #[arg(long, value_name = "MB", value_parser = count)]
    pub least_memory_mb: Option<u32>,
    /// Quota in MB of each workbench's folder, unless its app has another: told at 80, 95 and
    /// 100 % [default: none]
    #[arg(long, value_name = "MB", value_parser = count)]
    pub folder_quota_mb: Option<u32>,
    /// Number of builds that may run at once; more wait in the queue
    #[arg(long, value_name = "NUMBER", default_value = "2", value_parser = count)]
    pub max_builds: u32,
    /// Time limit of a build
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = length_of_time)]
    pub build_timeout: Duration,
    /// Engine.
    #[command(flatten)]
    pub cluster: ClusterSettings,
    /// Addresses of the proxies in front of the server, such as `127.0.0.1` or `10.0.0.0/8`,
    /// separated by commas; their X-Forwarded-For names the visitor's address
    #[arg(long, value_name = "ADDRESSES", default_value = "", hide_default_value = true, value_parser = TrustedProxies::from_str)]
    pub trusted_proxies: TrustedProxies,
    /// Isolation of apps from each other and from the machine: auto (a sandbox where the machine
    /// allows one), sandbox, or none
    #[arg(long, value_name = "LEVEL", default_value = "auto", value_parser = isolation)]
    pub isolation: IsolationSetting,
    /// Folders and files of the machine that apps in a sandbox see, separated by commas; read-only
    /// without `:rw` at the end
    #[arg(long, value_name = "PATHS", default_value = "", hide_default_value = true, value_parser = mounts)]
    pub mounts: Mounts,
    /// Devices of the machine that apps in a sandbox see, such as `/dev/dri`, separated by commas
    #[arg(long, value_name = "PATHS", default_value = "", hide_default_value = true, value_parser = devices)]
    pub devices: Devices,
    /// Bearer token for /metrics; without one only programs of this machine may read it. Other
    /// users of this machine can see flags: better set it in the environment
    #[arg(long, value_name = "TOKEN", hide_default_value = true, value_parser = token_hash)]
    metrics_token: Option<TokenHash>,
    /// Polling interval of the console while something is in progress
    #[arg(long, value_name = "TIME", default_value = "2500ms", value_parser = millis)]
    poll_interval: Millis,
    /// Polling interval of the console while nothing is in progress
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = millis)]
    poll_watch_interval: Millis,
    /// Time limit in the console for a start that has no deadline of its own
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = millis)]
    poll_limit: Millis,
    /// Longest pause of the console after errors
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = millis)]
    poll_max_backoff: Millis,
    /// Number of apps that the console keeps in frames at once, 12 at most
    #[arg(long, value_name = "NUMBER", default_value = "5", value_parser = frames)]
    frame_limit: u32,
    /// Role that new users get on the platform, or `none` [default: workspace-creator, and none where apps
    /// run without isolation]
    #[arg(long, value_name = "ROLE")]
    pub default_role: Option<String>,
    /// A TOML file with the OpenID Connect providers for sign-in
    #[arg(long, value_name = "FILE", value_parser = path)]
    pub providers: Option<PathBuf>,
    /// Header by which a proxy names the signed-in user, such as `X-Forwarded-User`; the proxy must
    /// replace what clients send [default: none]
    #[arg(long, value_name = "NAME", value_parser = values::header)]
    user_header: Option<HeaderName>,
    /// Addresses of the proxies whose header counts, separated by commas
    #[arg(long, value_name = "ADDRESSES", default_value = "", hide_default_value = true, value_parser = TrustedProxies::from_str)]
    user_header_from: TrustedProxies,
    /// Create a user when the header names one for the first time
    #[arg(long, value_parser = switch)]
    user_header_creates: bool,
    /// A TOML file with settings
    #[arg(long, value_name = "FILE", value_parser = path)]
    config: Option<PathBuf>,
    /// Fill an empty store with sample data; on loopback addresses only
    #[arg(long, value_parser = switch)]
    pub demo: bool,
    /// Allow cookies without `Secure`, for browsers that refuse them over plain http; on loopback
    /// addresses only
    #[arg(long, value_parser = switch)]
    pub insecure_cookies: bool,
    /// Format of the log on stderr: text or json
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = log_format)]
    pub log_format: LogFormat,
    /// Log filter, such as `info` or `vestibule_server=debug`
    #[arg(long, value_name = "FILTER", default_value = "info", value_parser = log_filter)]
    pub log: String,
}

/// Behaviour of the console, as the server sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsoleSettings {
    /// Polling policy.
    pub poll: PollConfig,
    /// Number of apps that are kept in frames at once.
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
    /// Returns the retention policy.
    pub fn keep(&self) -> Retention {
        Retention {
            runs: self.keep_runs,
            age: Millis(i64::try_from(self.keep_runs_for.as_millis()).unwrap_or(i64::MAX)),
            logs: self.keep_logs,
            audit: Millis(i64::try_from(self.keep_audit_for.as_millis()).unwrap_or(i64::MAX)),
            addresses: Millis(
                i64::try_from(self.keep_addresses_for.as_millis()).unwrap_or(i64::MAX),
            ),
        }
    }

    /// Returns the lifetimes of sessions.
    pub fn session_life(&self) -> SessionLife {
        let millis = |time: Duration| Millis(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        SessionLife {
            idle: millis(self.session_idle),
            limit: millis(self.session_limit),
        }
    }

    /// Returns the behaviour of the console.
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

    /// Returns the settings file, whose values apps are not to read.
    pub fn file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// Returns the hash of the bearer token for `/metrics`, or `None` if only this machine may read it.
    pub fn metrics_token_hash(&self) -> Option<String> {
        self.metrics_token.as_ref().map(|hash| hash.0.clone())
    }

    /// Returns the header by which a proxy names the user.
    pub fn user_header(&self) -> Option<UserHeader> {
        let name = self.user_header.clone()?;
        Some(UserHeader {
            name,
            from: self.user_header_from.clone(),
            creates: self.user_header_creates,
        })
    }

    /// Returns the role that new users get on the platform. Where apps are not kept from the server's
    /// own files, such as its key, nobody may start one until an administrator has decided so.
    pub fn default_role(&self, isolation: IsolationLevel) -> Option<&str> {
        let role = match (&self.default_role, isolation) {
            (Some(role), _) => role.as_str(),
            (None, IsolationLevel::None) => "none",
            (None, _) => WORKSPACE_CREATOR,
        };
        Some(role).filter(|role| !matches!(*role, "" | "none"))
    }

    /// Returns the isolation of apps as far as the settings alone say, for commands beside the server.
    pub fn isolation_level(&self) -> IsolationLevel {
        match self.isolation {
            IsolationSetting::None if self.cluster.engine == EngineSetting::Local => {
                IsolationLevel::None
            }
            _ => IsolationLevel::Sandbox,
        }
    }

    /// Returns a warning if apps can send the header by which a proxy names users.
    pub fn header_warning(&self) -> Option<&'static str> {
        let is_loopback = ["127.0.0.1", "::1"].into_iter().any(|address| {
            let address = address.parse();
            address.is_ok_and(|address| self.user_header_from.trusts(address))
        });
        let is_open = is_loopback && self.isolation != IsolationSetting::Sandbox;
        (self.user_header.is_some() && is_open).then_some(
            "apps that run without a sandbox can name any user: --user-header-from trusts programs of this machine; \
             set --isolation sandbox, or let the proxy connect from another machine",
        )
    }

    /// Refuses combinations that are unsafe.
    pub fn check(&self) -> anyhow::Result<()> {
        if self.apps_url.is_some() && self.insecure_cookies {
            bail!(
                "--apps-url and --insecure-cookies exclude each other: browsers keep cookies of another site in a frame \
                 only if they are Secure"
            );
        }
        let no_proxies = self.user_header_from == TrustedProxies::default();
        if self.user_header.is_some() && no_proxies {
            bail!(
                "--user-header needs --user-header-from: anybody could name any user; set it to the proxy's address"
            );
        }
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
