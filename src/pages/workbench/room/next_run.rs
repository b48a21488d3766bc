//! Notice on the page of a stopped workbench whose times are above a maximum.

use crate::api;
use crate::pages::shared::WorkbenchStage;
use crate::pages::workbench::context::WorkbenchContext;
use crate::store::use_task;
use leptos::prelude::*;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::workbench::WorkbenchSpec;

/// Notice of the times of a stopped workbench that its next run does not get.
#[component]
pub fn NextRun(stage: Memo<WorkbenchStage>) -> impl IntoView {
    let watch = WorkbenchContext::expect().workbench.watch;
    let next = Memo::new(move |_| {
        let workbench = watch.workbench.read();
        let workbench = workbench.as_ref().filter(|_| stage.get().is_ended())?;
        Some((workbench.workspace_id.clone(), workbench.spec.clone()))
    });
    move || {
        let (workspace, spec) = next.get()?;
        Some(view! { <Coming workspace spec /> })
    }
}

/// The notice. The limits are read once: the run's journal has those of its start.
#[component]
fn Coming(workspace: WorkspaceId, spec: WorkbenchSpec) -> impl IntoView {
    let text = RwSignal::new(None::<String>);
    let reading = use_task();
    reading.run(api::workspace_limits(workspace), move |limits| {
        text.try_set(limits.effective.coming(&spec));
    });
    move || {
        text.get()
            .map(|text| view! { <p class="quiet" role="status">{text}</p> })
    }
}
