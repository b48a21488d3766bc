//! Work on many files with all cores.

use anyhow::{Result, anyhow};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Returns the number of cores that this program may use.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Calls `work` for each item, on as many threads as there are cores. Returns the first error of a
/// thread, which then takes no further item.
pub fn each<T: Sync>(items: &[T], work: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let cores = cores();
    thread::scope(|scope| {
        let run = || {
            while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                work(item)?;
            }
            Ok(())
        };
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(run)).collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a thread panicked")))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_errors_are_returned() {
        let done = AtomicUsize::new(0);
        let items: Vec<usize> = (1..=100).collect();
        let sum = |item: &usize| {
            done.fetch_add(*item, Ordering::Relaxed);
            Ok(())
        };
        each(&items, sum).unwrap();
        assert_eq!(done.into_inner(), 5050);
        let fail = |item: &usize| match item {
            50 => Err(anyhow!("fifty")),
            _ => Ok(()),
        };
        assert!(each(&items, fail).is_err());
    }
}
