//! What lies over an app's frame: the room before one is let in, a veil where the frame cannot be
//! used, or nothing. Pure.

use super::door::Door;
use super::frame::{Entry, Finding};

/// What lies over the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cover {
    /// The room: one is not inside, or not yet.
    Room,
    /// A veil: the frame is there, or was, and cannot be used now.
    Veil(Veil),
    /// Nothing: one is inside.
    Nothing,
}

/// Why the frame cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Veil {
    /// The app has stopped answering; what is inside stays as it is.
    Silent,
    /// The frame was let go, to make room for others.
    Resumable,
    /// What came is not the app.
    Trouble {
        /// What happened and what to do.
        sentence: String,
        /// The raw word for it.
        code: String,
    },
    /// The server has looked at it, and knows why a browser does not show it.
    Refused(Finding),
}

impl Cover {
    /// What covers the frame of a run.
    pub fn of(door: &Door, entry: &Entry, is_resumable: bool) -> Self {
        match (door, entry) {
            (Door::Open { .. }, _) if is_resumable => Self::Veil(Veil::Resumable),
            (Door::Open { .. }, Entry::Inside) => Self::Nothing,
            (Door::Open { .. }, Entry::Trouble { sentence, code }) => Self::Veil(Veil::Trouble {
                sentence: sentence.clone(),
                code: code.clone(),
            }),
            (Door::Open { .. }, Entry::Refused(refusal)) => {
                Self::Veil(Veil::Refused(refusal.clone()))
            }
            (Door::Veiled { .. }, Entry::Inside | Entry::Trouble { .. } | Entry::Refused(_)) => {
                Self::Veil(Veil::Silent)
            }
            (Door::Shut, _) | (_, Entry::Opening | Entry::Slow) => Self::Room,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Door = Door::Open { run: 1 };
    const VEILED: Door = Door::Veiled { run: 1 };

    #[test]
    fn the_frame_is_bare_only_while_one_is_inside_and_the_app_answers() {
        for door in [Door::Shut, OPEN, VEILED] {
            for entry in [Entry::Opening, Entry::Slow, Entry::Inside] {
                for is_resumable in [false, true] {
                    let is_bare = Cover::of(&door, &entry, is_resumable) == Cover::Nothing;
                    let may_be = door == OPEN && entry == Entry::Inside && !is_resumable;
                    assert_eq!(is_bare, may_be, "{door:?} {entry:?} {is_resumable}");
                }
            }
        }
    }

    #[test]
    fn whoever_is_inside_stays_inside_behind_the_veil() {
        let cover = Cover::of(&VEILED, &Entry::Inside, false);
        assert_eq!(cover, Cover::Veil(Veil::Silent));
        // Nobody who was never inside is told that something inside is kept.
        assert_eq!(Cover::of(&VEILED, &Entry::Opening, false), Cover::Room);
    }

    #[test]
    fn the_reason_is_told_word_for_word() {
        let (sentence, code) = ("It refuses.".to_owned(), "framing-refused".to_owned());
        let entry = Entry::Trouble {
            sentence: sentence.clone(),
            code: code.clone(),
        };
        let veil = Veil::Trouble { sentence, code };
        assert_eq!(Cover::of(&OPEN, &entry, false), Cover::Veil(veil));
    }
}
