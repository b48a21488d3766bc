//! The button that copies a message for the administrator: what happened, by which evidence, and
//! what may help, with secrets taken out.

use super::page::SessionView;
use crate::api::{self, clock};
use crate::hooks::{Session, Who};
use crate::routes::Page;
use crate::ui::{CopyButton, Look, Text};
use leptos::prelude::*;
use vestibule_model::causes::{Action, Cause};
use vestibule_model::diagnostics::{Place, Report, message_for_administrator};
use vestibule_model::workbench::Workbench;

/// The button.
#[component]
pub fn MessageButton(view: SessionView) -> impl IntoView {
    let session = Session::get();
    let text = Callback::new(move |()| {
        let workbench = view.watch.workbench.get_untracked();
        let cause = view.cause.get_untracked();
        Box::pin(async move {
            match (workbench, cause) {
                (Some(workbench), Some(cause)) => message(session, workbench, cause).await,
                _ => String::new(),
            }
        }) as Text
    });
    let cause = view.cause.read_untracked();
    let is_beside = cause.as_ref().is_some_and(Cause::is_for_administrator_too);
    let look = if is_beside {
        Look::Plain
    } else {
        Look::Primary
    };
    let label = Action::CopyForAdministrator.label();
    view! { <CopyButton look=look label=label text=text /> }.into_any()
}

/// What cannot be fetched for it is left out.
async fn message(session: Session, workbench: Workbench, cause: Cause) -> String {
    let whereabouts = Whereabouts::of(session, &workbench).await;
    let log = match &workbench.run {
        Some(run) => api::run_log(run.id.clone()).await.ok(),
        None => None,
    };
    let report = Report {
        workbench: &workbench,
        place: whereabouts.place(),
        run: None,
        journal: &[],
        cause: Some(&cause),
        log: log.as_ref(),
        versions: &[],
        now: clock::now(),
    };
    message_for_administrator(&report, &cause)
}

/// Where a workbench is found by others, and who tells them.
pub struct Whereabouts {
    workspace: String,
    link: String,
    asked_by: String,
}

impl Whereabouts {
    /// Asks for what is not known yet.
    pub async fn of(session: Session, workbench: &Workbench) -> Self {
        let asked_by = match session.who.get_untracked() {
            Who::Somebody(me) => [&me.user.display_name, " (", &me.user.username, ")"].concat(),
            Who::Asking | Who::Nobody => String::new(),
        };
        let page = Page::Session(workbench.workspace_id.clone(), workbench.id.clone());
        let origin = window().location().origin().unwrap_or_default();
        let workspace = api::workspace(workbench.workspace_id.clone()).await;
        Self {
            workspace: workspace.map(|it| it.name).unwrap_or_default(),
            link: origin + &page.path(),
            asked_by,
        }
    }

    /// As the diagnostics take it.
    pub fn place(&self) -> Place<'_> {
        Place {
            workspace: &self.workspace,
            link: &self.link,
            asked_by: &self.asked_by,
        }
    }
}
