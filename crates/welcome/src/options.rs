//! What `vestibule app welcome` can be told.

use clap::Args;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// The switches. Lengths of time are written as `5s`, `500ms` or `1m`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The port to listen on, on 127.0.0.1
    #[arg(long)]
    pub port: u16,
    /// The folder to show [default: the current one]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The address where people reach the page; by other names only this machine's own are answered
    #[arg(long, value_name = "URL")]
    pub origin: Option<Url>,
    /// Wait before listening
    #[arg(long, value_name = "TIME")]
    pub boot_delay: Option<humantime::Duration>,
    /// End by itself after this time
    #[arg(long, value_name = "TIME")]
    pub exit_after: Option<humantime::Duration>,
    /// The exit code for --exit-after
    #[arg(long, value_name = "CODE", default_value_t = 0)]
    pub exit_code: i32,
    /// Stay up without ever listening
    #[arg(long)]
    pub never_listen: bool,
    /// Refuse to be shown in a frame
    #[arg(long)]
    pub refuse_framing: bool,
}

impl Options {
    pub(crate) fn boot_delay(&self) -> Duration {
        self.boot_delay.map_or(Duration::ZERO, Into::into)
    }
}
