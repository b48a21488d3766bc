//! The slots of this machine: which runs occupy one, on which port, and which workbenches wait for
//! one. A free slot goes to the workbench that was requested first.

use super::gate::AppAddress;
use super::listener::Socket;
use crate::connection::Traffic;
use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vestibule_model::ids::WorkbenchId;

/// Slot of one workbench's process.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// The run that occupies it.
    pub(super) run_number: u64,
    /// The catalogue entry; empty for records of earlier versions.
    pub(super) app: String,
    /// The port that the run was given.
    pub(super) port: u16,
    /// Address of the app; `None` if the run's record cannot be read.
    pub(super) address: Option<AppAddress>,
    /// The listening socket that was found to be the run's own, for a run without a gate.
    pub(super) socket: Option<Socket>,
    /// Number of answers in a row that the app has missed.
    pub(super) missed_answers: u32,
    /// Counts what the app sends through the gateway.
    pub(super) traffic: Arc<Traffic>,
    /// Address at which the app was last found to listen instead of on its port.
    pub(super) other_addresses: OtherAddresses,
}

/// Addresses on which an app listens instead of on its port.
#[derive(Debug, Clone, Default)]
pub(super) struct OtherAddresses {
    /// Time of the first observation that nothing listens on the app's port.
    pub(super) since: Option<Instant>,
    /// Time of the last search for the addresses.
    pub(super) searched: Option<Instant>,
    /// Sentence about the addresses, for the screen.
    pub(super) sentence: Option<String>,
}

/// Time after which a waiting workbench that is no longer checked leaves the queue; a check is due
/// every few seconds.
const WAIT_EXPIRY: Duration = Duration::from_secs(120);

/// A workbench that could start if it had a slot.
#[derive(Debug)]
struct Waiting {
    turn: u64,
    app: String,
    title: String,
    max: usize,
    checked: Instant,
}

impl Waiting {
    fn limit(&self) -> AppLimit<'_> {
        AppLimit {
            name: &self.app,
            title: &self.title,
            max: self.max,
        }
    }
}

/// An app and the number of its runs allowed at once; 0: any number.
#[derive(Debug, Clone, Copy)]
pub(super) struct AppLimit<'a> {
    pub(super) name: &'a str,
    /// Its name on screens.
    pub(super) title: &'a str,
    pub(super) max: usize,
}

/// Every occupied slot, and the queue.
#[derive(Debug)]
pub(super) struct Slots {
    limit: Option<usize>,
    ports: RangeInclusive<u16>,
    next_port: u16,
    taken: HashMap<WorkbenchId, Slot>,
    queue: HashMap<WorkbenchId, Waiting>,
}

impl Slots {
    /// Creates free slots. `seed` spreads the first ports, so that two servers do not try the same
    /// ones.
    pub(super) fn new(limit: Option<usize>, ports: RangeInclusive<u16>, seed: u16) -> Self {
        let width = ports.end().saturating_sub(*ports.start()).saturating_add(1);
        Self {
            limit,
            next_port: ports.start() + seed % width,
            ports,
            taken: HashMap::new(),
            queue: HashMap::new(),
        }
    }

    /// Returns why there is no slot for this workbench, or `None` if there is. With a turn it joins
    /// the queue until it has a slot or withdraws; without one it comes last.
    pub(super) fn full(
        &mut self,
        id: &WorkbenchId,
        turn: Option<u64>,
        app: AppLimit<'_>,
    ) -> Option<String> {
        if self.taken.contains_key(id) {
            self.queue.remove(id);
            return None;
        }
        let now = Instant::now();
        self.queue
            .retain(|_, waiting| now.duration_since(waiting.checked) < WAIT_EXPIRY);
        if let Some(turn) = turn {
            let waiting = Waiting {
                turn,
                app: app.name.to_owned(),
                title: app.title.to_owned(),
                max: app.max,
                checked: now,
            };
            self.queue.insert(id.clone(), waiting);
        }
        self.full_after(turn.unwrap_or(u64::MAX), app)
    }

    /// Returns why there is no slot for one more of this app, or `None` if there is. This does not
    /// join the queue.
    pub(super) fn full_for_newcomer(&self, app: AppLimit<'_>) -> Option<String> {
        self.full_after(u64::MAX, app)
    }

    /// Returns the same, after every earlier turn in the queue got the slots it can use. A
    /// workbench that waits for the limit of its app keeps no slot from others.
    fn full_after(&self, turn: u64, app: AppLimit<'_>) -> Option<String> {
        let mut taken = self.taken.len();
        let mut by_app: HashMap<&str, usize> = HashMap::new();
        for slot in self.taken.values() {
            *by_app.entry(&slot.app).or_default() += 1;
        }
        if self.limit.is_some() || app.max > 0 {
            let earlier = self.queue.values().filter(|waiting| waiting.turn < turn);
            let mut earlier: Vec<_> = earlier.collect();
            earlier.sort_unstable_by_key(|waiting| waiting.turn);
            for waiting in earlier {
                let of_app = by_app.entry(&waiting.app).or_default();
                if self.machine_full(taken).is_none()
                    && app_full(&waiting.limit(), *of_app).is_none()
                {
                    taken += 1;
                    *of_app += 1;
                }
            }
        }
        let of_app = by_app.get(app.name).copied().unwrap_or_default();
        self.machine_full(taken).or_else(|| app_full(&app, of_app))
    }

    fn machine_full(&self, taken: usize) -> Option<String> {
        let limit = self.limit.filter(|limit| taken >= *limit)?;
        Some(format!(
            "All {limit} slots of this machine are taken. Yours starts when one is free."
        ))
    }

    /// Reserves a slot with a free port. The error states why there is none.
    pub(super) fn take(
        &mut self,
        id: &WorkbenchId,
        run_number: u64,
        turn: Option<u64>,
        app: AppLimit<'_>,
    ) -> Result<u16, String> {
        if let Some(why) = self.full(id, turn, app) {
            return Err(why);
        }
        let port = self.free_port().ok_or("no port is free")?;
        self.put(id, run_number, app.name, port, None);
        Ok(port)
    }

    /// Records a process that exists already.
    pub(super) fn put(
        &mut self,
        id: &WorkbenchId,
        run_number: u64,
        app: &str,
        port: u16,
        address: Option<AppAddress>,
    ) {
        let slot = Slot {
            run_number,
            app: app.to_owned(),
            port,
            address,
            socket: None,
            missed_answers: 0,
            traffic: Arc::default(),
            other_addresses: OtherAddresses::default(),
        };
        self.queue.remove(id);
        self.taken.insert(id.clone(), slot);
    }

    /// Returns the slot of a run, if it has one.
    pub(super) fn get_mut(&mut self, id: &WorkbenchId, run_number: u64) -> Option<&mut Slot> {
        self.taken
            .get_mut(id)
            .filter(|slot| slot.run_number == run_number)
    }

    /// Returns every run that has a slot.
    pub(super) fn runs(&self) -> Vec<(WorkbenchId, u64)> {
        self.taken
            .iter()
            .map(|(id, slot)| (id.clone(), slot.run_number))
            .collect()
    }

    /// Frees a run's slot; returns the queue, the earliest first.
    pub(super) fn free(&mut self, id: &WorkbenchId, run_number: u64) -> Vec<WorkbenchId> {
        if self.get_mut(id, run_number).is_none() {
            return Vec::new();
        }
        self.taken.remove(id);
        self.queued()
    }

    /// Removes a workbench from the queue. If it was in it, returns the rest, the earliest first.
    pub(super) fn withdraw(&mut self, id: &WorkbenchId) -> Vec<WorkbenchId> {
        match self.queue.remove(id) {
            Some(_) => self.queued(),
            None => Vec::new(),
        }
    }

    fn queued(&self) -> Vec<WorkbenchId> {
        let mut queue: Vec<_> = self.queue.iter().collect();
        queue.sort_unstable_by_key(|(_, waiting)| waiting.turn);
        queue.into_iter().map(|(id, _)| id.clone()).collect()
    }

    fn free_port(&mut self) -> Option<u16> {
        for _ in self.ports.clone() {
            let port = self.next_port;
            self.next_port = if port >= *self.ports.end() {
                *self.ports.start()
            } else {
                port + 1
            };
            let is_given = self.taken.values().any(|slot| slot.port == port);
            if !is_given && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Some(port);
            }
        }
        None
    }
}

fn app_full(app: &AppLimit<'_>, taken: usize) -> Option<String> {
    let AppLimit { title, max, .. } = app;
    (*max > 0 && taken >= *max).then(|| match max {
        1 => format!(
            "Only one \u{201c}{title}\u{201d} can run at a time, and one is running. Yours starts when it stops."
        ),
        max => format!(
            "Only {max} of \u{201c}{title}\u{201d} can run at a time, and {taken} are running. Yours starts when one stops."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: AppLimit<'_> = AppLimit {
        name: "app",
        title: "App",
        max: 0,
    };
    const LICENSED: AppLimit<'_> = AppLimit {
        name: "licensed",
        title: "Licensed",
        max: 1,
    };

    fn id(n: u32) -> WorkbenchId {
        WorkbenchId::new(format!("wb-test{n}"))
    }

    fn slots(limit: Option<usize>) -> Slots {
        Slots::new(limit, 21_000..=21_999, 7)
    }

    #[test]
    fn freed_slot_goes_to_the_earliest_turn() {
        let mut slots = slots(Some(1));
        assert_eq!(slots.full(&id(1), Some(1), APP), None);
        slots.take(&id(1), 1, Some(1), APP).expect("a slot");
        let why = slots.full(&id(3), Some(3), APP);
        assert!(why.is_some_and(|why| why.contains("All 1 ")));
        assert!(slots.take(&id(2), 1, Some(2), APP).is_err());
        assert_eq!(slots.full(&id(1), Some(1), APP), None, "it has its slot");
        assert!(slots.free(&id(1), 9).is_empty(), "another run's slot");
        assert_eq!(slots.free(&id(1), 1), [id(2), id(3)]);
        assert!(slots.full(&id(3), Some(3), APP).is_some(), "not its turn");
        assert!(slots.full_for_newcomer(APP).is_some());
        assert_eq!(slots.full(&id(2), Some(2), APP), None);
    }

    #[test]
    fn app_runs_no_more_often_than_its_limit() {
        let other = AppLimit {
            name: "other",
            title: "Other",
            max: 1,
        };
        let mut slots = slots(None);
        slots.take(&id(1), 1, Some(1), LICENSED).expect("a slot");
        assert!(slots.full(&id(2), Some(2), LICENSED).is_some());
        assert_eq!(slots.full(&id(3), Some(3), other), None);
        assert!(slots.full_for_newcomer(LICENSED).is_some());
        assert_eq!(slots.free(&id(1), 1), [id(2), id(3)]);
        assert_eq!(slots.full(&id(2), Some(2), LICENSED), None);
    }

    #[test]
    fn limit_of_an_app_is_granted_by_turn_and_not_by_speed() {
        let mut slots = slots(None);
        assert_eq!(slots.full(&id(1), Some(1), LICENSED), None);
        assert!(slots.full(&id(2), Some(2), LICENSED).is_some());
        assert!(slots.take(&id(2), 1, Some(2), LICENSED).is_err());
        assert!(slots.take(&id(9), 1, None, LICENSED).is_err());
        // The first one is blocked by something else now: the next one is first in the queue.
        assert_eq!(slots.withdraw(&id(1)), [id(2)]);
        assert!(slots.withdraw(&id(1)).is_empty());
        assert_eq!(slots.full(&id(2), Some(2), LICENSED), None);
        // The first one was unblocked before the other was started.
        assert_eq!(slots.full(&id(1), Some(1), LICENSED), None);
        assert!(slots.take(&id(2), 1, Some(2), LICENSED).is_err());
        assert!(slots.take(&id(1), 1, Some(1), LICENSED).is_ok());
    }

    #[test]
    fn waiting_for_the_limit_of_an_app_keeps_no_slot_from_others() {
        let mut slots = slots(Some(2));
        slots.take(&id(1), 1, Some(1), LICENSED).expect("a slot");
        assert!(slots.full(&id(2), Some(2), LICENSED).is_some());
        assert!(slots.take(&id(3), 1, Some(3), APP).is_ok());
        assert!(slots.full(&id(4), Some(4), APP).is_some());
        assert_eq!(slots.free(&id(1), 1), [id(2), id(4)]);
        assert!(slots.full(&id(4), Some(4), APP).is_some());
        assert!(slots.take(&id(2), 1, Some(2), LICENSED).is_ok());
    }

    #[test]
    fn port_in_use_is_never_given() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let taken = other.local_addr().expect("an address").port();
        let mut slots = Slots::new(None, taken..=taken, 0);
        assert!(slots.take(&id(1), 1, Some(1), APP).is_err());
        drop(other);
        assert_eq!(slots.take(&id(1), 1, Some(1), APP), Ok(taken));
        assert!(slots.take(&id(2), 1, Some(2), APP).is_err());
    }
}
