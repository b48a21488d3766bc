//! Following what lasts longer than whoever follows it. A signal keeps its followers until it
//! changes next, also those that are gone by then; one that never changes would keep those of every
//! page that was ever opened.

use leptos::prelude::*;
use leptos::reactive::graph::{Observer, Source, ToAnySource};

/// Follows a signal, and has it forget the caller once that is gone.
pub fn follow(signal: &(impl Track + ToAnySource)) {
    signal.track();
    if let Some(follower) = Observer::get() {
        let signal = signal.to_any_source();
        on_cleanup(move || signal.remove_subscriber(&follower));
    }
}

/// What a signal holds, for as long as the calling component lives.
pub fn lasting<T: Clone + PartialEq + Send + Sync + 'static>(signal: ArcRwSignal<T>) -> Memo<T> {
    Memo::new(move |_| {
        follow(&signal);
        signal.get_untracked()
    })
}
