//! The connection that writes, for one transaction after the other, and how long they take.

use rusqlite::Connection;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Duration of a write from which on storage is slow.
const SLOW: Duration = Duration::from_secs(2);

/// Time after the last slow write for which storage counts as slow.
const SLOW_FOR: Duration = Duration::from_secs(60);

/// Longest time for which a write gives way to urgent ones.
const PATIENCE: Duration = Duration::from_secs(20);

/// Turn of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Before the others: what ends, frees or observes something.
    Urgent,
    /// After the urgent ones.
    Usual,
}

/// The connection that writes.
#[derive(Debug)]
pub(super) struct Writer {
    connection: Mutex<Connection>,
    queue: Mutex<Queue>,
    urgent_may: Condvar,
    usual_may: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    is_busy: bool,
    /// Number of urgent writes that wait.
    urgent: usize,
    speed: Speed,
}

/// The connection, for one write.
pub(super) struct Writing<'a> {
    writer: &'a Writer,
    connection: Option<MutexGuard<'a, Connection>>,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection: Mutex::new(connection),
            queue: Mutex::default(),
            urgent_may: Condvar::new(),
            usual_may: Condvar::new(),
        }
    }

    /// Waits for its turn, and returns the connection.
    pub(super) fn take(&self, turn: Turn) -> Writing<'_> {
        let begin = Instant::now();
        let mut queue = self.queue();
        if turn == Turn::Urgent {
            queue.urgent += 1;
        }
        loop {
            let left = PATIENCE.saturating_sub(begin.elapsed());
            let gives_way = turn == Turn::Usual && queue.urgent > 0 && !left.is_zero();
            if !queue.is_busy && !gives_way {
                break;
            }
            queue = match turn {
                Turn::Urgent => self.urgent_may.wait(queue),
                // Also where an urgent write was told of a turn that it did not need any more.
                Turn::Usual => {
                    let waited = self.usual_may.wait_timeout(queue, PATIENCE / 20);
                    waited
                        .map(|(queue, _)| queue)
                        .map_err(|poisoned| PoisonError::new(poisoned.into_inner().0))
                }
            }
            .unwrap_or_else(PoisonError::into_inner);
        }
        if turn == Turn::Urgent {
            queue.urgent -= 1;
        }
        queue.is_busy = true;
        queue.speed.begins(Instant::now());
        drop(queue);
        // A panic in a call rolls its transaction back: the connection is as good as before.
        let connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Writing {
            writer: self,
            connection: Some(connection),
        }
    }

    /// Returns `true` if writes take long.
    pub(super) fn is_slow(&self) -> bool {
        self.queue().speed.is_slow(Instant::now())
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Every change of it is complete by itself.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        // Before the turn passes on.
        drop(self.connection.take());
        let mut queue = self.writer.queue();
        queue.is_busy = false;
        queue.speed.ends(Instant::now());
        let next = match queue.urgent {
            0 => &self.writer.usual_may,
            _ => &self.writer.urgent_may,
        };
        next.notify_one();
    }
}

impl Deref for Writing<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        // Taken by `drop` alone.
        self.connection.as_deref().expect("it is not dropped")
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_deref_mut().expect("it is not dropped")
    }
}

/// How long writes take. One is in progress at a time.
#[derive(Debug, Default)]
struct Speed {
    began: Option<Instant>,
    last_slow: Option<Instant>,
}

impl Speed {
    fn begins(&mut self, now: Instant) {
        self.began = Some(now);
    }

    fn ends(&mut self, now: Instant) {
        if self.is_over_due(now) {
            self.last_slow = Some(now);
        }
        self.began = None;
    }

    fn is_slow(&self, now: Instant) -> bool {
        let is_recent = |at: Instant| now.saturating_duration_since(at) < SLOW_FOR;
        self.is_over_due(now) || self.last_slow.is_some_and(is_recent)
    }

    fn is_over_due(&self, now: Instant) -> bool {
        let takes = |began: Instant| now.saturating_duration_since(began);
        self.began.is_some_and(|began| takes(began) >= SLOW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::thread;

    fn waiting(writer: &Writer) -> usize {
        writer.queue().urgent
    }

    /// Faults, RL: on a slow disk a stop does not wait for drafts that came before it.
    #[test]
    fn urgent_write_comes_before_those_that_wait() {
        let connection = Connection::open_in_memory().expect("a database");
        let writer = Arc::new(Writer::new(connection));
        let held = writer.take(Turn::Usual);
        let (sender, order) = channel();
        let threads = |turn, count| {
            let starts = (0..count).map(|_| {
                let (writer, sender) = (Arc::clone(&writer), sender.clone());
                thread::spawn(move || {
                    let writing = writer.take(turn);
                    sender.send(turn).expect("the test waits");
                    drop(writing);
                })
            });
            starts.collect::<Vec<_>>()
        };
        let mut all = threads(Turn::Usual, 3);
        all.extend(threads(Turn::Urgent, 2));
        while waiting(&writer) < 2 {
            thread::yield_now();
        }
        drop(held);
        for thread in all {
            thread.join().expect("it ended");
        }
        drop(sender);
        let order: Vec<_> = order.iter().collect();
        let (urgent, usual) = (Turn::Urgent, Turn::Usual);
        assert_eq!(order, [urgent, urgent, usual, usual, usual]);
    }

    #[test]
    fn panic_in_a_write_passes_the_turn_on() {
        let connection = Connection::open_in_memory().expect("a database");
        let writer = Arc::new(Writer::new(connection));
        let panics = Arc::clone(&writer);
        let ended = thread::spawn(move || {
            let _writing = panics.take(Turn::Urgent);
            panic!("in the middle of it");
        });
        assert!(ended.join().is_err());
        let writing = writer.take(Turn::Usual);
        let one: i64 = writing
            .query_row("SELECT 1", [], |row| row.get(0))
            .expect("it works");
        assert_eq!(one, 1);
    }

    #[test]
    fn storage_is_slow_while_a_write_lasts_and_for_a_minute_after_it() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut speed = Speed::default();
        speed.begins(at(0));
        assert!(!speed.is_slow(at(1)));
        assert!(speed.is_slow(at(2)), "while it lasts");
        speed.ends(at(5));
        assert!(speed.is_slow(at(64)));
        assert!(!speed.is_slow(at(65)));
        speed.begins(at(70));
        speed.ends(at(71));
        assert!(!speed.is_slow(at(71)), "it was fast");
    }
}
