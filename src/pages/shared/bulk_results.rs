//! Progress of a command for several users or workbenches, and its failures one by one.

use super::texts;
use crate::ui::{Button, ButtonVariant, Mark, MarkKind};
use leptos::prelude::*;

/// Content of a dialog whose command was sent: a bar until all are answered, the failures, and
/// another try.
#[component]
pub fn BulkResults(
    /// Accessible name of the bar.
    label: &'static str,
    total: Signal<usize>,
    done: Signal<usize>,
    /// Name and reason of each failure.
    failed: Signal<Vec<(String, String)>>,
    open: RwSignal<bool>,
    retry_label: &'static str,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    let is_under_way = Memo::new(move |_| done.get() < total.get());
    let rows = move || {
        let rows = failed.get().into_iter().map(|(name, why)| {
            view! {
                <li>
                    <Mark kind=MarkKind::Failed />
                    <span class="failed-text">
                        <b><bdi>{name}</bdi></b>
                        <span class="quiet">{why}</span>
                    </span>
                </li>
            }
        });
        rows.collect_view()
    };
    view! {
        <Show when=move || is_under_way.get()>
            <progress
                class="progress"
                aria-label=label
                max=move || total.get().to_string()
                prop:value=move || done.get().to_string()
            ></progress>
        </Show>
        <ul class="failed" role="status">{rows}</ul>
        <div class="dialog-actions">
            <Button on_press=move || open.set(false)>{texts::CLOSE}</Button>
            <Show when=move || !is_under_way.get()>
                <Button variant=ButtonVariant::Primary on_press=move || on_retry.run(())>{retry_label}</Button>
            </Show>
        </div>
    }
}
