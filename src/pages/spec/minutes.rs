//! A limit in seconds that is typed in minutes and may be left empty.

use super::texts;
use leptos::prelude::*;

/// A limit as typed.
#[derive(Clone, Copy)]
pub struct Limit {
    /// The minutes.
    pub typed: RwSignal<String>,
    /// The initial text and its seconds: seconds that are no round minutes stay exact until the text
    /// changes.
    filled: StoredValue<(String, Option<u32>)>,
}

impl Limit {
    /// Returns the field for a stored limit; `None` is no limit.
    pub fn of(seconds: Option<u32>) -> Self {
        let text = seconds.map_or_else(String::new, minutes);
        Self {
            typed: RwSignal::new(text.clone()),
            filled: StoredValue::new((text, seconds)),
        }
    }

    /// Fills a field that is still empty as it was at first.
    pub fn fill(self, seconds: Option<u32>) {
        let is_untouched = self.filled.try_get_value() == Some((String::new(), None))
            && self.typed.try_with_untracked(String::is_empty) == Some(true);
        if let Some(seconds) = seconds.filter(|_| is_untouched) {
            let text = minutes(seconds);
            self.filled.set_value((text.clone(), Some(seconds)));
            self.typed.set(text);
        }
    }

    /// Returns the seconds, or `None` for no limit.
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
                None => Err(texts::INVALID_MINUTES),
            },
        }
    }
}

/// Formats seconds as minutes with at most two decimals: "90", "1.5".
fn minutes(seconds: u32) -> String {
    let hundredths = seconds % 60 * 100 / 60;
    let mut text = (seconds / 60).to_string();
    if hundredths > 0 {
        let decimals = format!("{hundredths:02}");
        text = format!("{text}.{}", decimals.trim_end_matches('0'));
    }
    text
}

/// Reads minutes as whole seconds, at least one, or returns `None` for anything else. A decimal comma
/// is accepted.
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
    fn an_untouched_limit_keeps_its_exact_seconds() {
        for seconds in [None, Some(100), Some(5_400), Some(1), Some(u32::MAX)] {
            assert_eq!(Limit::of(seconds).now(), Ok(seconds));
        }
        assert_eq!(Limit::of(Some(100)).typed.get_untracked(), "1.66");
        let limit = Limit::of(None);
        limit.fill(Some(100));
        assert_eq!(limit.now(), Ok(Some(100)));
        limit.fill(Some(60));
        assert_eq!(limit.now(), Ok(Some(100)), "it is filled once");
        let limit = Limit::of(Some(100));
        limit.typed.set(String::new());
        assert_eq!(limit.now(), Ok(None));
        limit.typed.set("soon".to_owned());
        assert!(limit.now().is_err());
    }
}
