//! A button that keeps its width and its focus while it is busy.

use super::live::attr;
use leptos::prelude::*;

/// How loud a button is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Look {
    /// The one thing to do here.
    Primary,
    /// One of several things to do.
    #[default]
    Plain,
    /// There when looked for.
    Quiet,
    /// Something is lost by it.
    Danger,
}

impl Look {
    /// The word the style sheet knows it by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Plain => "plain",
            Self::Quiet => "quiet",
            Self::Danger => "danger",
        }
    }
}

/// A button. Busy or disabled it stays focusable, so that nobody who uses the keyboard is thrown
/// back to the top of the page.
#[component]
pub fn Button(
    children: Children,
    #[prop(optional)] look: Look,
    /// Submits the form it stands in.
    #[prop(optional)]
    submit: bool,
    /// Takes the focus when its dialog opens.
    #[prop(optional)]
    autofocus: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// The accessible name, where the visible text is not enough.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
) -> impl IntoView {
    let off = move || busy.get() || disabled.get();
    let press = move |event: leptos::ev::MouseEvent| {
        if busy.get_untracked() || disabled.get_untracked() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class="button"
            data-look=look.word()
            aria-label=label.clone()
            title=label
            aria-disabled=attr(move || off().then_some("true"))
            aria-busy=attr(move || busy.get().then_some("true"))
            autofocus=autofocus
            on:click=press
        >
            <span class="button-label">{children()}</span>
        </button>
    }
    .into_any()
}
