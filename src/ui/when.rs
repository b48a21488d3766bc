//! Point in time as a relative time, and the exact time on hover, in the reader's own zone and
//! locale.

use gloo_timers::callback::Interval;
use js_sys::{Date, Intl, Object};
use leptos::prelude::*;
use vestibule_model::time::{Millis, Timestamp};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

/// Relative times are whole minutes, so a few updates a minute are enough.
const TICK_MILLIS: u32 = 15_000;

/// Current time for relative times; it moves a few times a minute.
#[derive(Clone, Copy)]
pub struct Clock {
    now: RwSignal<Timestamp>,
    read: fn() -> Timestamp,
    /// Kept only to be dropped with the page.
    _timer: StoredValue<Option<Interval>, LocalStorage>,
}

impl Clock {
    /// Provides the clock to everything below. `read` returns the current time; the server's, so
    /// that a wrong clock on this computer changes no text.
    pub fn provide(read: fn() -> Timestamp) -> Self {
        let now = RwSignal::new(read());
        let timer = Interval::new(TICK_MILLIS, move || {
            now.try_set(read());
        });
        let clock = Self {
            now,
            read,
            _timer: StoredValue::new_local(Some(timer)),
        };
        provide_context(clock);
        clock
    }

    /// Reads the time again: it was corrected.
    pub fn refresh(self) {
        self.now.try_set((self.read)());
    }

    /// Returns the page's clock.
    fn expect() -> Self {
        expect_context()
    }
}

/// A point in time as "3 min ago"; `None` shows a dash.
#[component]
pub fn When(
    #[prop(into)] at: Signal<Option<Timestamp>>,
    /// Shows the time of day with seconds instead, for what is compared by the second.
    #[prop(optional)]
    exact: bool,
) -> impl IntoView {
    let now = Clock::expect().now;
    let text = Memo::new(move |_| match at.get() {
        None => "–".to_owned(),
        Some(at) if exact => short(at, now.get()),
        Some(at) => relative(now.get().since(at)).unwrap_or_else(|| formatted(at, "medium", "")),
    });
    view! {
        <time
            datetime=move || at.get().map(|at| at.to_string())
            title=move || at.get().map(|at| formatted(at, "full", "long"))
        >
            {text}
        </time>
    }
}

/// Returns the time of day.
pub fn time_of_day(at: Timestamp) -> String {
    formatted(at, "", "short")
}

/// Returns the relative time, or `None` if a date is more useful.
fn relative(ago: Millis) -> Option<String> {
    let seconds = ago.as_secs();
    let (number, unit) = match seconds {
        ..60 => return Some("just now".to_owned()),
        60..3_600 => (seconds / 60, "min"),
        3_600..86_400 => (seconds / 3_600, "h"),
        86_400..172_800 => return Some("1 day ago".to_owned()),
        172_800..604_800 => (seconds / 86_400, "days"),
        _ => return None,
    };
    Some(format!("{number} {unit} ago"))
}

fn short(at: Timestamp, now: Timestamp) -> String {
    let is_today = date(at).to_date_string() == date(now).to_date_string();
    if is_today {
        formatted(at, "", "medium")
    } else {
        formatted(at, "short", "short")
    }
}

#[wasm_bindgen]
extern "C" {
    /// Options of `Intl.DateTimeFormat`.
    #[wasm_bindgen(extends = Object)]
    type FormatOptions;

    #[wasm_bindgen(method, setter, js_name = dateStyle)]
    fn set_date_style(this: &FormatOptions, style: &str);

    #[wasm_bindgen(method, setter, js_name = timeStyle)]
    fn set_time_style(this: &FormatOptions, style: &str);
}

/// Formats a time for the reader's locale; an empty style leaves its half out.
fn formatted(at: Timestamp, date_style: &str, time_style: &str) -> String {
    let options: FormatOptions = Object::new().unchecked_into();
    if !date_style.is_empty() {
        options.set_date_style(date_style);
    }
    if !time_style.is_empty() {
        options.set_time_style(time_style);
    }
    let format = Intl::DateTimeFormat::new(&js_sys::Array::new(), &options);
    format
        .format()
        .call1(&JsValue::UNDEFINED, &date(at))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_else(|| at.to_string())
}

fn date(at: Timestamp) -> Date {
    // Today's milliseconds are far below 2^53, so the double is exact.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    Date::new(&JsValue::from_f64(at.as_millis() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_relative_within_a_week_and_a_date_afterwards() {
        let reported = |seconds| relative(Millis::from_secs(seconds));
        for (seconds, text) in [
            // The server's clock and this computer's are never quite the same.
            (-5, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (3_599, "59 min ago"),
            (3_600, "1 h ago"),
            (86_400, "1 day ago"),
            (3 * 86_400, "3 days ago"),
        ] {
            assert_eq!(reported(seconds).as_deref(), Some(text), "{seconds}");
        }
        assert_eq!(reported(7 * 86_400), None);
    }
}
