//! The server's settings: from flags, then `VESTIBULE_*`, then a TOML file, then what is usual.

mod console;
mod doubts;
mod source;

pub use console::ConsoleSettings;
pub use doubts::doubts;

use crate::public_url::PublicUrl;
use crate::store::Keep;
use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use source::Sources;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use vestibule_model::time::Millis;

/// The shortest token: it can be tried from anywhere.
const MIN_TOKEN: usize = 16;

/// What `vestibule serve` can be told. Each can also be set in the environment, as `VESTIBULE_`
/// and the name in capitals (`VESTIBULE_DATA_DIR`), or in a TOML file (`data_dir = "…"`).
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// The address people use [default: `http://vestibule.localhost` and the port]
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Where everything is kept [default: ~/.local/share/vestibule]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The catalogue of apps [default: the one that is built in]
    #[arg(long, value_name = "FILE")]
    pub apps: Option<PathBuf>,
    /// How long an app may take to begin an answer [default: 60s]
    #[arg(long, value_name = "TIME")]
    pub app_timeout: Option<String>,
    /// How many runs of a workbench are kept [default: 100]
    #[arg(long, value_name = "NUMBER")]
    pub keep_runs: Option<String>,
    /// How long a run is kept after its end [default: 90days]
    #[arg(long, value_name = "TIME")]
    pub keep_runs_for: Option<String>,
    /// Of how many runs of a workbench the output is kept [default: 20]
    #[arg(long, value_name = "NUMBER")]
    pub keep_logs: Option<String>,
    /// How many workbenches may run at once; more wait for room [default: no limit]
    #[arg(long, value_name = "NUMBER")]
    pub max_workbenches: Option<String>,
    /// How many MB of memory the machine must have left: below that nothing is started, and the
    /// workbench that uses most is stopped [default: no limit]
    #[arg(long, value_name = "MB")]
    pub least_memory_mb: Option<String>,
    /// How many apps may be built at once; more wait for their turn [default: 2]
    #[arg(long, value_name = "NUMBER")]
    pub max_builds: Option<String>,
    /// How long a build may take [default: 1h]
    #[arg(long, value_name = "TIME")]
    pub build_timeout: Option<String>,
    /// What whoever reads /metrics has to send; without one only programs of this machine may.
    /// Others of this machine see what stands here: better set it in the environment
    #[arg(long, value_name = "TOKEN")]
    pub metrics_token: Option<String>,
    /// How often the console looks while something is under way [default: 2500ms]
    #[arg(long, value_name = "TIME")]
    pub poll_interval: Option<String>,
    /// How often the console looks once all is well [default: 15s]
    #[arg(long, value_name = "TIME")]
    pub poll_watch_interval: Option<String>,
    /// How long the console waits for a start that has no deadline of its own [default: 5m]
    #[arg(long, value_name = "TIME")]
    pub poll_limit: Option<String>,
    /// The longest pause of the console after errors [default: 30s]
    #[arg(long, value_name = "TIME")]
    pub poll_max_backoff: Option<String>,
    /// How many apps the console keeps in frames at once, 12 at most [default: 5]
    #[arg(long, value_name = "NUMBER")]
    pub frame_limit: Option<String>,
    /// A TOML file with settings
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Fill an empty store with sample data; on loopback addresses only
    #[arg(long)]
    pub demo: bool,
    /// For browsers that keep no secure cookies over plain http; on loopback addresses only
    #[arg(long)]
    pub insecure_cookies: bool,
    /// How the log on stderr is written [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// What is logged, such as `info` or `vestibule_server=debug` [default: info]
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address people use; none: the usual one for the port.
    pub public_url: Option<PublicUrl>,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// The catalogue of apps; none: the one that is built in.
    pub apps: Option<PathBuf>,
    /// How long an app may take to begin an answer.
    pub app_timeout: Duration,
    /// How much of the past is kept.
    pub keep: Keep,
    /// How many workbenches may run at once; none: no limit.
    pub max_workbenches: Option<u32>,
    /// How much memory the machine must have left, in units of 1,000,000 bytes; none: no limit.
    pub least_memory_mb: Option<u32>,
    /// How many apps may be built at once.
    pub max_builds: u32,
    /// How long a build may take.
    pub build_timeout: Duration,
    /// The hash of what whoever reads the metrics has to send.
    pub metrics_token_hash: Option<String>,
    /// How the console behaves.
    pub console: ConsoleSettings,
    /// Whether to fill an empty store with sample data.
    pub demo: bool,
    /// Whether cookies go without `Secure`.
    pub insecure_cookies: bool,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
}

impl Settings {
    /// Brings the sources together. The error names the setting and where it was set.
    pub fn resolve(flags: &Flags, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let sources = Sources::new(flags, env)?;
        let settings = Self {
            listen: sources
                .read("listen", |text| {
                    text.parse::<SocketAddr>().map_err(|_| {
                        format!("{text:?} is not an address and port, such as 127.0.0.1:8080")
                    })
                })?
                .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))),
            public_url: sources.read("public_url", str::parse)?,
            data_dir: match sources.read("data_dir", path)? {
                // Processes that run in other folders are told of it.
                Some(dir) => std::path::absolute(dir)?,
                None => sources.usual_data_dir()?,
            },
            apps: sources.read("apps", path)?,
            app_timeout: sources
                .read("app_timeout", length_of_time)?
                .unwrap_or(Duration::from_secs(60)),
            keep: keep(&sources)?,
            max_workbenches: sources.read("max_workbenches", count)?,
            least_memory_mb: sources.read("least_memory_mb", count)?,
            max_builds: sources.read("max_builds", count)?.unwrap_or(2),
            build_timeout: sources
                .read("build_timeout", length_of_time)?
                .unwrap_or(Duration::from_secs(3600)),
            metrics_token_hash: sources.read("metrics_token", token_hash)?,
            console: ConsoleSettings::read(&sources)?,
            demo: sources.read("demo", switch)?.unwrap_or(false),
            insecure_cookies: sources.read("insecure_cookies", switch)?.unwrap_or(false),
            log_format: sources
                .read("log_format", |text| {
                    LogFormat::from_str(text, false)
                        .map_err(|_| format!("{text:?} is not a format; use text or json"))
                })?
                .unwrap_or(LogFormat::Text),
            log: sources
                .read("log", log_filter)?
                .unwrap_or_else(|| "info".to_owned()),
        };
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> anyhow::Result<()> {
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

/// The data folder alone, for commands that need nothing else.
pub fn data_dir(
    data_dir: Option<PathBuf>,
    config: Option<PathBuf>,
    env: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<PathBuf> {
    let flags = Flags {
        data_dir,
        config,
        ..Flags::default()
    };
    Settings::resolve(&flags, env)
        .map(|settings| settings.data_dir)
        .context("failed to find the data folder")
}

fn keep<E: Fn(&str) -> Option<String>>(sources: &Sources<'_, E>) -> anyhow::Result<Keep> {
    let usual = Keep::default();
    let age = sources.read("keep_runs_for", length_of_time)?;
    Ok(Keep {
        runs: sources.read("keep_runs", count)?.unwrap_or(usual.runs),
        age: age.map_or(usual.age, |age| {
            Millis(i64::try_from(age.as_millis()).unwrap_or(i64::MAX))
        }),
        logs: sources.read("keep_logs", count)?.unwrap_or(usual.logs),
    })
}

fn count(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("{text:?} is not a number from 1 on")),
    }
}

/// The value itself is kept nowhere, and said in no error.
fn token_hash(text: &str) -> Result<String, String> {
    let fits = text.len() >= MIN_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic());
    match fits {
        true => Ok(crate::tokens::hash(text)),
        false => Err(format!(
            "use at least {MIN_TOKEN} visible ASCII characters without blanks, such as `openssl rand -hex 24` prints"
        )),
    }
}

fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(PathBuf::from(text))
}

fn length_of_time(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err(format!(
            "{text:?} is not a length of time, such as 60s or 5m"
        )),
    }
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" | "" => Ok(false),
        other => Err(format!("{other:?} is neither true nor false")),
    }
}

fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|error| format!("{text:?} is not a log filter: {error}"))
}

#[cfg(test)]
mod tests;
