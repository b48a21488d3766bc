//! Saves the changes one role after the other, and merges where the server has newer ones.

use super::editor::Editor;
use super::texts;
use crate::api::{self, ApiError};
use crate::effect::Effect;
use crate::store::{Holders, RoleList, Session, Task, use_tracked_task};
use crate::ui::Toasts;
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_client::roles::{Change, SaveStep, changes, plan};
use vestibule_model::people::ListedRole;

/// The save of a draft.
#[derive(Clone, Copy)]
pub struct Saving {
    /// The requests.
    pub task: Task,
    /// The error of the last attempt.
    pub error: RwSignal<Option<String>>,
    editor: Editor,
    toasts: Toasts,
    roles: RoleList,
    holders: Holders,
    session: Session,
}

/// End of an attempt: what was saved, and why the next step was not, with the server's roles.
struct SaveOutcome {
    saved: Vec<(SaveStep, Option<i64>)>,
    refused: Option<(ApiError, Vec<ListedRole>)>,
}

impl Saving {
    /// Returns a save that was not begun.
    pub fn new(editor: Editor) -> Self {
        let task = use_tracked_task(Request::Save);
        let error = RwSignal::new(None);
        Effect::new(move |_| {
            if let Some(failed) = task.error.get() {
                error.set(Some(failed.sentence()));
            }
        });
        Self {
            task,
            error,
            editor,
            toasts: Toasts::expect(),
            roles: RoleList::expect(),
            holders: Holders::expect(),
            session: Session::expect(),
        }
    }

    /// Saves all changes.
    pub fn run(self) {
        let editor = self.editor;
        let (steps, count) = editor.draft.with_untracked(|draft| {
            let all = changes(draft.base(), draft.now());
            (plan(draft), all.iter().map(Change::count).sum::<usize>())
        });
        self.error.set(None);
        let session = self.session;
        let work = async move {
            let outcome = save(steps).await?;
            // The user's own permissions may have changed.
            let _ = session.ask().await;
            Ok(outcome)
        };
        self.task.run(work, move |outcome: SaveOutcome| {
            self.finish(outcome, count);
        });
    }

    fn finish(self, outcome: SaveOutcome, count: usize) {
        let editor = self.editor;
        let merge = editor.draft.try_update(|draft| {
            for (step, version) in &outcome.saved {
                draft.saved(step, *version);
            }
            let (error, roles) = outcome.refused?;
            let authors = roles.iter().map(|listed| {
                let author = (listed.changed_by_name.clone(), listed.changed_at);
                (listed.role.name.clone(), author)
            });
            editor.authors.set(authors.collect());
            Some((error, draft.merge(roles)))
        });
        self.roles.refresh();
        self.holders.changed();
        match merge.flatten() {
            None => {
                editor.merged.set(None);
                editor.reviewing.set(false);
                self.toasts.show(texts::saved(count));
            }
            Some((error, merge)) => {
                let has_updates = !merge.theirs.is_empty() || !merge.conflicts.is_empty();
                let is_merged = has_updates && is_about_versions(&error);
                editor.merged.set(has_updates.then_some(merge));
                self.error.set((!is_merged).then(|| error.sentence()));
            }
        }
    }
}

/// Returns `true` if the refusal only says that the roles have changed.
fn is_about_versions(error: &ApiError) -> bool {
    match error {
        ApiError::Problem(problem) => matches!(problem.status, 409 | 412),
        ApiError::NotFound | ApiError::Gone => true,
        _ => false,
    }
}

async fn save(steps: Vec<SaveStep>) -> Result<SaveOutcome, ApiError> {
    let mut saved = Vec::new();
    for step in steps {
        match api::save_role(step.clone()).await {
            Ok(version) => saved.push((step, version)),
            Err(error @ ApiError::Unauthorized(_)) => return Err(error),
            Err(error) => {
                // Without the server's roles nothing can be merged: what was saved is found later.
                let roles = match api::listed_roles().await {
                    Ok(roles) => roles,
                    Err(_) if saved.is_empty() => return Err(error),
                    Err(other) => return Err(other),
                };
                let refused = Some((error, roles));
                return Ok(SaveOutcome { saved, refused });
            }
        }
    }
    Ok(SaveOutcome {
        saved,
        refused: None,
    })
}
