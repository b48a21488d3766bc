//! Measures the server's memory and the delay of its event stream, without a browser; `cargo xtask
//! bench` runs it.

mod idle;
mod readers;
mod requests;

use anyhow::{Context, Result};
use std::io::{Write, stdout};
use vestibule_e2e::{Server, resident_kilobytes};

#[tokio::main]
async fn main() -> Result<()> {
    requests::measure().await?;
    idle::measure().await?;
    for readers in [1_000, 10_000] {
        readers::measure(readers).await?;
    }
    Ok(())
}

/// Returns the server's resident memory in megabytes.
fn resident(server: &Server) -> Result<f64> {
    let process = server.process().context("the server does not run")?;
    let kilobytes = resident_kilobytes(process).context("the system does not report its memory")?;
    Ok(kilobytes as f64 / 1024.0)
}

fn report(what: &str, figure: &str) -> Result<()> {
    writeln!(stdout(), "{what:50} {figure}").context("failed to write")
}
