//! Dialog that names the workbench, says what is lost, and focuses the safe choice.

use super::{Confirmation, Destructive, texts};
use crate::ui::{Button, ButtonVariant, Dialog, Notice};
use leptos::prelude::*;

/// The dialog.
#[component]
pub fn ConfirmDialog(confirmation: Confirmation) -> impl IntoView {
    let Confirmation {
        open,
        action,
        name,
        busy,
        error,
        yes,
    } = confirmation;
    let title = Signal::derive(move || texts::confirm(action.get().as_str(), &name.read()));
    view! {
        <Dialog open=open title=title>
            {
                let action = action.get_untracked();
                let variant = if action == Destructive::Delete { ButtonVariant::Danger } else { ButtonVariant::Primary };
                view! {
                    <p>{action.sentence()}</p>
                    {move || error.get().map(|error| view! { <Notice>{error}</Notice> })}
                    <div class="dialog-actions">
                        <Button autofocus=true on_press=move || open.set(false)>{texts::CANCEL}</Button>
                        <Button variant=variant busy=busy on_press=move || yes.run(action)>
                            {texts::confirm_button(action.as_str())}
                        </Button>
                    </div>
                }
            }
        </Dialog>
    }
}
