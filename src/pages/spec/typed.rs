//! Text with a default until the user types another.

use crate::ui::FieldValue;
use leptos::prelude::*;

/// A field whose text follows its default for as long as nothing else is typed.
#[derive(Clone, Copy)]
pub struct DefaultedField {
    /// Typed text, or `None` while the default applies.
    typed: RwSignal<Option<String>>,
    default: Signal<String>,
}

impl DefaultedField {
    /// Returns a field with this default.
    pub fn new(default: Signal<String>) -> Self {
        Self {
            typed: RwSignal::new(None),
            default,
        }
    }

    /// Returns the text as it stands.
    pub fn text(self) -> String {
        self.typed.get().unwrap_or_else(|| self.default.get())
    }

    /// Returns `true` if the default stands, without subscribing to it; `false` once the form is
    /// gone.
    pub fn is_default(self) -> bool {
        self.typed.try_with_untracked(Option::is_none) == Some(true)
    }

    /// Returns what was typed, or `None` while the default stands.
    pub fn typed(self) -> Option<String> {
        self.typed.get()
    }

    /// Types a text in place of the default.
    pub fn type_over(self, text: String) {
        self.typed.set(Some(text));
    }

    /// Returns the value for an input.
    pub fn field(self) -> FieldValue {
        let typed = self.typed;
        FieldValue::new(
            Signal::derive(move || self.text()),
            Callback::new(move |text| typed.set(Some(text))),
        )
    }
}
