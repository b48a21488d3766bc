//! The supervisor of one run's process, apart from the server, so that the server may restart.
//!
//! The supervisor is a process of its own in a session of its own. It holds the run's lock while it lives,
//! captures output, stops the app with its grace period when asked to, leaves no process behind and
//! records how it ended. It uses plain threads: a runtime would cost memory for every workbench.

mod app;
mod flood;
mod lifecycle;
mod memory;
mod output;
pub(super) mod redactor;
mod sandbox;
pub(super) mod secret_env;

use super::record::{Ending, Process, RunDir, is_garbled};
use crate::clock::{Clock as _, SystemClock};
use lifecycle::Lifecycle;
use nix::unistd::{getpid, setsid};
use output::{Event, say};
use secret_env::SecretEnv;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use vestibule_model::observed::{Exit, StopRequest};

/// Time limit of the attempts to take the lock, which an observation may hold for a moment.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// Time limit of the attempts to record the end while the disk refuses it.
const RECORD_PATIENCE: Duration = Duration::from_secs(300);

/// Runs `vestibule supervise RUN_DIR`. Called before there are threads or a runtime.
pub fn main(run_dir: &Path) -> ExitCode {
    match supervise(&RunDir::new(run_dir)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!(
                "failed to supervise {}: {error}",
                run_dir.display()
            ));
            ExitCode::FAILURE
        }
    }
}

fn supervise(run: &RunDir) -> io::Result<()> {
    // The secrets are in its memory, and the app runs as the same user.
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_dumpable(false) {
        say(format_args!("failed to hide the memory: {error}"));
    }
    // Leaves the server's terminal and process group. This fails only for the leader of a group,
    // which has left already.
    let _ = setsid();
    let (sender, events) = channel();
    listen_for_signals(sender.clone())?;
    let Some(lock) = lock(run)? else {
        return Ok(());
    };
    if run.is_claimed()? || run.ending()?.is_some() {
        return Ok(());
    }
    let launch = match run.launch() {
        Err(error) if !is_garbled(&error) => return Err(error),
        launch => launch,
    };
    // Before the claim: a supervisor that does not receive the secrets leaves the start to another.
    let secrets = match &launch {
        Ok(Some(launch)) if launch.has_secrets => SecretEnv::read(io::stdin().lock())?,
        _ => SecretEnv::default(),
    };
    let claim = Process {
        supervisor: getpid().as_raw(),
        pid: None,
        started_at: SystemClock.now(),
        restarts: 0,
        restarts_in_all: 0,
        previous_exit: None,
        crashed: None,
    };
    run.claim(&claim)?;
    if let Err(error) = run.reserve_ending() {
        say(format_args!(
            "failed to reserve room for the record of the end: {error}"
        ));
    }
    let ending = match launch {
        Ok(Some(launch)) => {
            let ending = Lifecycle::new(run, &launch, &secrets, claim).run(&sender, &events);
            if let Some(group) = &launch.group {
                group.end();
            }
            if let Some(sockets) = &launch.sockets
                && let Err(error) = sockets.remove()
            {
                say(format_args!("failed to remove the run's sockets: {error}"));
            }
            ending
        }
        Ok(None) => not_started("There is no record of what to start.".to_owned()),
        Err(error) => not_started(format!(
            "The record of what to start cannot be read: {error}."
        )),
    };
    record(run, &ending, &lock)
}

fn not_started(why: String) -> Ending {
    Ending {
        at: SystemClock.now(),
        how: Exit::StartError(why),
        restarts: 0,
        stop_requested: Some(StopRequest::No),
        last_line: None,
    }
}

fn listen_for_signals(sender: Sender<Event>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    thread::spawn(move || {
        for _ in signals.forever() {
            if sender.send(Event::StopWanted).is_err() {
                return;
            }
        }
    });
    Ok(())
}

fn lock(run: &RunDir) -> io::Result<Option<File>> {
    let begin = Instant::now();
    loop {
        let lock = run.try_lock()?;
        if lock.is_some() || run.is_claimed()? || begin.elapsed() > LOCK_PATIENCE {
            return Ok(lock);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Records the end, and retries while the disk is full. If that takes too long or the folder is
/// gone, the free lock shows that the end is lost.
fn record(run: &RunDir, ending: &Ending, _lock: &File) -> io::Result<()> {
    let begin = Instant::now();
    loop {
        match run.write_ending(ending) {
            Err(error) if run.path().exists() && begin.elapsed() < RECORD_PATIENCE => {
                say(format_args!(
                    "failed to record how the run ended: {error}; trying again"
                ));
                thread::sleep(Duration::from_secs(1));
            }
            result => return result,
        }
    }
}
