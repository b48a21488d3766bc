//! Connections for reading, kept between reads.

use rusqlite::Connection;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Maximum number of kept connections; each holds a page cache and three descriptors. More reads at
/// once than the machine has cores are no faster.
const MAX_KEPT: usize = 8;

/// Longest time that a read waits for a kept connection. A new one, which parses the schema and the
/// queries again, costs about as much.
const PATIENCE: Duration = Duration::from_millis(5);

/// Kept connections.
#[derive(Debug, Default)]
pub(super) struct Readers {
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Connection>,
    /// Number of kept connections, idle or in use.
    kept: usize,
}

/// Connection in use.
pub(super) struct Reader<'a> {
    readers: &'a Readers,
    /// Taken when this is dropped.
    connection: Option<Connection>,
    is_kept: bool,
}

impl Readers {
    /// Returns an idle connection, or one that `open` makes.
    pub(super) fn take<E>(
        &self,
        open: impl FnOnce() -> Result<Connection, E>,
    ) -> Result<Reader<'_>, E> {
        let (mut state, _) = self
            .returned
            .wait_timeout_while(self.state(), PATIENCE, |state| {
                state.idle.is_empty() && state.kept >= MAX_KEPT
            })
            .unwrap_or_else(PoisonError::into_inner);
        let idle = state.idle.pop();
        let is_kept = idle.is_some() || state.kept < MAX_KEPT;
        if idle.is_none() && is_kept {
            state.kept += 1;
        }
        drop(state);
        // Gives the place back also if the connection cannot be opened.
        let mut reader = Reader {
            readers: self,
            connection: idle,
            is_kept,
        };
        if reader.connection.is_none() {
            reader.connection = Some(open()?);
        }
        Ok(reader)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            return;
        }
        let mut state = self.readers.state();
        // After a panic or an error the connection may be in a transaction.
        match self.connection.take().filter(Connection::is_autocommit) {
            Some(connection) => state.idle.push(connection),
            None => state.kept -= 1,
        }
        drop(state);
        self.readers.returned.notify_one();
    }
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        // Present until the drop.
        self.connection.as_ref().expect("it is taken when dropped")
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("it is taken when dropped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn connections_are_kept_up_to_a_bound_and_no_read_waits_without_end() {
        let readers = Readers::default();
        let opened = Cell::new(0);
        let open = || {
            opened.set(opened.get() + 1);
            Connection::open_in_memory()
        };
        let held: Vec<_> = (0..MAX_KEPT + 2)
            .map(|_| readers.take(open).expect("a connection"))
            .collect();
        assert_eq!(opened.get(), MAX_KEPT + 2);
        drop(held);
        assert_eq!(readers.state().idle.len(), MAX_KEPT);
        drop(readers.take(open).expect("a connection"));
        assert_eq!(opened.get(), MAX_KEPT + 2, "it was opened again");
        let failed = readers
            .take(|| Err::<Connection, _>("no descriptors"))
            .is_err();
        assert!(!failed, "an idle one needs none");
    }

    #[test]
    fn connection_that_cannot_be_opened_takes_no_place() {
        let readers = Readers::default();
        for _ in 0..2 * MAX_KEPT {
            assert!(readers.take(|| Err::<Connection, _>("no")).is_err());
        }
        assert_eq!(readers.state().kept, 0);
    }
}
