//! `vestibule import`.

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use std::io::{self, Write as _};
use std::path::PathBuf;
use vestibule_kubernetes::resource::{as_yaml, import};

/// What to import.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Print resources of the earlier group vteam.ambient-code as resources of this one, for `kubectl apply -f
    /// -`, and on standard error what they don't carry over
    Agenticsession(Options),
}

/// Resources to import.
#[derive(Debug, Args)]
pub struct Options {
    /// YAML or JSON, such as `kubectl get agenticsessions.vteam.ambient-code -A -o yaml` prints; - for standard
    /// input
    file: PathBuf,
    /// App of the resources that name none
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
}

/// Prints the resources, and what is left.
pub fn run(what: &Import) -> anyhow::Result<()> {
    let Import::Agenticsession(options) = what;
    let text = match options.file.to_str() {
        Some("-") => io::read_to_string(io::stdin()),
        _ => std::fs::read_to_string(&options.file),
    };
    let file = options.file.display();
    let text = text.with_context(|| format!("failed to read {file}"))?;
    let imported = import(&text, options.app.as_deref())
        .map_err(|why| anyhow!("failed to read {file}: {why}"))?;
    let mut out = io::stdout().lock();
    for resource in &imported.resources {
        write!(out, "---\n{}", as_yaml(resource)?)?;
    }
    let mut errors = io::stderr().lock();
    for line in &imported.left {
        writeln!(errors, "{line}")?;
    }
    Ok(())
}
