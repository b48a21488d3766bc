//! Streams of input into a session: how many bytes of each the terminal has taken.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use vestibule_model::tab::typed::InputStream;

/// Largest number of streams that are remembered. One is forgotten only without a connection.
const KEPT: usize = 200;

/// The streams of a session, the least recently begun or resumed first.
#[derive(Default)]
pub(super) struct Typists(Mutex<VecDeque<Arc<Stream>>>);

struct Stream {
    name: String,
    state: Mutex<State>,
    /// Changed with the number of taken bytes.
    taken: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    taken: u64,
    /// Number of the newest connection. Earlier ones type no more.
    connection: u64,
}

/// The newest connection that types a stream.
pub(super) struct Typist {
    stream: Arc<Stream>,
    connection: u64,
}

impl Typists {
    /// Begins or resumes a stream; `None` if it was to be resumed and is not known.
    pub(super) fn begin(&self, input: &InputStream) -> Option<Typist> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|stream| stream.name == input.stream);
        let stream = match at.and_then(|at| known.remove(at)) {
            Some(stream) => stream,
            None if input.resumes || !input.is_valid() => return None,
            None => Arc::new(Stream {
                name: input.stream.clone(),
                state: Mutex::default(),
                taken: watch::Sender::new(0),
            }),
        };
        known.push_back(Arc::clone(&stream));
        if known.len() > KEPT {
            let unused = known
                .iter()
                .position(|stream| Arc::strong_count(stream) == 1);
            unused.and_then(|at| known.remove(at));
        }
        drop(known);
        let mut state = stream.state();
        state.connection += 1;
        let connection = state.connection;
        drop(state);
        Some(Typist { stream, connection })
    }
}

impl Typist {
    /// Returns the number of taken bytes, also after changes.
    pub(super) fn taken(&self) -> watch::Receiver<u64> {
        self.stream.taken.subscribe()
    }

    /// Types bytes by a function that gets the number of taken bytes, and returns the new one. Fails if
    /// another connection has resumed the stream.
    pub(super) fn count<T>(
        &self,
        write: impl FnOnce(u64) -> io::Result<(u64, T)>,
    ) -> io::Result<T> {
        let mut state = self.stream.state();
        if state.connection != self.connection {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let (taken, result) = write(state.taken)?;
        state.taken = taken;
        self.stream.taken.send_replace(taken);
        Ok(result)
    }
}

impl Stream {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of it is complete by itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: &str, resumes: bool) -> InputStream {
        InputStream {
            stream: name.to_owned(),
            resumes,
        }
    }

    #[test]
    fn stream_goes_on_where_it_was_and_only_on_its_newest_connection() {
        let typists = Typists::default();
        assert!(typists.begin(&stream("a", true)).is_none());
        assert!(typists.begin(&stream("", false)).is_none());
        let first = typists.begin(&stream("a", false)).expect("begun");
        first.count(|taken| Ok((taken + 3, ()))).expect("typed");
        let second = typists.begin(&stream("a", true)).expect("resumed");
        assert_eq!(*second.taken().borrow(), 3);
        let late = first.count(|_| -> io::Result<(u64, ())> { panic!("typed") });
        assert!(late.is_err());
        second.count(|taken| Ok((taken + 1, ()))).expect("typed");
        assert_eq!(*first.taken().borrow(), 4);
    }

    #[test]
    fn streams_are_bounded_and_one_in_use_is_kept() {
        let typists = Typists::default();
        let used = typists.begin(&stream("used", false)).expect("begun");
        for number in 0..KEPT * 2 {
            typists
                .begin(&stream(&number.to_string(), false))
                .expect("begun");
        }
        assert!(typists.begin(&stream("0", true)).is_none(), "forgotten");
        let newest = (KEPT * 2 - 1).to_string();
        assert!(typists.begin(&stream(&newest, true)).is_some());
        assert!(typists.begin(&stream("used", true)).is_some());
        drop(used);
    }
}
