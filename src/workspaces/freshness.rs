//! How far the data on the page can be believed, said only when it is not simply live.

use crate::hooks::use_freshness;
use crate::ui::{Button, Mark, MarkKind, When, attr, effect, live};
use leptos::prelude::*;
use vestibule_model::feed;
use vestibule_model::poll::Freshness;
use vestibule_model::time::Timestamp;
use vestibule_model::trouble::Trouble;

/// A line above data that is stale, offline or refused; nothing while all is well.
#[component]
pub fn FreshnessBar(
    #[prop(into)] freshness: Signal<Freshness>,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    let feed = use_freshness();
    // What is not asked about any more is as good as the stream that would tell of it.
    let text = Memo::new(move |_| text(&freshness.get()).or_else(|| text_of_feed(feed.get())));
    let since = Memo::new(move |_| since(&freshness.get(), feed.get()));
    effect(move || {
        if text.read().is_some() {
            request_animation_frame(uncover_focus);
        }
    });
    view! {
        <div class="freshness" role="status" data-feed=attr(move || word(feed.get()))>
            {live(move || {
                text.get()
                    .map(|text| {
                        view! {
                            <div class="notice" data-kind="waiting">
                                <Mark kind=MarkKind::Waiting />
                                <div class="notice-text">
                                    {text}
                                    {live(move || since.get().map(|at| view! {
                                        " Last heard from it: "<When at=Signal::stored(Some(at)) />"."
                                    }))}
                                </div>
                                <Button on_press=on_retry>"Try now"</Button>
                            </div>
                        }
                    })
            })}
        </div>
    }
    .into_any()
}

/// It floats, and may have come to lie over what somebody has reached by keyboard.
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

/// The word by which style sheets and tests know how news comes.
fn word(feed: feed::Freshness) -> &'static str {
    match feed {
        feed::Freshness::Live => "live",
        feed::Freshness::Polling => "polling",
        feed::Freshness::Reconnecting => "reconnecting",
        feed::Freshness::Stale { .. } => "stale",
        feed::Freshness::Offline => "offline",
        feed::Freshness::SignedOut => "signed-out",
    }
}

/// When the server was last heard, where it is not heard now.
fn since(freshness: &Freshness, feed: feed::Freshness) -> Option<Timestamp> {
    let asked = match freshness {
        Freshness::Stale { last_good, .. } | Freshness::Offline { last_good } => *last_good,
        _ => None,
    };
    match feed {
        feed::Freshness::Stale { since, .. } => since.max(asked),
        _ => asked,
    }
}

fn text_of_feed(feed: feed::Freshness) -> Option<String> {
    match feed {
        feed::Freshness::Stale { since, trouble } => Some(tried(trouble, since)),
        _ => None,
    }
}

/// What the matter is, and what becomes of it.
fn tried(trouble: Trouble, last_good: Option<Timestamp>) -> String {
    let hope = match last_good {
        None => " It is tried again by itself.",
        Some(_) => " What you see is from before; it is tried again by itself.",
    };
    [&trouble.sentence(), hope].concat()
}

fn text(freshness: &Freshness) -> Option<String> {
    let text = match freshness {
        Freshness::Loading
        | Freshness::Live
        | Freshness::Late
        | Freshness::Ended
        | Freshness::SignedOut => {
            return None;
        }
        Freshness::Stale {
            trouble, last_good, ..
        } => return Some(tried(*trouble, *last_good)),
        Freshness::Offline { last_good: None } => {
            "This computer is offline. It goes on once the network is back."
        }
        Freshness::Offline { .. } => {
            "This computer is offline. What you see is from before; it goes on once the network is back."
        }
        Freshness::Forbidden => {
            "You may not see this. An administrator can give you the permission."
        }
        Freshness::Gone => "It does not exist, or not any more.",
        Freshness::Refused(status) => return Some(Trouble::Status(*status).sentence()),
    };
    Some(text.to_owned())
}
