//! Button that keeps its width and its focus while it is busy.

use super::reason::hide_reason;
use crate::effect::Effect;
use leptos::prelude::*;

/// Visual weight of a button.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonVariant {
    /// The main action of the page.
    Primary,
    /// An action among several.
    #[default]
    Plain,
    /// A secondary action.
    Quiet,
    /// An action that deletes or stops something.
    Danger,
}

impl ButtonVariant {
    /// Returns the value of `data-variant` in the style sheets.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Plain => "plain",
            Self::Quiet => "quiet",
            Self::Danger => "danger",
        }
    }
}

/// Button. It stays focusable while busy or disabled: the keyboard focus would otherwise go back to
/// the top of the page.
#[component]
pub fn Button(
    children: Children,
    #[prop(optional)] variant: ButtonVariant,
    /// Submits its form.
    #[prop(optional)]
    submit: bool,
    /// Takes the focus when its dialog opens.
    #[prop(optional)]
    autofocus: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    /// Reason why it is switched off, without which no button is: read out after its name, and shown
    /// by [`super::ReasonTip`].
    #[prop(optional, into)]
    refused: Signal<Option<String>>,
    /// The accessible name, where the visible text is not enough.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
) -> impl IntoView {
    let off = move || busy.get() || refused.read().is_some();
    let press = move |event: leptos::ev::MouseEvent| {
        if untrack(off) {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    // Also while the pointer or the focus stays on it.
    Effect::new(move |before: Option<bool>| {
        let is_refused = refused.read().is_some();
        if before == Some(true) && !is_refused {
            hide_reason();
        }
        is_refused
    });
    let name = label.clone();
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class="button"
            data-variant=variant.as_str()
            aria-label=name
            title=move || label.clone().filter(|_| refused.read().is_none())
            aria-description=refused
            aria-disabled=move || off().then_some("true")
            aria-busy=move || busy.get().then_some("true")
            autofocus=autofocus
            on:click=press
        >
            <span class="button-label">{children()}</span>
        </button>
    }
}
