//! `cargo xtask cluster`: a Kubernetes cluster on this machine.

use crate::project::Project;
use crate::{say, setup};
use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use vestibule_cluster::{Cluster, Options, Programs};

/// Time between two checks for a signal or the end of a component.
const INTERVAL: Duration = Duration::from_millis(200);

/// Starts a cluster, and stops it at a signal.
pub fn command(project: &Project, args: &[String]) -> Result<ExitCode> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let folder = match args[..] {
        [] => None,
        ["--dir", folder] => Some(PathBuf::from(folder)),
        ["--build"] => {
            let programs = setup::ensure_cluster_programs(project)?;
            let (variable, folders) = programs.environment()?;
            say::result(&format!("export {variable}={}", folders.display()));
            return Ok(ExitCode::SUCCESS);
        }
        _ => bail!("`cluster` takes --dir DIR or --build; see `cargo xtask --help`"),
    };
    let programs = setup::ensure_cluster_programs(project)?;
    run(programs, folder)
}

fn run(programs: Programs, folder: Option<PathBuf>) -> Result<ExitCode> {
    let is_stopping = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        // The second signal ends xtask at once; the guards then stop the components.
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&is_stopping))
            .and_then(|_| flag::register(signal, Arc::clone(&is_stopping)))
            .context("failed to handle signals")?;
    }

    let kubectl = programs.path("kubectl")?;
    let mut options = Options::new(programs);
    options.folder = folder;
    options.node = Options::can_have_node()?;
    if !options.node {
        say::note("without a node: it needs root");
    }
    say::step("starting etcd, API server, controller manager, scheduler and node");
    let began = Instant::now();
    let mut cluster = Cluster::start(&options)?;
    say::done(&format!("ready ({})", say::time(began.elapsed())));
    say::note(&format!("logs: {}", cluster.logs().display()));
    say::note("to use it in another shell, until Ctrl-C here:");
    let kubeconfig = cluster.kubeconfig().display();
    say::result(&format!("export KUBECONFIG={kubeconfig}"));
    say::result(&format!("alias kubectl={}", kubectl.display()));

    while !is_stopping.load(Ordering::Relaxed) {
        cluster.check()?;
        thread::sleep(INTERVAL);
    }
    say::step("stopping");
    cluster.stop();
    Ok(ExitCode::SUCCESS)
}
