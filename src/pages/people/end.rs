//! End of a grant, as a choice of durations.

use super::texts;
use crate::ui::Choice;
use vestibule_model::time::{Millis, Timestamp};

const HOUR: i64 = 60 * 60;

/// Value and text of each choice, and its duration in seconds.
const ENDS: [(&str, &str, i64); 5] = [
    ("1h", texts::IN_1_HOUR, HOUR),
    ("8h", texts::IN_8_HOURS, 8 * HOUR),
    ("1d", texts::IN_1_DAY, 24 * HOUR),
    ("7d", texts::IN_7_DAYS, 7 * 24 * HOUR),
    ("30d", texts::IN_30_DAYS, 30 * 24 * HOUR),
];

/// End of a grant.
pub struct GrantEnd;

impl GrantEnd {
    /// Returns the choices; the first one is no end.
    pub fn choices() -> Vec<Choice> {
        let never = Choice::new("", texts::NEVER);
        let ends = ENDS
            .iter()
            .map(|(value, text, _)| Choice::new(*value, *text));
        [never].into_iter().chain(ends).collect()
    }

    /// Returns the time that a choice means, or `None` for no end.
    pub fn at(choice: &str, now: Timestamp) -> Option<Timestamp> {
        let end = ENDS.iter().find(|(value, ..)| *value == choice)?;
        Some(now + Millis::from_secs(end.2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_is_later_than_the_one_before() {
        let now = Timestamp::from_millis(1_000);
        let ends: Vec<Option<Timestamp>> = GrantEnd::choices()
            .iter()
            .map(|choice| GrantEnd::at(&choice.value, now))
            .collect();
        assert_eq!(ends[0], None);
        assert!(ends.is_sorted());
        assert_eq!(ends[1], Some(now + Millis::from_secs(3_600)));
    }
}
