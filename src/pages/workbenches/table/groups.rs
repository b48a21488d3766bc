//! The states by which the table is filtered, in four groups.

use crate::pages::workbenches::texts;
use crate::ui::MarkKind;
use vestibule_client::state::State;
use vestibule_model::hold::Hold;

/// A group of states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Needs attention.
    Attention,
    /// Starting or stopping.
    Progress,
    /// Can be used.
    Running,
    /// Ended without a failure.
    Stopped,
}

impl Group {
    /// All groups, in the order in which they are shown.
    pub const ALL: [Self; 4] = [
        Self::Attention,
        Self::Progress,
        Self::Running,
        Self::Stopped,
    ];

    /// Returns the group of a state.
    pub fn of(state: State) -> Self {
        match state {
            State::Failed
            | State::Killed
            | State::TimedOut
            | State::Unknown
            | State::Held(Hold::ForYou | Hold::Late | Hold::Silent) => Self::Attention,
            State::Held(Hold::ForOthers) | State::Starting | State::Stopping | State::Deleting => {
                Self::Progress
            }
            State::Running => Self::Running,
            State::Completed | State::Stopped => Self::Stopped,
        }
    }

    /// Returns the states of the group.
    pub fn states(self) -> impl Iterator<Item = State> {
        State::ALL
            .into_iter()
            .filter(move |state| Self::of(*state) == self)
    }

    /// Returns its name on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Attention => texts::NEEDS_ATTENTION,
            Self::Progress => texts::IN_PROGRESS,
            Self::Running => texts::RUNNING,
            Self::Stopped => texts::STOPPED,
        }
    }

    /// Returns its glyph.
    pub fn mark(self) -> MarkKind {
        match self {
            Self::Attention => MarkKind::Waiting,
            Self::Progress => MarkKind::Working,
            Self::Running => MarkKind::Ready,
            Self::Stopped => MarkKind::Stopped,
        }
    }

    /// Returns its word in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Progress => "progress",
            Self::Running => "running",
            Self::Stopped => "stopped",
        }
    }

    /// Reads a word of an address: a group's, or a single state's, as version 0.1 wrote it.
    pub fn parse(word: &str) -> Option<Self> {
        let group = Self::ALL.into_iter().find(|group| group.as_str() == word);
        group.or_else(|| State::of_word(word).map(Self::of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_in_one_group_and_every_group_is_found_by_its_word() {
        for state in State::ALL {
            let groups = Group::ALL
                .into_iter()
                .filter(|group| group.states().any(|one| one == state));
            assert_eq!(groups.count(), 1, "{state:?}");
        }
        for group in Group::ALL {
            assert_eq!(Group::parse(group.as_str()), Some(group));
        }
    }

    #[test]
    fn addresses_of_version_0_1_name_single_states() {
        assert_eq!(Group::parse("Timed out"), Some(Group::Attention));
        assert_eq!(Group::parse("Stopped"), Some(Group::Stopped));
        assert_eq!(Group::parse("Hibernated"), None);
    }
}
