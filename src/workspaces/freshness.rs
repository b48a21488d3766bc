//! How far the data on the page can be believed, said only when it is not simply live.

use crate::ui::{Button, Mark, MarkKind, live};
use leptos::prelude::*;
use vestibule_model::poll::Freshness;

/// A line above data that is stale, offline or refused; nothing while all is well.
#[component]
pub fn FreshnessBar(
    #[prop(into)] freshness: Signal<Freshness>,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    let text = Memo::new(move |_| text(&freshness.get()));
    view! {
        <div class="freshness" role="status">
            {live(move || {
                text.get()
                    .map(|text| {
                        view! {
                            <div class="notice" data-kind="waiting">
                                <Mark kind=MarkKind::Waiting />
                                <div class="notice-text">{text}</div>
                                <Button on_press=on_retry>"Try now"</Button>
                            </div>
                        }
                    })
            })}
        </div>
    }
    .into_any()
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
            last_good: None, ..
        } => "The server cannot be reached. It is tried again by itself.",
        Freshness::Stale { .. } => {
            "The server cannot be reached. What you see is from before; it is tried again by itself."
        }
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
        Freshness::Refused(status) => {
            return Some(format!(
                "The server refused the question (status {status})."
            ));
        }
    };
    Some(text.to_owned())
}
