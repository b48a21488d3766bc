//! Keyed lists. Leptos compiles its `<For>` anew for each list, about 6 KB a list; this one is compiled
//! once.

use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
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
    let list = Owner::current().unwrap_or_default();
    let children = move |row: Row| render(&list, row.view);
    view! { <leptos::prelude::For each key=|row: &Row| row.key children /> }.into_any()
}

/// Renders a row, whose effects pause once it is removed. An effect inside another one ends only when the task
/// of the outer one is next polled. Until then the change that removes the row may run it, and its signals are
/// disposed of already.
fn render(list: &Owner, view: Box<dyn FnOnce() -> AnyView + Send>) -> AnyView {
    // A child of the list: Leptos cleans up the children of its own owner of the row before it calls this.
    let owner = list.with(Owner::new);
    let view = owner.with(view);
    let removed = owner.clone();
    on_cleanup(move || removed.pause());
    OwnedView::new_with_owner(view, owner).into_any()
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::testing::{MountedPage, panics, until};
    use wasm_bindgen_test::wasm_bindgen_test;

    /// In use, C1: the change that removes a row runs the effects within its effects.
    #[wasm_bindgen_test]
    async fn effects_of_a_removed_row_read_no_signal_that_has_gone() {
        let before = panics();
        let created = StoredValue::new_local(None);
        let page = MountedPage::mount(move || {
            let list = RwSignal::new(vec![1_u32, 2]);
            created.set_value(Some(list));
            let row = move |id: u32| {
                let is_listed = Memo::new(move |_| list.read().contains(&id));
                view! { <section>{move || view! { <p>{move || is_listed.get().to_string()}</p> }}</section> }
            };
            view! { <For each=move || list.get() key=|id| *id children=row /> }.into_any()
        });
        let list = created.get_value().expect("just mounted");
        until("the rows", || page.text_of_all("p") == ["true", "true"]).await;
        list.set(vec![2]);
        until("one row", || page.text_of_all("p") == ["true"]).await;
        list.set(Vec::new());
        until("no row", || page.find("p").is_none()).await;
        assert_eq!(panics(), before, "an effect read a signal that has gone");
    }
}
