//! The rows of a list that follows signals, behind one type: each type of row would bring along, once
//! more, the code that compares a list with the one before.

use leptos::prelude::*;

/// A row that may have to be drawn.
struct Item {
    key: String,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Draws what it is given, in its order. What was there before under the same key stays as it is.
pub fn each<T: Send + 'static>(
    items: impl Fn() -> Vec<(String, T)> + Send + Sync + 'static,
    draw: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
) -> AnyView {
    keyed(Box::new(move || {
        let item = |(key, item)| {
            let draw = draw.clone();
            Item {
                key,
                draw: Box::new(move || draw(item)),
            }
        };
        items().into_iter().map(item).collect()
    }))
}

fn keyed(items: Box<dyn Fn() -> Vec<Item> + Send + Sync>) -> AnyView {
    view! { <For each=items key=|item| item.key.clone() children=|item: Item| (item.draw)() /> }
        .into_any()
}
