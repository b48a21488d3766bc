//! What changes by itself in a view, behind one type: each closure is a type of its own, and the
//! code that follows it would be compiled, and downloaded, once for each.

use leptos::prelude::*;

/// A part of a view that follows signals.
pub type Live = Box<dyn FnMut() -> AnyView + Send>;

/// A part of a view that follows signals.
pub fn live<V: IntoAny>(mut part: impl FnMut() -> V + Send + 'static) -> Live {
    Box::new(move || part().into_any())
}

/// An attribute or a property that follows signals.
pub fn attr<T>(value: impl FnMut() -> T + Send + 'static) -> Box<dyn FnMut() -> T + Send> {
    Box::new(value)
}

/// Runs now, and again whenever a signal changes that it has read.
pub fn effect(run: impl FnMut() + 'static) {
    erased(Box::new(run));
}

fn erased(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_| run());
}

/// Whether something was ever so: from then on it is there, and opens at once.
pub fn ever(is_so: RwSignal<bool>) -> Memo<bool> {
    Memo::new(move |before: Option<&bool>| before == Some(&true) || is_so.get())
}
