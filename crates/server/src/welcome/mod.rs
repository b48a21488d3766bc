//! `vestibule app welcome`: the small web page that a first workbench shows.

use clap::Args;

/// What `vestibule app welcome` can be told.
#[derive(Debug, Args)]
pub struct Options {
    /// The port to listen on, on 127.0.0.1.
    #[arg(long)]
    pub port: u16,
}

/// Runs the program until it is told to end.
pub async fn main(options: Options) -> anyhow::Result<()> {
    anyhow::bail!("nothing to serve on port {} yet", options.port)
}
