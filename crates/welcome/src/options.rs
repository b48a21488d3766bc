//! Command-line options of a built-in app.

use clap::Args;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// Options. Durations are written as `5s`, `500ms` or `1m`.
#[derive(Debug, Clone, Args)]
#[group(id = "place", required = true, args = ["port", "socket"])]
pub struct Options {
    /// Port to listen on, on 127.0.0.1
    #[arg(long)]
    pub port: Option<u16>,
    /// Unix socket to listen on
    #[arg(long, value_name = "FILE")]
    pub socket: Option<PathBuf>,
    /// Folder to show [default: the current one]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Public address of the page; requests by other names are refused, except those of this
    /// machine
    #[arg(long, value_name = "URL")]
    pub origin: Option<Url>,
    /// Wait before listening
    #[arg(long, value_name = "TIME")]
    pub boot_delay: Option<humantime::Duration>,
    /// End by itself after this time
    #[arg(long, value_name = "TIME")]
    pub exit_after: Option<humantime::Duration>,
    /// Exit code for --exit-after
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
