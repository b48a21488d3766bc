//! Bar with the freshness of the page's data, shown only when the data is not live.

use super::texts;
use crate::effect::Effect;
use crate::store::Store;
use crate::ui::{Button, Mark, MarkKind, time_of_day};
use leptos::prelude::*;
use vestibule_client::connection_error::ConnectionError;
use vestibule_client::poll::Freshness;
use vestibule_client::stream::StreamFreshness;

/// A line about data that is stale, offline or refused; empty while all is well.
#[component]
pub fn FreshnessBar(
    #[prop(into)] freshness: Signal<Freshness>,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    let stream = Store::expect().freshness;
    let text = Memo::new(move |_| text(freshness.get(), stream.get()));
    Effect::new(move |_| {
        if text.read().is_some() {
            request_animation_frame(uncover_focus);
        }
    });
    view! {
        <div class="freshness" role="status" data-stream=move || word(stream.get())>
            {move || text.get().map(|text| view! {
                <div class="notice" data-kind="waiting">
                    <Mark kind=MarkKind::Waiting />
                    <div class="notice-text">{text}</div>
                    <Button on_press=on_retry>{texts::TRY_NOW}</Button>
                </div>
            })}
        </div>
    }
}

/// Scrolls the focused element into view if the bar, which floats, has come to lie over it.
fn uncover_focus() {
    let find = |css| document().query_selector(css).ok().flatten();
    let (Some(focused), Some(bar)) = (find(":focus-visible"), find(".freshness > .notice")) else {
        return;
    };
    let (focused_at, bar_at) = (
        focused.get_bounding_client_rect(),
        bar.get_bounding_client_rect(),
    );
    let is_below = focused_at.bottom() > bar_at.top() && focused_at.top() < bar_at.bottom();
    if is_below && !bar.contains(Some(&focused)) {
        focused.scroll_into_view_with_bool(false);
    }
}

/// Returns the word by which style sheets and tests know how changes arrive.
fn word(stream: StreamFreshness) -> &'static str {
    match stream {
        StreamFreshness::Live => "live",
        StreamFreshness::Polling => "polling",
        StreamFreshness::Reconnecting => "reconnecting",
        StreamFreshness::Stale { .. } => "stale",
        StreamFreshness::Offline => "offline",
        StreamFreshness::SignedOut => "signed-out",
    }
}

/// Returns the bar's text, or `None` while the data is as current as it should be.
fn text(freshness: Freshness, stream: StreamFreshness) -> Option<String> {
    match freshness {
        Freshness::Offline { last_good } => Some(texts::offline_since(last_good.map(time_of_day))),
        Freshness::Forbidden => Some(texts::ASK_FOR_ACCESS.to_owned()),
        Freshness::Gone => Some(texts::GONE.to_owned()),
        Freshness::Refused(status) => Some(ConnectionError::Status(status).sentence()),
        _ => {
            let (cause, last_good) = freshness.staleness(stream)?;
            Some(texts::retrying(cause, last_good.map(time_of_day)))
        }
    }
}
