//! Cover of an app's frame: the status card, the reason why it cannot be used, or nothing. Pure.

use super::frame::{Entry, FrameFinding};
use super::frame_state::FrameState;

/// Cover of the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// A blank page: nothing is known of the workbench yet.
    Blank,
    /// The waiting room.
    Room,
    /// No overlay over a frame that still loads; the app is running.
    Opening,
    /// A card over the frame, which cannot be used now.
    Blocked(Blocked),
    /// No overlay: the app can be used.
    None,
}

/// Reason why a frame cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// The app has stopped responding; the frame keeps its state.
    NotResponding,
    /// The frame was evicted.
    Dropped,
    /// A page other than the app was loaded.
    GatewayError {
        /// The event and its remedy.
        sentence: String,
        /// The raw code.
        code: String,
    },
    /// The server found out why browsers do not show the app.
    Refused(FrameFinding),
}

/// Inputs of an overlay.
#[derive(Debug, Clone, Copy)]
pub struct OverlayInput<'a> {
    /// `true` if the workbench is known.
    pub is_known: bool,
    /// State of the frame.
    pub frame: &'a FrameState,
    /// Progress of entering the app.
    pub entry: &'a Entry,
    /// `true` if the frame was evicted.
    pub is_dropped: bool,
    /// `true` if entering takes longer than the blank frame may show.
    pub is_slow: bool,
}

impl Overlay {
    /// Returns the overlay that follows `before`. A room stays until the app has opened; an app
    /// that is already running opens without one, unless that takes long.
    pub fn after(before: Option<&Self>, now: OverlayInput<'_>) -> Self {
        match (now.frame, now.entry) {
            (FrameState::None, _) if !now.is_known => Self::Blank,
            (FrameState::None, _) => Self::Room,
            (FrameState::Open { .. }, _) if now.is_dropped => Self::Blocked(Blocked::Dropped),
            (FrameState::Open { .. }, Entry::Inside) => Self::None,
            (FrameState::Open { .. }, Entry::GatewayError { sentence, code }) => {
                Self::Blocked(Blocked::GatewayError {
                    sentence: sentence.clone(),
                    code: code.clone(),
                })
            }
            (FrameState::Open { .. }, Entry::Refused(finding)) => {
                Self::Blocked(Blocked::Refused(finding.clone()))
            }
            (
                FrameState::Covered { .. },
                Entry::Inside | Entry::GatewayError { .. } | Entry::Refused(_),
            ) => Self::Blocked(Blocked::NotResponding),
            (FrameState::Open { .. }, Entry::Opening)
                if before != Some(&Self::Room) && !now.is_slow =>
            {
                Self::Opening
            }
            (_, Entry::Opening | Entry::Slow) => Self::Room,
        }
    }

    /// Returns `true` if the page shows the room, or the blank page before it.
    pub fn is_page(&self) -> bool {
        matches!(self, Self::Room | Self::Blank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: FrameState = FrameState::Open { run: 1 };
    const COVERED: FrameState = FrameState::Covered { run: 1 };

    fn of(frame: &FrameState, entry: &Entry) -> Overlay {
        after(Some(&Overlay::Room), frame, entry)
    }

    fn after(before: Option<&Overlay>, frame: &FrameState, entry: &Entry) -> Overlay {
        let now = OverlayInput {
            is_known: true,
            frame,
            entry,
            is_dropped: false,
            is_slow: false,
        };
        Overlay::after(before, now)
    }

    #[test]
    fn the_frame_is_bare_only_while_it_is_usable() {
        for frame in [FrameState::None, OPEN, COVERED] {
            for entry in [Entry::Opening, Entry::Slow, Entry::Inside] {
                for is_dropped in [false, true] {
                    let now = OverlayInput {
                        is_known: true,
                        frame: &frame,
                        entry: &entry,
                        is_dropped,
                        is_slow: false,
                    };
                    let is_bare = Overlay::after(Some(&Overlay::Room), now) == Overlay::None;
                    let expected = frame == OPEN && entry == Entry::Inside && !is_dropped;
                    assert_eq!(is_bare, expected, "{frame:?} {entry:?} {is_dropped}");
                }
            }
        }
    }

    #[test]
    fn a_usable_frame_stays_behind_the_card_when_the_app_stops_responding() {
        let overlay = of(&COVERED, &Entry::Inside);
        assert_eq!(overlay, Overlay::Blocked(Blocked::NotResponding));
        // Without a frame in use there is nothing that is kept.
        assert_eq!(of(&COVERED, &Entry::Opening), Overlay::Room);
    }

    #[test]
    fn the_reason_is_passed_on_verbatim() {
        let (sentence, code) = ("It refuses.".to_owned(), "framing-refused".to_owned());
        let entry = Entry::GatewayError {
            sentence: sentence.clone(),
            code: code.clone(),
        };
        let blocked = Blocked::GatewayError { sentence, code };
        assert_eq!(of(&OPEN, &entry), Overlay::Blocked(blocked));
    }

    #[test]
    fn a_running_app_opens_without_a_room_unless_it_takes_long() {
        for before in [None, Some(&Overlay::Blank), Some(&Overlay::Opening)] {
            assert_eq!(after(before, &OPEN, &Entry::Opening), Overlay::Opening);
        }
        let slow = OverlayInput {
            is_known: true,
            frame: &OPEN,
            entry: &Entry::Opening,
            is_dropped: false,
            is_slow: true,
        };
        assert_eq!(Overlay::after(Some(&Overlay::Opening), slow), Overlay::Room);
    }

    #[test]
    fn a_room_stays_until_the_app_has_opened() {
        let room = Some(&Overlay::Room);
        assert_eq!(after(room, &OPEN, &Entry::Opening), Overlay::Room);
        assert_eq!(after(room, &OPEN, &Entry::Inside), Overlay::None);
    }

    #[test]
    fn nothing_is_shown_before_the_first_response() {
        let now = OverlayInput {
            is_known: false,
            frame: &FrameState::None,
            entry: &Entry::Opening,
            is_dropped: false,
            is_slow: false,
        };
        assert_eq!(Overlay::after(None, now), Overlay::Blank);
    }
}
