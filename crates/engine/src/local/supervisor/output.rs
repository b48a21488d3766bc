//! Events of a supervisor, and its output.

use super::flood::Flood;
use super::redactor::Redactor;
use crate::local::output::OutputLog;
use std::io;
use std::time::Instant;
use vestibule_model::observed::Exit;

/// Events that the main thread waits for.
pub(super) enum Event {
    StopWanted,
    Ended(Exit),
}

/// The run's log: the app's output without secrets, and the supervisor's own notes.
pub(super) struct Output {
    log: OutputLog,
    redactor: Redactor,
    flood: Flood,
}

impl Output {
    pub(super) fn new(log: OutputLog, redactor: Redactor) -> Self {
        Self {
            log,
            redactor,
            flood: Flood::new(Instant::now()),
        }
    }

    /// Adds a value that the log must not contain.
    pub(super) fn hide(&mut self, value: &str) {
        self.redactor.add(value);
    }

    /// Writes output. Returns false if it is too much and was dropped.
    pub(super) fn write(&mut self, bytes: &[u8]) -> bool {
        // Also what is dropped passes here: a value may begin in it.
        let bytes = self.redactor.pass(bytes);
        if !self.flood.takes(bytes.len(), Instant::now()) {
            return false;
        }
        self.report_dropped();
        self.log.write(&bytes);
        true
    }

    /// Returns `true` if output is held back that a pause would release.
    pub(super) fn waits_for_more(&self) -> bool {
        self.redactor.can_release()
    }

    /// Writes what can be shown of the held output, since no more comes now.
    pub(super) fn pause(&mut self) {
        let released = self.redactor.release();
        self.log.write(&released);
    }

    pub(super) fn note(&mut self, text: &str) {
        self.end();
        self.log.note(text);
    }

    pub(super) fn end(&mut self) {
        self.report_dropped();
        let held = self.redactor.flush();
        self.log.write(&held);
    }

    fn report_dropped(&mut self) {
        let dropped = self.flood.take_dropped();
        if dropped > 0 {
            self.log.note(&format!(
                "The app printed more than its log takes; {dropped} bytes were left out here."
            ));
        }
    }
}

/// Writes a line to `supervisor.log`. Not by `eprintln!`, which panics when the disk is full.
pub(super) fn say(text: std::fmt::Arguments<'_>) {
    use io::Write as _;
    let _ = writeln!(io::stderr(), "{text}");
}
