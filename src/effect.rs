//! Effects. Leptos compiles the loop that runs an effect anew for each one; here it is compiled once
//! for each type of value.

use leptos::prelude;

/// Leptos' `Effect`.
pub struct Effect;

impl Effect {
    /// Runs a function soon, and again when a signal that it reads changes. The function receives
    /// the value that it returned before.
    #[expect(clippy::new_ret_no_self, reason = "the name that Leptos has for it")]
    pub fn new<T: 'static>(function: impl FnMut(Option<T>) -> T + 'static) {
        let function: Box<dyn FnMut(Option<T>) -> T> = Box::new(function);
        prelude::Effect::new(function);
    }
}
