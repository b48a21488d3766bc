//! The processes that are there now: who takes up room, on which port, and who waits for room.

use super::listener::Socket;
use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::RangeInclusive;
use vestibule_model::ids::WorkbenchId;

/// One workbench's process.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Which run it belongs to.
    pub(super) run_number: u64,
    /// The catalogue entry it runs; empty for records of earlier versions.
    pub(super) app: String,
    /// The port it was given.
    pub(super) port: u16,
    /// The socket that was found to be its own.
    pub(super) socket: Option<Socket>,
}

/// An app, and how many of it may run at once; 0: any number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seats<'a> {
    pub(super) name: &'a str,
    pub(super) most: usize,
}

/// Every process that takes up room.
#[derive(Debug)]
pub(super) struct Places {
    limit: Option<usize>,
    ports: RangeInclusive<u16>,
    next_port: u16,
    taken: HashMap<WorkbenchId, Place>,
    waiting: HashSet<WorkbenchId>,
}

impl Places {
    /// `seed` spreads the first ports, so that two servers do not try the same ones.
    pub(super) fn new(limit: Option<usize>, ports: RangeInclusive<u16>, seed: u16) -> Self {
        let width = ports.end().saturating_sub(*ports.start()).saturating_add(1);
        Self {
            limit,
            next_port: ports.start() + seed % width,
            ports,
            taken: HashMap::new(),
            waiting: HashSet::new(),
        }
    }

    /// Why there is no room for this workbench; none if there is. One that is told so is told
    /// again when there is room.
    pub(super) fn full(&mut self, id: &WorkbenchId, app: Seats<'_>) -> Option<String> {
        let why = if self.taken.contains_key(id) {
            None
        } else {
            self.no_room(app)
        };
        if why.is_some() {
            self.waiting.insert(id.clone());
        } else {
            self.waiting.remove(id);
        }
        why
    }

    /// Why there is no room for one more; none if there is. Asking is not waiting.
    pub(super) fn no_room(&self, app: Seats<'_>) -> Option<String> {
        self.no_place().or_else(|| self.no_seat(app))
    }

    fn no_place(&self) -> Option<String> {
        let limit = self.limit.filter(|limit| self.taken.len() >= *limit)?;
        Some(format!(
            "All {limit} places of this machine are taken; it starts when one is free."
        ))
    }

    fn no_seat(&self, Seats { name, most }: Seats<'_>) -> Option<String> {
        let running = self.taken.values().filter(|place| place.app == name);
        (most > 0 && running.count() >= most).then(|| match most {
            1 => "This app may run once at a time on this machine, and does; it starts when that one stops.".to_owned(),
            most => format!(
                "This app may run {most} times at a time on this machine, and does; it starts when one of them stops."
            ),
        })
    }

    /// Takes a place with a free port; the error says why there is none.
    pub(super) fn take(
        &mut self,
        id: &WorkbenchId,
        run_number: u64,
        app: Seats<'_>,
    ) -> Result<u16, String> {
        if let Some(why) = self.full(id, app) {
            return Err(why);
        }
        let port = self.free_port().ok_or("no port is free")?;
        self.put(id, run_number, app.name, port);
        Ok(port)
    }

    /// Notes a process that is there already.
    pub(super) fn put(&mut self, id: &WorkbenchId, run_number: u64, app: &str, port: u16) {
        let place = Place {
            run_number,
            app: app.to_owned(),
            port,
            socket: None,
        };
        self.taken.insert(id.clone(), place);
    }

    /// The place of a run, if it has one.
    pub(super) fn get_mut(&mut self, id: &WorkbenchId, run_number: u64) -> Option<&mut Place> {
        self.taken
            .get_mut(id)
            .filter(|place| place.run_number == run_number)
    }

    /// Every run that has a place.
    pub(super) fn runs(&self) -> Vec<(WorkbenchId, u64)> {
        self.taken
            .iter()
            .map(|(id, place)| (id.clone(), place.run_number))
            .collect()
    }

    /// Gives a run's place up; those who may take it are handed back.
    pub(super) fn free(&mut self, id: &WorkbenchId, run_number: u64) -> Vec<WorkbenchId> {
        if self.get_mut(id, run_number).is_none() {
            return Vec::new();
        }
        self.taken.remove(id);
        self.waiting.drain().collect()
    }

    /// A deleted workbench waits for nothing.
    pub(super) fn forget(&mut self, id: &WorkbenchId) {
        self.waiting.remove(id);
    }

    fn free_port(&mut self) -> Option<u16> {
        for _ in self.ports.clone() {
            let port = self.next_port;
            self.next_port = if port >= *self.ports.end() {
                *self.ports.start()
            } else {
                port + 1
            };
            let is_given = self.taken.values().any(|place| place.port == port);
            if !is_given && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Some(port);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: Seats<'_> = Seats {
        name: "app",
        most: 0,
    };

    fn id(n: u32) -> WorkbenchId {
        WorkbenchId::new(format!("wb-test{n}"))
    }

    #[test]
    fn who_finds_it_full_is_told_when_there_is_room() {
        let mut places = Places::new(Some(1), 21_000..=21_999, 7);
        assert_eq!(places.full(&id(1), APP), None);
        places.take(&id(1), 1, APP).expect("room");
        assert!(
            places
                .full(&id(2), APP)
                .is_some_and(|why| why.contains("All 1 "))
        );
        assert!(places.take(&id(3), 1, APP).is_err());
        assert_eq!(places.full(&id(1), APP), None, "it has its place");
        assert!(places.free(&id(1), 9).is_empty(), "another run's place");
        let mut told = places.free(&id(1), 1);
        told.sort();
        assert_eq!(told, [id(2), id(3)]);
        assert_eq!(places.full(&id(2), APP), None);
    }

    #[test]
    fn an_app_runs_no_more_often_than_it_may() {
        let one = |name| Seats { name, most: 1 };
        let mut places = Places::new(None, 21_000..=21_999, 7);
        places.take(&id(1), 1, one("licensed")).expect("a seat");
        assert!(places.full(&id(2), one("licensed")).is_some());
        assert_eq!(places.full(&id(3), one("other")), None);
        assert!(places.no_room(one("licensed")).is_some(), "and is not told");
        assert_eq!(places.free(&id(1), 1), [id(2)]);
        assert_eq!(places.full(&id(2), one("licensed")), None);
    }

    #[test]
    fn no_port_is_given_twice_nor_one_that_is_taken() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let taken = other.local_addr().expect("an address").port();
        let mut places = Places::new(None, taken..=taken, 0);
        assert!(places.take(&id(1), 1, APP).is_err());
        drop(other);
        assert_eq!(places.take(&id(1), 1, APP), Ok(taken));
        assert!(places.take(&id(2), 1, APP).is_err());
    }
}
