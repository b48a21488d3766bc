//! End of a run that its task brings about, while its app would go on.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Time between asking the app to stop and killing it.
const GRACE: Duration = Duration::from_secs(5);

/// Process group of the app until its end, and the exit code of a finished task.
#[derive(Default)]
pub(super) struct Ending(Mutex<State>);

#[derive(Default)]
struct State {
    group: Option<Pid>,
    exit_code: Option<i32>,
}

impl Ending {
    /// Sets the process group of the app; `None` once it has ended.
    pub(super) fn set_group(&self, group: Option<Pid>) {
        self.state().group = group;
    }

    /// Sends a signal to the app.
    pub(super) fn signal(&self, signal: Signal) {
        if let Some(group) = self.state().group {
            // A group that is gone needs no signal.
            let _ = killpg(group, signal);
        }
    }

    /// Stops the app. The run ends with this exit code, whatever the app's is. The first call counts, and
    /// returns `true`.
    pub(super) fn end_with(self: &Arc<Self>, exit_code: i32) -> bool {
        let mut state = self.state();
        if state.exit_code.is_some() {
            return false;
        }
        state.exit_code = Some(exit_code);
        drop(state);
        self.signal(Signal::SIGTERM);
        let ending = Arc::clone(self);
        thread::spawn(move || {
            thread::sleep(GRACE);
            ending.signal(Signal::SIGKILL);
        });
        true
    }

    /// Returns the wait status of the run: that of a finished task, or the app's own.
    pub(super) fn status(&self, of_app: i32) -> i32 {
        // As the system encodes an exit code (wait(2), WEXITSTATUS).
        self.state()
            .exit_code
            .map_or(of_app, |code| (code & 0xff) << 8)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of it is complete by itself.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
