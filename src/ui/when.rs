//! A point in time in the reader's own zone and locale: today's with its seconds, others with their
//! day, and exact on hover.

use super::live::attr;
use js_sys::{Date, Intl, Object, Reflect};
use leptos::prelude::*;
use vestibule_model::time::Timestamp;
use wasm_bindgen::JsValue;

/// A point in time; none shows a dash.
#[component]
pub fn When(#[prop(into)] at: Signal<Option<Timestamp>>) -> impl IntoView {
    let text = move || at.get().map_or_else(|| "–".to_owned(), short);
    view! {
        <time
            datetime=attr(move || at.get().map(|at| at.to_string()))
            title=attr(move || at.get().map(|at| said(at, "full", "long")))
        >
            {text}
        </time>
    }
    .into_any()
}

/// The time of day.
pub fn time_of_day(at: Timestamp) -> String {
    said(at, "", "short")
}

fn short(at: Timestamp) -> String {
    let date = of(at);
    let is_today = date.to_date_string() == Date::new_0().to_date_string();
    if is_today {
        said(at, "", "medium")
    } else {
        said(at, "short", "short")
    }
}

/// In the words of the reader's locale; what is empty is left out.
fn said(at: Timestamp, date: &str, time: &str) -> String {
    let options = Object::new();
    for (key, value) in [("dateStyle", date), ("timeStyle", time)] {
        if value.is_empty() {
            continue;
        }
        // Setting a property of a fresh plain object does not fail.
        let _ = Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value));
    }
    let format = Intl::DateTimeFormat::new(&js_sys::Array::new(), &options);
    format
        .format()
        .call1(&JsValue::UNDEFINED, &of(at))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_else(|| at.to_string())
}

fn of(at: Timestamp) -> Date {
    // Today's milliseconds are far below 2^53, so the double is exact.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    Date::new(&JsValue::from_f64(at.as_millis() as f64))
}
