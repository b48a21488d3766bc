//! The audit log.

mod difference;
mod entry;
mod filters;
mod page;
mod texts;
mod words;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::AuditPage;

lazy! { audit:
    /// Renders the audit log.
    pub fn audit_page(_args: ()) -> AnyView {
        view! { <AuditPage /> }.into_any()
    }
}
