//! Queue of builds: which one is next, from the open builds and the number that may run.
//!
//! Builds run in the order of their requests. No content is built twice at once: a second request
//! waits for the outcome and lets others pass. Content that is built already is not built again.

use crate::ids::BuildId;

/// A build that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// Identifier.
    pub id: BuildId,
    /// Identifier of the result: the same for the same steps.
    pub content: String,
    /// `true` if it is running.
    pub is_running: bool,
    /// `true` if its content is built already.
    pub is_built: bool,
}

/// Decision about the queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Builds that start now.
    pub start: Vec<BuildId>,
    /// Builds that have nothing to do.
    pub cached: Vec<BuildId>,
    /// Builds that keep waiting, the next one first.
    pub waiting: Vec<BuildId>,
}

/// Decides about the open builds, given in the order of their requests.
pub fn decide(entries: &[QueueEntry], most: usize) -> Decision {
    let mut under_way: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.is_running)
        .map(|entry| entry.content.as_str())
        .collect();
    let mut decision = Decision::default();
    for entry in entries.iter().filter(|entry| !entry.is_running) {
        let id = entry.id.clone();
        if under_way.contains(&entry.content.as_str()) {
            decision.waiting.push(id);
        } else if entry.is_built {
            decision.cached.push(id);
        } else if under_way.len() < most.max(1) {
            under_way.push(&entry.content);
            decision.start.push(id);
        } else {
            decision.waiting.push(id);
        }
    }
    decision
}

/// Describes a position in the queue: "2 others come first."
pub fn sentence(position: u32) -> String {
    match position.saturating_sub(1) {
        0 => "Build queued; it is the next one.".to_owned(),
        1 => "Build queued; 1 other comes first.".to_owned(),
        n => ["Build queued; ", &n.to_string(), " others come first."].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(number: usize, content: usize, is_running: bool, is_built: bool) -> QueueEntry {
        QueueEntry {
            id: BuildId::new(format!("bld-{number}")),
            content: format!("content-{content}"),
            is_running,
            is_built,
        }
    }

    fn ids(numbers: &[usize]) -> Vec<BuildId> {
        let name = |n: &usize| BuildId::new(format!("bld-{n}"));
        numbers.iter().map(name).collect()
    }

    #[test]
    fn request_for_content_in_progress_waits_and_lets_others_pass() {
        let entries = [
            entry(1, 1, true, false),
            entry(2, 1, false, false),
            entry(3, 2, false, false),
            entry(4, 3, false, false),
            entry(5, 4, false, true),
        ];
        let expected = Decision {
            start: ids(&[3]),
            cached: ids(&[5]),
            waiting: ids(&[2, 4]),
        };
        assert_eq!(decide(&entries, 2), expected);
    }

    #[test]
    fn limit_of_zero_allows_one() {
        assert_eq!(decide(&[entry(1, 1, false, false)], 0).start, ids(&[1]));
    }

    #[test]
    fn position_is_described_in_words() {
        assert_eq!(sentence(1), "Build queued; it is the next one.");
        assert_eq!(sentence(2), "Build queued; 1 other comes first.");
        assert_eq!(sentence(8), "Build queued; 7 others come first.");
    }

    /// Event of the simulated queue.
    #[derive(Debug, Clone)]
    enum Event {
        /// A request for this content.
        Ask(usize),
        /// The end of the running build with this index, with or without success.
        End(usize, bool),
        /// The cancellation of the build with this index.
        Cancel(usize),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            3 => (0usize..6).prop_map(Event::Ask),
            3 => (any::<prop::sample::Index>(), any::<bool>())
                .prop_map(|(i, good)| Event::End(i.index(1 << 20), good)),
            1 => any::<prop::sample::Index>().prop_map(|i| Event::Cancel(i.index(1 << 20))),
        ]
    }

    struct SimulatedQueue {
        most: usize,
        entries: Vec<QueueEntry>,
        built: Vec<String>,
        asked: usize,
        /// Running builds in the order of their starts.
        begun: Vec<(usize, String)>,
    }

    impl SimulatedQueue {
        fn happen(&mut self, event: &Event) {
            match event {
                Event::Ask(content) => {
                    self.asked += 1;
                    self.entries.push(entry(self.asked, *content, false, false));
                }
                Event::End(which, good) => {
                    let running: Vec<usize> = (0..self.entries.len())
                        .filter(|i| self.entries[*i].is_running)
                        .collect();
                    if running.is_empty() {
                        return;
                    }
                    let ended = self.entries.remove(running[which % running.len()]);
                    if *good {
                        self.built.push(ended.content);
                    }
                }
                Event::Cancel(which) if !self.entries.is_empty() => {
                    self.entries.remove(which % self.entries.len());
                }
                Event::Cancel(_) => {}
            }
            self.settle();
        }

        /// Applies and checks a decision.
        fn settle(&mut self) {
            for entry in &mut self.entries {
                entry.is_built = self.built.contains(&entry.content);
            }
            let decision = decide(&self.entries, self.most);
            for id in &decision.start {
                let entry = self
                    .entries
                    .iter_mut()
                    .find(|e| e.id == *id)
                    .expect("one of them");
                assert!(!entry.is_running && !entry.is_built);
                entry.is_running = true;
                let number = id.as_str()[4..].parse().expect("a number");
                self.begun.push((number, entry.content.clone()));
            }
            for id in &decision.cached {
                let place = self
                    .entries
                    .iter()
                    .position(|e| e.id == *id)
                    .expect("one of them");
                assert!(self.entries.remove(place).is_built);
            }
            let running: Vec<&QueueEntry> = self.entries.iter().filter(|e| e.is_running).collect();
            assert!(running.len() <= self.most, "never more than {}", self.most);
            let mut contents: Vec<_> = running.iter().map(|e| &e.content).collect();
            contents.sort();
            contents.dedup();
            assert_eq!(
                contents.len(),
                running.len(),
                "never the same twice at once"
            );
            let waiting: Vec<_> = self.entries.iter().filter(|e| !e.is_running).collect();
            assert_eq!(
                decision.waiting,
                waiting.iter().map(|e| e.id.clone()).collect::<Vec<_>>(),
                "each has its place, in the order in which they came"
            );
            // No build waits while there is a free slot, unless its content is being built.
            for entry in waiting {
                let is_under_way = running.iter().any(|r| r.content == entry.content);
                assert!(running.len() == self.most || is_under_way, "{entry:?}");
            }
            let again = decide(&self.entries, self.most);
            assert!(
                again.start.is_empty() && again.cached.is_empty(),
                "decided once"
            );
        }
    }

    proptest! {
        #[test]
        fn limit_and_uniqueness_hold_and_every_build_gets_its_turn(
            most in 1usize..4,
            events in proptest::collection::vec(event(), 0..60),
            outcomes in proptest::collection::vec(any::<bool>(), 60),
        ) {
            let mut simulated =
                SimulatedQueue { most, entries: vec![], built: vec![], asked: 0, begun: vec![] };
            for event in &events {
                simulated.happen(event);
            }
            // Builds of one content start in the order of their requests.
            for content in 0..6 {
                let name = format!("content-{content}");
                let order: Vec<usize> = simulated.begun.iter()
                    .filter(|(_, c)| *c == name).map(|(n, _)| *n).collect();
                prop_assert!(order.windows(2).all(|pair| pair[0] < pair[1]));
            }
            // Eventually every build ends, whatever their results.
            for good in outcomes {
                simulated.happen(&Event::End(0, good));
            }
            prop_assert!(simulated.entries.is_empty(), "{:?}", simulated.entries);
        }
    }
}
