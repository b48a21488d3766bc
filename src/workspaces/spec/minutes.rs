//! A limit in seconds that people set in minutes, and that may be left empty.

use leptos::prelude::*;

/// A limit as it is typed.
#[derive(Clone, Copy)]
pub struct Limit {
    /// The minutes.
    pub typed: RwSignal<String>,
    /// What it was filled with: seconds that make no round minutes stay as they are until somebody
    /// types something else.
    filled: StoredValue<(String, Option<u32>)>,
}

impl Limit {
    /// The limit there is, if there is one.
    pub fn of(seconds: Option<u32>) -> Self {
        let text = seconds.map_or_else(String::new, minutes);
        Self {
            typed: RwSignal::new(text.clone()),
            filled: StoredValue::new((text, seconds)),
        }
    }

    /// The seconds; none for no limit.
    pub fn now(self) -> Result<Option<u32>, &'static str> {
        let typed = self.typed.read();
        let (text, seconds) = self.filled.get_value();
        if *typed == text {
            return Ok(seconds);
        }
        match typed.trim() {
            "" => Ok(None),
            typed => match to_seconds(typed) {
                Some(seconds) => Ok(Some(seconds)),
                None => Err("Use a number of minutes, such as 90 or 1.5, or leave it empty."),
            },
        }
    }
}

/// "90" or "1.5", for reading: at most two decimals.
fn minutes(seconds: u32) -> String {
    let hundredths = seconds % 60 * 100 / 60;
    let mut text = (seconds / 60).to_string();
    if hundredths > 0 {
        let decimals = format!("{hundredths:02}");
        text = [&text, ".", decimals.trim_end_matches('0')].concat();
    }
    text
}

/// Whole seconds, at least one; none for what is no number, or too large a one. With a comma, too,
/// as many people write it.
fn to_seconds(typed: &str) -> Option<u32> {
    let (whole, decimals) = typed.split_once(['.', ',']).unwrap_or((typed, ""));
    let is_number = !whole.is_empty()
        && decimals.len() <= 4
        && whole
            .bytes()
            .chain(decimals.bytes())
            .all(|b| b.is_ascii_digit());
    if !is_number {
        return None;
    }
    let mut seconds: u32 = whole.parse::<u32>().ok()?.checked_mul(60)?;
    if !decimals.is_empty() {
        let digits = u32::try_from(decimals.len()).ok()?;
        let part = decimals.parse::<u32>().ok()? * 60 / 10u32.pow(digits);
        seconds = seconds.checked_add(part)?;
    }
    (seconds > 0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_read_as_people_write_them() {
        let read = [
            ("90", Some(5_400)),
            ("1.5", Some(90)),
            ("1,5", Some(90)),
            ("0.5", Some(30)),
            ("0", None),
            ("-1", None),
            ("1e3", None),
            (".5", None),
            ("ten", None),
            ("99999999", None),
        ];
        for (typed, seconds) in read {
            assert_eq!(to_seconds(typed), seconds, "{typed}");
        }
    }

    #[test]
    fn a_limit_that_nobody_touched_stays_as_it_is() {
        for seconds in [None, Some(100), Some(5_400), Some(1), Some(u32::MAX)] {
            assert_eq!(Limit::of(seconds).now(), Ok(seconds));
        }
        assert_eq!(Limit::of(Some(100)).typed.get_untracked(), "1.66");
        let limit = Limit::of(Some(100));
        limit.typed.set(String::new());
        assert_eq!(limit.now(), Ok(None));
        limit.typed.set("soon".to_owned());
        assert!(limit.now().is_err());
    }
}
