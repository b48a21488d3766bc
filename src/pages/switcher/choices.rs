//! The choices of the switcher: recent workbenches, those that run first, then workspaces, pages, and
//! further workbenches that the server finds. Pure.

use super::texts;
use crate::pages::admin::Area;
use crate::pages::shared::{StatusSummary, mark_of_state};
use crate::routes::Page;
use crate::ui::MarkKind;
use std::collections::HashSet;
use vestibule_client::activity::JobStage;
use vestibule_client::state::State;
use vestibule_model::fold::fold;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::run::Run;
use vestibule_model::sorting;
use vestibule_model::workbench::Workbench;
use vestibule_model::workspace::Workspace;

/// A place to go to.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitcherChoice {
    /// The place.
    pub page: Page,
    /// State of a workbench; `None` for a workspace or a page.
    pub mark: Option<MarkKind>,
    /// The name.
    pub title: String,
    /// Detail that distinguishes it from others of the same name.
    pub note: String,
}

/// Returns the workbenches of these runs, newest first, but those that are active before the others.
pub fn of_runs(runs: &[Run], workspaces: &[Workspace]) -> Vec<SwitcherChoice> {
    let mut seen = HashSet::new();
    let newest = runs.iter().filter(|run| seen.insert(&run.workbench_id));
    let mut newest: Vec<&Run> = newest.collect();
    sorting::sort_by_key(&mut newest, |run| run.finished_at.is_some());
    let choice = |run: &Run| {
        workbench_choice(
            (run.workspace_id.clone(), run.workbench_id.clone()),
            run.name.clone().unwrap_or_default(),
            state(run),
            workspaces,
        )
    };
    newest.into_iter().map(choice).collect()
}

/// Returns the workspaces, and the page of all of them.
pub fn of_workspaces(workspaces: &[Workspace]) -> Vec<SwitcherChoice> {
    let choice = |page, title: &str, note: &str| SwitcherChoice {
        page,
        mark: None,
        title: title.to_owned(),
        note: note.to_owned(),
    };
    let each = workspaces.iter().map(|workspace| {
        let page = Page::Workspace(workspace.id.clone());
        choice(page, &workspace.name, texts::WORKSPACE)
    });
    each.chain([choice(Page::Workspaces, texts::ALL_WORKSPACES, "")])
        .collect()
}

/// Returns the choices that contain every word. Those whose name begins with the text come first.
pub fn matching(all: &[SwitcherChoice], typed: &str) -> Vec<SwitcherChoice> {
    let typed = fold(typed.trim());
    let has_all = |choice: &&SwitcherChoice| {
        let text = fold(&format!("{} {}", choice.title, choice.note));
        typed.split_whitespace().all(|word| text.contains(word))
    };
    let mut found: Vec<SwitcherChoice> = all.iter().filter(has_all).cloned().collect();
    sorting::sort_by_key(&mut found, |choice| {
        !fold(&choice.title).starts_with(&typed)
    });
    found
}

/// Returns the workbenches that the server has found, but those of the first list.
pub fn of_found(
    found: &[Workbench],
    known: &[SwitcherChoice],
    workspaces: &[Workspace],
) -> Vec<SwitcherChoice> {
    let choice = |workbench: &Workbench| {
        let summary = StatusSummary::of(workbench);
        workbench_choice(
            (workbench.workspace_id.clone(), workbench.id.clone()),
            workbench.name.clone(),
            (summary.mark, summary.word),
            workspaces,
        )
    };
    let is_new = |choice: &SwitcherChoice| known.iter().all(|known| known.page != choice.page);
    found.iter().map(choice).filter(is_new).collect()
}

/// Returns the pages beside those of workspaces.
pub fn of_pages(areas: &[Area]) -> Vec<SwitcherChoice> {
    let areas = areas.iter().map(|area| (area.page(), area.title()));
    let pages = [(Page::Account, texts::ACCOUNT)].into_iter().chain(areas);
    let choice = |(page, title): (Page, &str)| SwitcherChoice {
        page,
        mark: None,
        title: title.to_owned(),
        note: texts::PAGE.to_owned(),
    };
    pages.map(choice).collect()
}

fn workbench_choice(
    (workspace_id, id): (WorkspaceId, WorkbenchId),
    title: String,
    (mark, word): (MarkKind, &str),
    workspaces: &[Workspace],
) -> SwitcherChoice {
    let workspace = workspaces.iter().find(|one| one.id == workspace_id);
    let name = workspace.map(|workspace| workspace.name.as_str());
    SwitcherChoice {
        page: Page::Workbench(workspace_id, id),
        mark: Some(mark),
        title,
        note: [name.unwrap_or_default(), word].join(" · "),
    }
}

/// Returns the state of a run, in the words and marks of the table of workbenches.
fn state(run: &Run) -> (MarkKind, &'static str) {
    let state = match JobStage::of_run(run) {
        JobStage::Held(hold) => State::Held(hold),
        JobStage::Starting => State::Starting,
        JobStage::Running => State::Running,
        JobStage::Stopping => State::Stopping,
        JobStage::Stopped => State::Stopped,
        JobStage::Completed => State::Completed,
        JobStage::TimedOut => State::TimedOut,
        JobStage::Failed => State::Failed,
        _ => State::Unknown,
    };
    (mark_of_state(state), state.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn run(workbench: &str, status: &str, changes: &Value) -> Run {
        let mut run = json!({"id": "run-1", "workbenchId": workbench, "workspaceId": "ws-1",
            "projectId": "ws-1", "number": 1, "name": workbench, "status": status,
            "startedAt": "2026-11-21T10:00:00Z"});
        for (key, value) in changes.as_object().into_iter().flatten() {
            run[key] = value.clone();
        }
        serde_json::from_value(run).expect("a run")
    }

    fn titles(choices: &[SwitcherChoice]) -> Vec<&str> {
        choices.iter().map(|choice| choice.title.as_str()).collect()
    }

    #[test]
    fn what_runs_comes_first_and_each_workbench_once_with_its_newest_state() {
        let ended = json!({"finishedAt": "2026-11-21T10:00:09Z"});
        let ready = json!({"readyAt": "2026-11-21T10:00:05Z"});
        let runs = [
            run("late", "failed", &ended),
            run("here", "running", &ready),
            run("late", "running", &ready),
            run("soon", "running", &json!({})),
            run("stuck", "pending", &json!({"cause": "SecretNotFound"})),
            run(
                "slow",
                "running",
                &json!({"cause": "StartDeadlineExceeded"}),
            ),
        ];
        let workspace = json!({"id": "ws-1", "name": "Lab"});
        let workspaces = [serde_json::from_value(workspace).expect("a workspace")];
        let found = of_runs(&runs, &workspaces);
        assert_eq!(titles(&found), ["here", "soon", "stuck", "slow", "late"]);
        let notes: Vec<_> = found.iter().map(|one| one.note.as_str()).collect();
        // In use, M2: the words of the table.
        let expected = [
            "Lab · Running",
            "Lab · Starting",
            "Lab · Waiting for you",
            "Lab · Late",
            "Lab · Failed",
        ];
        assert_eq!(notes, expected);
    }

    #[test]
    fn every_word_has_to_match_and_a_name_that_begins_so_comes_first() {
        let workspace = |id: &str, name: &str| -> Workspace {
            serde_json::from_value(json!({"id": id, "name": name})).expect("a workspace")
        };
        let all = of_workspaces(&[workspace("ws-1", "Old lab"), workspace("ws-2", "Lab")]);
        assert_eq!(titles(&matching(&all, "lab")), ["Lab", "Old lab"]);
        assert_eq!(titles(&matching(&all, "OLD work")), ["Old lab"]);
        assert_eq!(matching(&all, "nowhere"), []);
        assert_eq!(
            titles(&matching(&all, " ")),
            ["Old lab", "Lab", "All workspaces"]
        );
    }
}
