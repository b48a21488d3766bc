//! The app's frame: entered by a one-time ticket, and watched, because a frame reports nothing by
//! itself. `load` fires for error pages too (FIELD 6, 39).

use super::gateway_message::{GatewayError, origin_of};
use crate::api;
use crate::effect::Effect;
use crate::store::use_task;
use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use vestibule_model::causes::Remedy;
use vestibule_model::embedding::{Embedding, EmbeddingProblem, Shown};
use vestibule_model::ids::WorkbenchId;

/// The app runs on an origin of its own, so `allow-same-origin` gives it that origin's storage and
/// nothing of the console's: it is cross-origin with or without the sandbox.
const SANDBOX: &str = "allow-scripts allow-same-origin allow-forms allow-popups \
                       allow-popups-to-escape-sandbox allow-downloads allow-modals";
/// Reading the clipboard is delegated only to apps whose catalogue entry asks for it: browsers ask the
/// user once for the console's origin, and the answer counts for every frame that may ask. Pasting by the
/// keyboard needs no permission.
const ALLOW: &str = "clipboard-write; fullscreen";
/// The same for an app that may read the clipboard.
const ALLOW_CLIPBOARD: &str = "clipboard-read; clipboard-write; fullscreen";

/// Delay after `load`: the gateway's message comes from another process and may be a little later.
const SETTLE_MILLIS: u32 = 150;
/// Time after which a loading frame counts as slow, and the user may view it anyway.
const SLOW_MILLIS: u32 = 20_000;

/// Progress of entering an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Asking for a ticket, or loading.
    Opening,
    /// Still loading after a long time.
    Slow,
    /// Loaded.
    Inside,
    /// Failed.
    GatewayError {
        /// The event and its remedy.
        sentence: String,
        /// The raw code.
        code: String,
    },
    /// The server found out that browsers do not show the app here.
    Refused(FrameFinding),
}

/// Reason why a browser does not show the app, or not all of it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameFinding {
    /// The problem.
    pub sentence: String,
    /// The remedy.
    pub advice: String,
    /// The raw code.
    pub why: String,
    /// The app's header.
    pub evidence: String,
    /// `true` if the frame may show something all the same: the server's check has none of the
    /// cookies that this browser may have for the app.
    pub is_visible: bool,
    /// `true` if the log explains more than the app in its own tab.
    pub opens_log: bool,
}

impl FrameFinding {
    /// Returns the finding if the server checked this run with this verdict.
    fn of(seen: &Embedding, verdict: Shown, run: u64) -> Option<Self> {
        let is_it = seen.verdict == verdict && seen.run_number == run;
        is_it.then(|| Self {
            opens_log: seen.offered() == Some(Remedy::OpenLog),
            is_visible: !seen.explained_by_gateway
                && seen.status.is_some_and(|status| status >= 400),
            sentence: seen.sentence.clone(),
            advice: seen.advice.clone(),
            why: seen.why.clone(),
            evidence: seen.evidence.clone(),
        })
    }
}

/// The frame of one run.
#[component]
pub fn AppFrame(
    id: WorkbenchId,
    run: u64,
    #[prop(into)] title: Signal<String>,
    entry: RwSignal<Entry>,
    /// Counter; raised for another try.
    attempt: RwSignal<u32>,
    /// Parts of the app that may not work.
    doubt: RwSignal<Option<FrameFinding>>,
) -> impl IntoView {
    let url = RwSignal::new(None::<String>);
    let allow = RwSignal::new(ALLOW);
    let node = NodeRef::<html::Iframe>::new();
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let ticket = use_task();
    // If the examination itself fails, the frame is watched all the same.
    let examination = use_task();
    Effect::new(move |_| {
        attempt.track();
        entry.set(Entry::Opening);
        doubt.set(None);
        url.set(None);
        timer.set_value(Some(Timeout::new(SLOW_MILLIS, move || {
            if entry.try_get_untracked() == Some(Entry::Opening) {
                entry.try_set(Entry::Slow);
            }
        })));
        ticket.run(api::ticket(id.clone()), move |ticket| {
            // Before the address: a frame's permissions are those of the time when it is loaded.
            allow.try_set(match ticket.reads_clipboard {
                true => ALLOW_CLIPBOARD,
                false => ALLOW,
            });
            url.try_set(Some(ticket.url));
        });
        examination.run(api::embedding(id.clone()), move |seen| {
            if let Some(refusal) = FrameFinding::of(&seen, Shown::Refused, run) {
                entry.try_set(Entry::Refused(refusal));
            }
            // Slowness shows while the reader waits for it.
            let found = FrameFinding::of(&seen, Shown::Doubtful, run);
            doubt.try_set(found.filter(|found| found.why != EmbeddingProblem::Slow.as_str()));
        });
    });
    Effect::new(move |_| {
        if let Some(error) = ticket.error.get() {
            entry.set(Entry::GatewayError {
                sentence: error.sentence(),
                code: String::new(),
            });
        }
    });
    listen(node, url, entry);
    let loaded = move |_| {
        let settled = Timeout::new(SETTLE_MILLIS, move || {
            if matches!(
                entry.try_get_untracked(),
                Some(Entry::Opening | Entry::Slow)
            ) {
                entry.try_set(Entry::Inside);
            }
        });
        timer.try_set_value(Some(settled));
    };
    move || {
        url.get().map(|url| {
            view! {
                <iframe
                    class="frame"
                    node_ref=node
                    title=title
                    sandbox=SANDBOX
                    allow=allow.get_untracked()
                    src=url
                    on:load=loaded
                ></iframe>
            }
        })
    }
}

/// Handles messages of the gateway, and only of this frame's gateway.
fn listen(node: NodeRef<html::Iframe>, url: RwSignal<Option<String>>, entry: RwSignal<Entry>) {
    let listener = window_event_listener(leptos::ev::message, move |event| {
        let is_its_origin = url.try_with_untracked(|url| {
            url.as_deref().and_then(origin_of) == Some(event.origin().as_str())
        });
        let frame_window = node
            .try_get_untracked()
            .flatten()
            .and_then(|frame| frame.content_window());
        let (Some(true), Some(window), Some(source)) =
            (is_its_origin, frame_window, event.source())
        else {
            return;
        };
        if !js_sys::Object::is(&window, &source) {
            return;
        }
        // The server's own examination is more exact.
        let is_refused = matches!(entry.try_get_untracked(), Some(Entry::Refused(_)));
        if let Some(cause) = GatewayError::read(&event.data()).filter(|_| !is_refused) {
            entry.try_set(Entry::GatewayError {
                sentence: cause.sentence(),
                code: cause.code().to_owned(),
            });
        }
    });
    on_cleanup(move || listener.remove());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(status: u16, explained_by_gateway: bool) -> Embedding {
        Embedding {
            run_number: 2,
            verdict: Shown::Refused,
            status: Some(status),
            explained_by_gateway,
            ..Embedding::default()
        }
    }

    #[test]
    fn only_a_refusal_of_this_run_counts() {
        let refusal = |seen, run| FrameFinding::of(&seen, Shown::Refused, run);
        assert!(refusal(seen(401, false), 2).is_some());
        // FIELD 3: a finding about another run says nothing about this one.
        assert_eq!(refusal(seen(401, false), 3), None);
        for verdict in [Shown::Fine, Shown::Doubtful, Shown::from("novelty")] {
            let fine = Embedding {
                verdict,
                ..seen(401, false)
            };
            assert_eq!(refusal(fine, 2), None);
        }
    }

    #[test]
    fn a_page_that_browsers_show_may_be_viewed() {
        let is_visible = |seen| {
            FrameFinding::of(&seen, Shown::Refused, 2).is_some_and(|refusal| refusal.is_visible)
        };
        assert!(is_visible(seen(404, false)));
        assert!(!is_visible(seen(200, true)));
        assert!(!is_visible(seen(302, false)));
    }
}
