//! Filters of the log, and their query.

use super::{texts, words};
use crate::routes::encode;
use crate::ui::{Button, ButtonVariant, focus_id};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// Id of the first filter.
const FIRST: &str = "audit-action";

/// Filter of the log, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Action, or the word before its dot.
    pub action: String,
    /// Id or name of a user.
    pub actor: String,
    /// Id or name of the changed thing.
    pub target: String,
    /// First day.
    pub since: String,
    /// Last day.
    pub until: String,
}

impl AuditFilter {
    /// Returns the query without a page. Days are those of the reader's own zone.
    pub fn query(&self) -> String {
        let since = midnight(&self.since, 0);
        let until = midnight(&self.until, 1);
        let parts = [
            ("action", self.action.clone()),
            ("actor", self.actor.trim().to_owned()),
            ("target", self.target.trim().to_owned()),
            ("since", since.unwrap_or_default()),
            ("until", until.unwrap_or_default()),
        ];
        let parts = parts.iter().filter(|(_, value)| !value.is_empty());
        let parts = parts.map(|(name, value)| format!("{name}={}", encode(value)));
        parts.collect::<Vec<_>>().join("&")
    }

    /// Returns `true` if nothing is filtered.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Returns the time at which a day begins here, or a later one by so many days.
fn midnight(day: &str, later: u32) -> Option<String> {
    let mut parts = day.split('-').map(|part| part.parse::<u32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let date = js_sys::Date::new(&JsValue::from_f64(0.0));
    date.set_full_year_with_month_date(
        year,
        i32::try_from(month).ok()? - 1,
        i32::try_from(day + later).ok()?,
    );
    date.set_hours(0);
    date.set_minutes(0);
    date.set_seconds(0);
    date.set_milliseconds(0);
    date.to_iso_string().as_string()
}

/// Clears the filters. The button goes with them, so the focus moves to the first one.
pub fn clear(filter: RwSignal<AuditFilter>) {
    filter.set(AuditFilter::default());
    focus_id(FIRST);
}

/// The filters and the export.
#[component]
pub fn Filters(filter: RwSignal<AuditFilter>) -> impl IntoView {
    let is_empty = Memo::new(move |_| filter.read().is_empty());
    let set = move |change: fn(&mut AuditFilter, String)| {
        move |event: web_sys::Event| {
            let value = event_target_value(&event);
            filter.update(|filter| change(filter, value));
        }
    };
    let export = move |format: &'static str| {
        Memo::new(move |_| {
            let query = filter.read().query();
            let mark = if query.is_empty() { "" } else { "&" };
            format!("/api/audit?{query}{mark}format={format}")
        })
    };
    let actions = words::GROUPS.iter().map(|(group, title)| {
        let prefix = format!("{group}.");
        let own = words::ACTIONS.iter().filter(move |(name, _)| name.starts_with(&prefix));
        view! {
            <option value=*group>{format!("{title}: all")}</option>
            {own.map(|(name, _)| view! { <option value=*name>{words::label(name)}</option> }).collect_view()}
        }
    });
    let actions = actions.collect_view();
    view! {
        <div class="audit-filters" role="search">
            <div class="field">
                <label for=FIRST>{texts::ACTION}</label>
                <select
                    class="input"
                    id=FIRST
                    prop:value=move || filter.read().action.clone()
                    on:change=set(|filter, value| filter.action = value)
                >
                    <option value="">{texts::ANY_ACTION}</option>
                    {actions}
                </select>
            </div>
            <Text id="audit-actor" label=texts::ACTOR hint=texts::NAME_HINT
                value=Signal::derive(move || filter.read().actor.clone())
                on_change=Callback::new(move |text| filter.update(|filter| filter.actor = text)) />
            <Text id="audit-target" label=texts::TARGET hint=texts::TARGET_HINT
                value=Signal::derive(move || filter.read().target.clone())
                on_change=Callback::new(move |text| filter.update(|filter| filter.target = text)) />
            <div class="field">
                <label for="audit-since">{texts::SINCE}</label>
                <input class="input" id="audit-since" type="date"
                    prop:value=move || filter.read().since.clone()
                    on:change=set(|filter, value| filter.since = value) />
            </div>
            <div class="field">
                <label for="audit-until">{texts::UNTIL}</label>
                <input class="input" id="audit-until" type="date"
                    prop:value=move || filter.read().until.clone()
                    on:change=set(|filter, value| filter.until = value) />
            </div>
            <div class="audit-tools">
                {move || (!is_empty.get()).then(|| view! {
                    <Button variant=ButtonVariant::Quiet on_press=move || clear(filter)>{texts::CLEAR}</Button>
                })}
                <span class="quiet">{texts::EXPORT}</span>
                <a class="button" href=export("jsonl") download="audit.jsonl" rel="external">{texts::AS_JSON}</a>
                <a class="button" href=export("csv") download="audit.csv" rel="external">{texts::AS_CSV}</a>
            </div>
        </div>
    }
}

/// Text filter, applied when the user leaves the field or presses Enter.
#[component]
fn Text(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    value: Signal<String>,
    on_change: Callback<String>,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                class="input"
                id=id
                type="text"
                autocomplete="off"
                spellcheck="false"
                placeholder=hint
                prop:value=value
                on:change=move |event| on_change.run(event_target_value(&event))
            />
        </div>
    }
}
