//! The button of the split view.

use super::texts;
use crate::pages::workbench::context::WorkbenchContext;
use crate::ui::{Button, ButtonVariant, Icon};
use leptos::prelude::*;

/// The button that shows tabs beside the app, or alone again.
#[component]
pub fn BesideButton() -> impl IntoView {
    let beside = WorkbenchContext::expect().tabs.beside;
    let refused =
        Signal::derive(move || (!beside.has_room()).then(|| texts::TOO_NARROW.to_owned()));
    let view = move |is_on: bool| {
        let (label, icon) = match is_on {
            true => (texts::SHOW_ALONE, "window"),
            false => (texts::SHOW_BESIDE, "beside"),
        };
        view! {
            <Button variant=ButtonVariant::Quiet label=label refused=refused on_press=move || beside.toggle()>
                <Icon name=icon />
            </Button>
        }
    };
    let is_on = Memo::new(move |_| beside.is_on());
    move || view(is_on.get())
}
