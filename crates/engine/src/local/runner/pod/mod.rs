//! The runner as process 1 of an app's container on a cluster.
//!
//! It starts the app, passes its output on without secrets, relays connections from its gate, which
//! demands a certificate of the run, answers the kubelet's probes, and leaves a record of how the app
//! ended as the container's termination message.

mod credentials;
mod gate;
mod health;
mod message;
mod orders;
mod output;
mod progress;

pub use credentials::{ClientCredentials, CredentialError, Credentials, SERVER_NAME, connect};
pub use message::TerminationMessage;
pub use orders::{GateOrders, PodOrders, TERMINATION_LOG};

use super::agents::Agents;
use super::ending::Ending;
use super::lines::Lines;
use super::process::{adopt_orphans, collect, pass_on, start};
use super::relay::Relay;
use super::sessions::Sessions;
use gate::Gate;
use nix::unistd::Pid;
use output::Output;
use progress::Progress;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitCode, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use vestibule_model::observed::Exit;

/// Command-line argument that makes a program run [`main`]; the path of the orders follows.
pub const SUBCOMMAND: &str = "pod-runner";
/// Command-line argument that makes a program run [`copy_program`]; the path of a folder follows.
pub const COPY_SUBCOMMAND: &str = "copy-program";

/// Longest time after the app's end in which connections deliver what it has sent.
const DRAIN: Duration = Duration::from_millis(200);
/// Exit code of an app that was not found, as a shell has it.
const NOT_FOUND: u8 = 127;
/// Exit code of an app that could not be started, as a shell has it.
const NOT_STARTED: u8 = 126;

/// Runs `vestibule pod-runner`. Called before there are threads or a runtime.
pub fn main(orders: &Path) -> ExitCode {
    match run(orders) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Not by `eprintln!`, which panics when nothing reads the output.
            let _ = writeln!(io::stderr(), "The runner failed: {error}.");
            ExitCode::from(NOT_STARTED)
        }
    }
}

/// Runs `vestibule copy-program`: copies this program into a folder, where another container finds it.
pub fn copy_program(folder: &Path) -> ExitCode {
    let copied = std::env::current_exe().and_then(|program| {
        let copy = folder.join("vestibule");
        std::fs::copy(program, &copy)?;
        // The container's user may be another one.
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755))
    });
    match copied {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(
                io::stderr(),
                "The program cannot be copied to {}: {error}.",
                folder.display()
            );
            ExitCode::FAILURE
        }
    }
}

fn run(orders: &Path) -> io::Result<u8> {
    // A process 1 has only the signals that it handles. Those that come before the app runs wait.
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let orders = PodOrders::read(orders)?;
    adopt_orphans();
    // A variable that is not text is left out: `vars` panics at one.
    let mut env: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let secrets = orders.secrets.iter().filter_map(|name| env.get(name));
    let output = Output::new(secrets.map(String::as_str));
    let ending = Arc::new(Ending::default());
    // Before the app, which could not be used without them.
    let opened =
        Gate::open(&orders.gate).and_then(|gate| Ok((gate, gate::listen(orders.health_port)?)));
    let (gate, health) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let how = Exit::StartError(format!("The runner failed: {error}."));
            return Ok(not_started(&orders, how));
        }
    };
    let values = orders.secrets.iter().filter_map(|name| env.get(name));
    let values: Vec<String> = values.cloned().collect();
    let progress = Progress::open(&mut env, values).unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "The app cannot report its progress: {error}.");
        None
    });
    let lines = progress.is_some().then(Lines::new);
    let (reader, writer) = io::pipe()?;
    let ends = [writer.try_clone()?.into(), writer.into()];
    let child = match start(&orders.command, &env, &orders.dir, ends) {
        Ok(child) => child,
        Err(how) => return Ok(not_started(&orders, how)),
    };
    let reading = output.copy(reader);
    let pid = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    ending.set_group(Some(pid));
    pass_on(signals, Arc::clone(&ending));
    let agents = Agents::new(
        env.clone(),
        orders.dir.clone(),
        &orders.secrets,
        Arc::clone(&ending),
    );
    let sessions = Arc::new(Sessions::new(env, orders.dir.clone(), agents));
    let open = Arc::new(AtomicUsize::new(0));
    let relay = Relay::new(
        orders.app.clone(),
        Arc::clone(&open),
        Arc::clone(&sessions),
        Some(orders.dir.clone()),
        lines.clone(),
    );
    let termination_log = orders.termination_log.clone();
    let connections = Arc::clone(&open);
    let reports = progress.zip(lines.clone());
    thread::spawn(move || {
        if let Err(error) = serve(gate, health, &orders, relay, connections, reports) {
            let _ = writeln!(
                io::stderr(),
                "The runner cannot relay connections: {error}."
            );
        }
    });
    let status = ending.status(collect(pid, child, &ending, &sessions)?);
    if let Some(lines) = lines {
        lines.close();
    }
    let begin = Instant::now();
    while begin.elapsed() < DRAIN && (open.load(Ordering::Acquire) > 0 || !reading.is_finished()) {
        thread::sleep(Duration::from_millis(1));
    }
    let status = ExitStatus::from_raw(status);
    let (exit, code) = match (status.code(), status.signal()) {
        (Some(code), _) => (Exit::Code(code), code),
        (None, Some(signal)) => (Exit::Signal(signal), 128 + signal),
        (None, None) => (Exit::Lost, 1),
    };
    let message = TerminationMessage {
        exit: Some(exit),
        output: output.last(),
    };
    message.write(&termination_log);
    Ok(u8::try_from(code & 0xff).unwrap_or(1))
}

/// Leaves the message of an app that was not started, and returns the exit code.
fn not_started(orders: &PodOrders, how: Exit) -> u8 {
    let program = orders.command.first().map_or("", String::as_str);
    let (code, how) = match how {
        Exit::NotFound(_) => (NOT_FOUND, Exit::NotFound(not_in_image(program))),
        how => (NOT_STARTED, how),
    };
    let message = TerminationMessage {
        exit: Some(how),
        output: String::new(),
    };
    message.write(&orders.termination_log);
    code
}

fn not_in_image(program: &str) -> String {
    format!("The image has no program `{program}`. An administrator can change the app's image.")
}

fn serve(
    gate: Gate,
    health: TcpListener,
    orders: &PodOrders,
    relay: Arc<Relay>,
    open: Arc<AtomicUsize>,
    reports: Option<(Progress, Arc<Lines>)>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let health = health::serve(health, orders.app.clone(), &orders.readiness);
        let gate = gate::serve(gate, relay, open);
        let progress = async {
            match reports {
                Some((progress, lines)) => progress.serve(lines).await,
                None => Ok(()),
            }
        };
        tokio::try_join!(health, gate, progress).map(drop)
    })
}
