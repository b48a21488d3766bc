//! Keyed lists. Leptos compiles its `<For>` anew for each list, about 6 KB a list; this one is compiled
//! once.

use leptos::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A row: the hash of its key, and its view, which is rendered if the key is new.
struct Row {
    key: u64,
    view: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Leptos' `<For>`, with the same attributes. Rows are distinguished by the hash of their key.
#[component]
pub fn For<I, T, N, K>(
    /// Items of the list.
    each: impl Fn() -> I + Send + 'static,
    /// Returns the key of an item.
    key: impl Fn(&T) -> K + Send + 'static,
    /// Renders an item.
    children: impl Fn(T) -> N + Send + Sync + 'static,
) -> impl IntoView
where
    I: IntoIterator<Item = T>,
    T: Send + 'static,
    N: IntoView + 'static,
    K: Hash,
{
    let children = Arc::new(children);
    rows(Box::new(move || {
        let row = |item| {
            let children = children.clone();
            Row {
                key: hash(&key(&item)),
                view: Box::new(move || children(item).into_any()),
            }
        };
        each().into_iter().map(row).collect()
    }))
}

fn rows(each: Box<dyn Fn() -> Vec<Row> + Send>) -> AnyView {
    view! { <leptos::prelude::For each key=|row: &Row| row.key children=|row: Row| (row.view)() /> }
        .into_any()
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
