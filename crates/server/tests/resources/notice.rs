//! Notice about missing rights, for the tests with an API server of their own and with a real one.

use vestibule_model::stream::NoticeKind;
use vestibule_server::notices::Notices;

/// Returns the text of the notice; empty if there is none.
pub fn of_rights(notices: &Notices) -> String {
    let shown = notices.subscribe();
    let shown = shown.borrow();
    let notice = shown
        .iter()
        .find(|one| one.kind == NoticeKind::RightsMissing);
    notice.map_or_else(String::new, |one| one.detail.clone())
}
