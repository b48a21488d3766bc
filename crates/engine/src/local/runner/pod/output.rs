//! Output of an app in a container: passed on without secrets, and its end kept.

use super::super::super::supervisor::redactor::Redactor;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// Number of bytes that are kept: as many as a termination message has.
const KEPT_BYTES: usize = 4096;
/// Pause in the output, in milliseconds, after which no rest of a secret is expected.
const PAUSE_MS: u16 = 100;

/// Output of an app.
#[derive(Clone)]
pub(super) struct Output(Arc<Mutex<State>>);

struct State {
    redactor: Redactor,
    last: Vec<u8>,
}

impl Output {
    /// Returns an output from which these values are removed.
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        Self(Arc::new(Mutex::new(State {
            redactor: Redactor::new(secrets),
            last: Vec::new(),
        })))
    }

    /// Passes what comes out of the pipe on to the standard output, on a thread that ends with the pipe.
    pub(super) fn copy(&self, mut pipe: PipeReader) -> JoinHandle<()> {
        let output = self.clone();
        thread::spawn(move || {
            let mut part = vec![0; 64 * 1024];
            loop {
                if output.state().redactor.can_release() && !has_more(&pipe) {
                    let released = output.state().redactor.release();
                    output.state().pass(&released);
                }
                match pipe.read(&mut part) {
                    Ok(0) => break,
                    Ok(count) => {
                        let mut state = output.state();
                        let bytes = state.redactor.pass(&part[..count]);
                        state.pass(&bytes);
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
            let held = output.state().redactor.flush();
            output.state().pass(&held);
        })
    }

    /// Returns the last output.
    pub(super) fn last(&self) -> String {
        String::from_utf8_lossy(&self.state().last).into_owned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of it is complete by itself.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn pass(&mut self, bytes: &[u8]) {
        self.last.extend_from_slice(bytes);
        let surplus = self.last.len().saturating_sub(KEPT_BYTES);
        self.last.drain(..surplus);
        let mut out = io::stdout().lock();
        // A container runtime that reads no more must not block the app.
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }
}

/// Returns `true` if more comes within the pause.
fn has_more(pipe: &PipeReader) -> bool {
    let mut fds = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::from(PAUSE_MS)) != Ok(0)
}
