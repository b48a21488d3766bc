//! The processes that are there now: who takes up room, on which port, and who asks for room. What
//! is free goes to who asked first.

use super::listener::Socket;
use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};
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

/// One who has not been heard of for so long asks no more: those who wait look every few seconds.
const FORGOTTEN: Duration = Duration::from_secs(120);

/// One that is ready to be started but for its room.
#[derive(Debug)]
struct Ask {
    /// Its turn.
    turn: u64,
    app: String,
    most: usize,
    heard: Instant,
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
    asking: HashMap<WorkbenchId, Ask>,
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
            asking: HashMap::new(),
        }
    }

    /// Why there is no room for this workbench; none if there is. With its turn it asks for room
    /// until it has it or withdraws, and is told when some becomes free; without one it is the last.
    pub(super) fn full(
        &mut self,
        id: &WorkbenchId,
        turn: Option<u64>,
        app: Seats<'_>,
    ) -> Option<String> {
        if self.taken.contains_key(id) {
            self.asking.remove(id);
            return None;
        }
        let heard = Instant::now();
        self.asking
            .retain(|_, ask| heard.duration_since(ask.heard) < FORGOTTEN);
        if let Some(turn) = turn {
            let (app, most) = (app.name.to_owned(), app.most);
            let ask = Ask {
                turn,
                app,
                most,
                heard,
            };
            self.asking.insert(id.clone(), ask);
        }
        self.no_room_after(turn.unwrap_or(u64::MAX), app)
    }

    /// Why there is no room for one more; none if there is. To look is not to ask.
    pub(super) fn no_room(&self, app: Seats<'_>) -> Option<String> {
        self.no_room_after(u64::MAX, app)
    }

    /// The same once all whose turn is earlier have what they can get. Who cannot start for want of
    /// its app's seat keeps no place from others.
    fn no_room_after(&self, turn: u64, app: Seats<'_>) -> Option<String> {
        let mut places = self.taken.len();
        let mut seats: HashMap<&str, usize> = HashMap::new();
        for place in self.taken.values() {
            *seats.entry(&place.app).or_default() += 1;
        }
        if self.limit.is_some() || app.most > 0 {
            let earlier = self.asking.values().filter(|ask| ask.turn < turn);
            let mut earlier: Vec<_> = earlier.collect();
            earlier.sort_unstable_by_key(|ask| ask.turn);
            for ask in earlier {
                let taken = seats.entry(&ask.app).or_default();
                if self.no_place(places).is_none() && no_seat(ask.most, *taken).is_none() {
                    places += 1;
                    *taken += 1;
                }
            }
        }
        let taken = seats.get(app.name).copied().unwrap_or_default();
        self.no_place(places).or_else(|| no_seat(app.most, taken))
    }

    fn no_place(&self, taken: usize) -> Option<String> {
        let limit = self.limit.filter(|limit| taken >= *limit)?;
        Some(format!(
            "All {limit} places of this machine are taken; it starts when one is free."
        ))
    }

    /// Takes a place with a free port; the error says why there is none.
    pub(super) fn take(
        &mut self,
        id: &WorkbenchId,
        run_number: u64,
        turn: Option<u64>,
        app: Seats<'_>,
    ) -> Result<u16, String> {
        if let Some(why) = self.full(id, turn, app) {
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
        self.asking.remove(id);
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

    /// Gives a run's place up; those who ask for one are handed back, the earliest first.
    pub(super) fn free(&mut self, id: &WorkbenchId, run_number: u64) -> Vec<WorkbenchId> {
        if self.get_mut(id, run_number).is_none() {
            return Vec::new();
        }
        self.taken.remove(id);
        self.in_turn()
    }

    /// One asks for room no more. If it did, those who still do are handed back, the earliest first.
    pub(super) fn withdraw(&mut self, id: &WorkbenchId) -> Vec<WorkbenchId> {
        match self.asking.remove(id) {
            Some(_) => self.in_turn(),
            None => Vec::new(),
        }
    }

    fn in_turn(&self) -> Vec<WorkbenchId> {
        let mut asking: Vec<_> = self.asking.iter().collect();
        asking.sort_unstable_by_key(|(_, ask)| ask.turn);
        asking.into_iter().map(|(id, _)| id.clone()).collect()
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

fn no_seat(most: usize, taken: usize) -> Option<String> {
    (most > 0 && taken >= most).then(|| match most {
        1 => "This app may run once at a time on this machine, and does; it starts when that one stops.".to_owned(),
        most => format!(
            "This app may run {most} times at a time on this machine, and does; it starts when one of them stops."
        ),
    })
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
        assert_eq!(places.full(&id(1), Some(1), APP), None);
        places.take(&id(1), 1, Some(1), APP).expect("room");
        let why = places.full(&id(3), Some(3), APP);
        assert!(why.is_some_and(|why| why.contains("All 1 ")));
        assert!(places.take(&id(2), 1, Some(2), APP).is_err());
        assert_eq!(places.full(&id(1), Some(1), APP), None, "it has its place");
        assert!(places.free(&id(1), 9).is_empty(), "another run's place");
        assert_eq!(places.free(&id(1), 1), [id(2), id(3)]);
        assert!(places.full(&id(3), Some(3), APP).is_some(), "not its turn");
        assert!(places.no_room(APP).is_some(), "nor a newcomer's");
        assert_eq!(places.full(&id(2), Some(2), APP), None);
    }

    #[test]
    fn an_app_runs_no_more_often_than_it_may() {
        let one = |name| Seats { name, most: 1 };
        let mut places = Places::new(None, 21_000..=21_999, 7);
        places
            .take(&id(1), 1, Some(1), one("licensed"))
            .expect("a seat");
        assert!(places.full(&id(2), Some(2), one("licensed")).is_some());
        assert_eq!(places.full(&id(3), Some(3), one("other")), None);
        assert!(places.no_room(one("licensed")).is_some(), "and is not told");
        assert_eq!(places.free(&id(1), 1), [id(2), id(3)]);
        assert_eq!(places.full(&id(2), Some(2), one("licensed")), None);
    }

    #[test]
    fn the_seat_goes_to_who_asked_first_and_not_to_who_is_faster() {
        let licence = Seats {
            name: "licensed",
            most: 1,
        };
        let mut places = Places::new(None, 21_000..=21_999, 7);
        assert_eq!(places.full(&id(1), Some(1), licence), None);
        assert!(places.full(&id(2), Some(2), licence).is_some());
        assert!(places.take(&id(2), 1, Some(2), licence).is_err());
        assert!(places.take(&id(9), 1, None, licence).is_err());
        // The first one lacks something else by now: the next one's turn has come.
        assert_eq!(places.withdraw(&id(1)), [id(2)]);
        assert!(places.withdraw(&id(1)).is_empty());
        assert_eq!(places.full(&id(2), Some(2), licence), None);
        // It was there first, and has what it lacked, before the other was started.
        assert_eq!(places.full(&id(1), Some(1), licence), None);
        assert!(places.take(&id(2), 1, Some(2), licence).is_err());
        assert!(places.take(&id(1), 1, Some(1), licence).is_ok());
    }

    #[test]
    fn who_waits_for_a_seat_keeps_no_place_from_others() {
        let licence = Seats {
            name: "licensed",
            most: 1,
        };
        let mut places = Places::new(Some(2), 21_000..=21_999, 7);
        places.take(&id(1), 1, Some(1), licence).expect("a seat");
        assert!(places.full(&id(2), Some(2), licence).is_some());
        assert!(places.take(&id(3), 1, Some(3), APP).is_ok());
        assert!(places.full(&id(4), Some(4), APP).is_some());
        assert_eq!(places.free(&id(1), 1), [id(2), id(4)]);
        assert!(places.full(&id(4), Some(4), APP).is_some());
        assert!(places.take(&id(2), 1, Some(2), licence).is_ok());
    }

    #[test]
    fn no_port_is_given_twice_nor_one_that_is_taken() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let taken = other.local_addr().expect("an address").port();
        let mut places = Places::new(None, taken..=taken, 0);
        assert!(places.take(&id(1), 1, Some(1), APP).is_err());
        drop(other);
        assert_eq!(places.take(&id(1), 1, Some(1), APP), Ok(taken));
        assert!(places.take(&id(2), 1, Some(2), APP).is_err());
    }
}
