//! Asking before something is lost: the workbench is named, what is lost is said, and the safe choice
//! has the focus.

use super::loss::{Asking, Loss};
use crate::ui::{Button, Dialog, Look, Notice, live};
use leptos::prelude::*;

/// The dialog.
#[component]
pub fn LossDialog(asking: Asking) -> impl IntoView {
    let title = Signal::derive(move || {
        let word = asking.loss.get().word();
        format!("{word} \u{201c}{}\u{201d}?", asking.name.get())
    });
    view! {
        <Dialog open=asking.open title=title>
            {
                let loss = asking.loss.get_untracked();
                let look = if loss == Loss::Delete { Look::Danger } else { Look::Primary };
                let close = Callback::new(move |()| asking.open.set(false));
                let yes = Callback::new(move |()| asking.yes.run(loss));
                view! {
                    <p>{loss.sentence()}</p>
                    {live(move || asking.error.get().map(|error| view! { <Notice>{error}</Notice> }))}
                    <div class="dialog-actions">
                        <Button autofocus=true on_press=close>"Cancel"</Button>
                        <Button look=look busy=asking.busy on_press=yes>{[loss.word(), " workbench"].concat()}</Button>
                    </div>
                }
            }
        </Dialog>
    }
    .into_any()
}
