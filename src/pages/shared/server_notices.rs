//! Faults of the server itself, above every page.

use super::texts;
use crate::store::Store;
use crate::ui::{Mark, MarkKind, time_of_day};
use leptos::prelude::*;

/// Notices, empty while all is well. The data on the screen may then be older than it looks.
#[component]
pub fn ServerNotices() -> impl IntoView {
    let notices = Store::expect().notices;
    view! {
        <div class="server-notices" role="status">
            {move || notices.get().into_iter().map(|notice| {
                let text = texts::server_notice(&notice, time_of_day(notice.since));
                view! {
                    <div class="notice" data-kind="waiting" data-notice=notice.kind.to_string()>
                        <Mark kind=MarkKind::Waiting />
                        <div class="notice-text">{text}</div>
                    </div>
                }
            }).collect_view()}
        </div>
    }
}
