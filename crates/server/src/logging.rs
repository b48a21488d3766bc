//! The log on stderr: text for a terminal, or one JSON object a line.
//!
//! A log that cannot be written must not stop the server. Lines go to a thread of their own; those
//! that do not fit its queue are dropped, and so are those that cannot be written.

use crate::settings::LogFormat;
use std::io::{self, IsTerminal as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Number of lines that wait for a slow or stuck reader of stderr.
const QUEUE: usize = 8_192;

/// The longest wait for the last lines at the end of the program.
const FLUSH_WITHIN: Duration = Duration::from_secs(2);

/// Interval of log lines about dropped lines.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// Running log. Dropping it writes the lines that wait, as far as stderr takes them.
#[derive(Debug)]
pub struct Log {
    worker: Option<WorkerGuard>,
}

/// Starts logging. A second call in one process has no effect.
pub fn start(format: LogFormat, filter: &str) -> Log {
    let (writer, worker) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(QUEUE)
        .thread_name("log")
        .finish(io::stderr());
    let dropped = writer.error_counter();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        // It reports its own failures by a macro that panics when stderr is closed or full.
        .log_internal_errors(false)
        .with_writer(writer);
    let started = match format {
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    match started {
        Ok(()) => report_dropped_lines(dropped),
        Err(error) => tracing::debug!(%error, "logging was started before"),
    }
    Log {
        worker: Some(worker),
    }
}

/// Logs the number of dropped lines, for as long as the process lives.
fn report_dropped_lines(dropped: ErrorCounter) {
    let report = move || {
        let mut known = 0;
        loop {
            thread::sleep(REPORT_EVERY);
            let count = dropped.dropped_lines();
            if count > known {
                tracing::warn!(count = count - known, "log lines were dropped");
                known = dropped.dropped_lines();
            }
        }
    };
    // Without this thread the lines are only dropped silently.
    let _ = thread::Builder::new()
        .name("log-report".into())
        .spawn(report);
}

impl Drop for Log {
    fn drop(&mut self) {
        let Some(worker) = self.worker.take() else {
            return;
        };
        let (flushed, done) = mpsc::channel();
        // The wait is bounded here: a reader of stderr that is stuck must not hold the program's end.
        let flush = thread::Builder::new().spawn(move || {
            drop(worker);
            let _ = flushed.send(());
        });
        if flush.is_ok() {
            let _ = done.recv_timeout(FLUSH_WITHIN);
        }
    }
}
