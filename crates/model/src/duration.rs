//! Durations as text: "4 s", "2 min 10 s", "3 h 5 min".

use crate::time::Millis;

/// Formats a duration in at most two units. Negative ones count as zero.
pub fn humanize(length: Millis) -> String {
    let seconds = length.as_secs().max(0);
    let two = |big: i64, big_unit: &str, small: i64, small_unit: &str| {
        if small == 0 {
            format!("{big} {big_unit}")
        } else {
            format!("{big} {big_unit} {small} {small_unit}")
        }
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// Formats a duration in its largest unit alone, for columns.
pub fn rough(length: Millis) -> String {
    let seconds = length.as_secs().max(0);
    let (number, unit) = match seconds {
        0..60 => (seconds, " s"),
        60..3_600 => (seconds / 60, " min"),
        3_600..86_400 => (seconds / 3_600, " h"),
        _ => (seconds / 86_400, " d"),
    };
    [&number.to_string(), unit].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units() {
        let text = |seconds| humanize(Millis::from_secs(seconds));
        assert_eq!(text(-5), "0 s");
        assert_eq!(text(4), "4 s");
        assert_eq!(text(60), "1 min");
        assert_eq!(text(130), "2 min 10 s");
        assert_eq!(text(3_600 * 3 + 300), "3 h 5 min");
        assert_eq!(text(86_400 * 2 + 3_600), "2 d 1 h");
        assert_eq!(humanize(Millis(999)), "0 s");
    }

    #[test]
    fn one_unit_is_enough_in_a_table() {
        let text = |seconds| rough(Millis::from_secs(seconds));
        assert_eq!(text(-5), "0 s");
        assert_eq!(text(59), "59 s");
        assert_eq!(text(130), "2 min");
        assert_eq!(text(3_600 * 3 + 300), "3 h");
        assert_eq!(text(86_400 * 2 + 3_600), "2 d");
    }
}
