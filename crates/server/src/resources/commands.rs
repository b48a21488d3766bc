//! Commands of the console: changes of resources.

use super::{Resources, originators, place};
use crate::clock;
use crate::command_store::{CommandError, CommandStore, on_store};
use crate::store::{Actor, Adopted, Command, Created, Edit, NewRow, Originators, ResourceRow};
use crate::tokens;
use async_trait::async_trait;
use std::time::Duration;
use vestibule_kubernetes::cluster::{Left, NewSession, Session, SessionError, SpecChange};
use vestibule_kubernetes::resource::AgenticSessionSpec;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::workbench::{Desired, Workbench};
use vestibule_model::workspace::WorkbenchCounts;

/// Longest time of a command, whatever the API server does.
const LIMIT: Duration = Duration::from_secs(10);
/// Longest part of a resource's name that comes from the workbench's name.
const MAX_SLUG: usize = 40;
/// Length of the part that comes from the request.
const REQUEST_PART: usize = 6;

impl From<SessionError> for CommandError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Gone => Self::Gone,
            SessionError::Conflict(conflict) => Self::Conflict {
                field: conflict.field,
                manager: conflict.manager,
            },
            error @ SessionError::Unreadable(_) => Self::ClusterRefuses(error.to_string()),
            SessionError::Refused(why) => Self::ClusterRefuses(why),
            SessionError::Unreachable(why) => Self::ClusterAway(why),
            SessionError::Unconfirmed(why) => Self::ClusterUnconfirmed(why),
        }
    }
}

#[async_trait]
impl CommandStore for Resources {
    async fn create(&self, new: NewRow, by: Actor) -> Result<Created, CommandError> {
        within(LIMIT, self.create_once(new, by)).await
    }

    async fn carry_out(
        &self,
        id: &WorkbenchId,
        command: Command,
        by: Actor,
    ) -> Result<Box<Workbench>, CommandError> {
        within(LIMIT, self.carry_out_once(id, command, by)).await
    }

    async fn delete_workspace(
        &self,
        id: &WorkspaceId,
        by: Actor,
    ) -> Result<Option<WorkbenchCounts>, CommandError> {
        self.release_workspace(id, by).await
    }
}

/// Ends a command that takes too long: the client waits for minutes for a busy API server.
async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, CommandError>> + Send,
) -> Result<T, CommandError> {
    let late = |_| {
        let seconds = limit.as_secs();
        CommandError::ClusterUnconfirmed(format!("it didn't answer within {seconds} s"))
    };
    tokio::time::timeout(limit, work).await.map_err(late)?
}

impl Resources {
    async fn create_once(&self, new: NewRow, by: Actor) -> Result<Created, CommandError> {
        let workspace = new.workspace_id.clone();
        let placing = self.lock_of(workspace.as_str());
        let _placing = placing.lock().await;
        let known = {
            let workspace = workspace.clone();
            on_store(&self.store, move |store| store.workspace(&workspace)).await?
        };
        if known.is_none() {
            return Ok(Created::NoWorkspace);
        }
        self.expect_to_manage()?;
        self.store.expect_disk_space()?;
        let opened = self.engine.open_workspace(&workspace).await;
        opened.map_err(|error| CommandError::ClusterAway(error.to_string()))?;
        let _creating = Creating::begin(self, new.id.as_str());
        let request = NewSession {
            name: &object_name(&new.name, &new.id),
            request: new.id.as_str(),
            spec: spec(&new),
            requested_by: &by.name,
            is_held: !self.engine.is_observing_only(),
        };
        let (session, is_new) = self.cluster().create_session(&workspace, &request).await?;
        let lock = self.lock_of(session.id.as_str());
        let _locked = lock.lock().await;
        if !is_new && !is_same(&session, &request.spec) {
            return Ok(Created::Taken);
        }
        self.adopt_now(&workspace, &session, false, &by, None)
            .await?;
        let workbench = self.workbench(&session.id).await?;
        let workbench = workbench.ok_or(CommandError::Gone)?;
        Ok(match is_new {
            true => Created::New(workbench),
            false => Created::Before(workbench),
        })
    }

    async fn carry_out_once(
        &self,
        id: &WorkbenchId,
        command: Command,
        by: Actor,
    ) -> Result<Box<Workbench>, CommandError> {
        let lock = self.lock_of(id.as_str());
        let _locked = lock.lock().await;
        let mut is_newest = false;
        loop {
            let (workbench, has_effect, row) = {
                let (id, command, by) = (id.clone(), command.clone(), by.clone());
                on_store(&self.store, move |store| {
                    let (workbench, has_effect) = store.rehearse(&id, &command, &by)?;
                    Ok::<_, CommandError>((workbench, has_effect, store.resource_row(&id)?))
                })
                .await?
            };
            let Some(row) = row else {
                return self.store_command(id, command, by).await;
            };
            match (&command, row.is_gone) {
                (Command::Delete | Command::Stop, true) => {
                    return self.store_command(id, command, by).await;
                }
                (_, true) => return Err(CommandError::Gone),
                _ => self.expect_to_manage()?,
            }
            let is_stop = matches!(command, Command::Stop) && row.desired == Desired::Running;
            match command {
                // A run's time limit is not part of the resource.
                Command::Extend => return self.store_command(id, command, by).await,
                _ if has_effect || is_stop => {
                    return self.change(&workbench, &row, command, by).await;
                }
                // The rows may not have followed the resource yet.
                _ if !is_newest && self.catch_up(&workbench, &row).await? => is_newest = true,
                _ => return Ok(workbench),
            }
        }
    }

    /// Adopts the newest state of a resource; returns `true` if the rows had an older one.
    async fn catch_up(
        &self,
        workbench: &Workbench,
        row: &ResourceRow,
    ) -> Result<bool, CommandError> {
        let place = place(&workbench.id, row);
        let session = match self.cluster().newest_session(&place).await {
            Ok(Some(session)) => session,
            // The reflector reports it.
            Ok(None) | Err(SessionError::Unreadable(_)) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let by = originators::of(&session, clock::now());
        let adopted = self.adopt(&workbench.workspace_id, &session, true, by, None);
        Ok(adopted.await? == Adopted::Changed)
    }

    pub(super) fn expect_to_manage(&self) -> Result<(), CommandError> {
        match self.engine.why_not_managing() {
            Some(why) => Err(CommandError::ClusterAway(why.to_owned())),
            None => Ok(()),
        }
    }

    /// Changes the resource of a workbench, and adopts what the API server has accepted.
    async fn change(
        &self,
        workbench: &Workbench,
        row: &ResourceRow,
        command: Command,
        by: Actor,
    ) -> Result<Box<Workbench>, CommandError> {
        let (id, workspace) = (&workbench.id, &workbench.workspace_id);
        let place = place(id, row);
        let how = SpecChange {
            requested_by: &by.name,
            // Start and stop are always carried out; settings are nobody's to take.
            is_forced: !matches!(command, Command::Change(_)),
        };
        let (session, owners) = match &command {
            Command::Delete => match self.cluster().delete_session(&place, &by.name).await? {
                Left::Deleting(left) => (*left, Vec::new()),
                // Nothing held it, or nothing more can be read.
                Left::Nothing | Left::Unreadable => {
                    return self.store_command(id, command, by).await;
                }
            },
            Command::Change(edit) => {
                let change = |spec: &mut AgenticSessionSpec| change_spec(spec, workbench, edit);
                self.cluster().change_session(&place, &how, change).await?
            }
            // A run's time limit is not part of the resource.
            Command::Extend => return self.store_command(id, command, by).await,
            Command::Stop => {
                let stop = |spec: &mut AgenticSessionSpec| spec.desired = Desired::Stopped;
                match self.cluster().change_session(&place, &how, stop).await {
                    Err(SessionError::Unreadable(_)) => {
                        self.cluster().stop_unreadable(&place, &by.name).await?;
                        return self.store_command(id, command, by).await;
                    }
                    stopped => stopped?,
                }
            }
            Command::Start | Command::Restart => {
                let request = format!("{} {}", clock::now(), tokens::id(""));
                let start = |spec: &mut AgenticSessionSpec| {
                    spec.desired = Desired::Running;
                    spec.run_request = Some(request.clone());
                };
                self.cluster().change_session(&place, &how, start).await?
            }
        };
        let remark = (!owners.is_empty()).then(|| {
            format!(
                "The desired state was managed by {}, which may set it back.",
                owners.join(" and ")
            )
        });
        self.adopt_now(workspace, &session, true, &by, remark)
            .await?;
        self.workbench(id).await?.ok_or(CommandError::Gone)
    }

    async fn adopt_now(
        &self,
        workspace: &WorkspaceId,
        session: &Session,
        had_row: bool,
        by: &Actor,
        remark: Option<String>,
    ) -> Result<(), CommandError> {
        let originators = Originators::all(by.clone());
        let adopted = self.adopt(workspace, session, had_row, originators, remark);
        match adopted.await? {
            Adopted::Changed | Adopted::Known => Ok(()),
            Adopted::NoWorkspace | Adopted::Deleted => Err(CommandError::Gone),
        }
    }

    async fn store_command(
        &self,
        id: &WorkbenchId,
        command: Command,
        by: Actor,
    ) -> Result<Box<Workbench>, CommandError> {
        let id = id.clone();
        Ok(on_store(&self.store, move |store| {
            store.carry_out(&id, &command, &by)
        })
        .await?)
    }

    async fn workbench(&self, id: &WorkbenchId) -> Result<Option<Box<Workbench>>, CommandError> {
        let id = id.clone();
        let found = on_store(&self.store, move |store| store.workbench(&id)).await?;
        Ok(found.map(Box::new))
    }
}

/// A resource that is being created: until it is adopted with its user, the reflector leaves it alone.
struct Creating<'a> {
    resources: &'a Resources,
    request: &'a str,
}

impl<'a> Creating<'a> {
    fn begin(resources: &'a Resources, request: &'a str) -> Self {
        super::lock(&resources.creating).insert(request.to_owned());
        Self { resources, request }
    }
}

impl Drop for Creating<'_> {
    fn drop(&mut self) {
        super::lock(&self.resources.creating).remove(self.request);
    }
}

fn spec(new: &NewRow) -> AgenticSessionSpec {
    AgenticSessionSpec {
        app: new.app.clone(),
        display_name: Some(new.name.clone()),
        desired: match new.start {
            true => Desired::Running,
            false => Desired::Stopped,
        },
        run_request: None,
        settings: new.spec.clone(),
    }
}

/// Returns `true` if a request repeats the one that created this resource.
fn is_same(session: &Session, requested: &AgenticSessionSpec) -> bool {
    let mut settings = session.spec.settings.clone();
    settings.env.get_or_insert_default();
    settings.parameters.get_or_insert_default();
    session.spec.app == requested.app
        && session.spec.display_name == requested.display_name
        && settings == requested.settings
        && !session.deleting
}

fn change_spec(spec: &mut AgenticSessionSpec, workbench: &Workbench, edit: &Edit) {
    let name = edit.name.as_ref().filter(|name| **name != workbench.name);
    if let Some(name) = name {
        spec.display_name = Some(name.clone());
    }
    if let Some(patch) = &edit.spec {
        spec.settings = patch.applied_to(&spec.settings);
    }
}

/// Returns the name of a resource: readable, and the same for the same request.
fn object_name(name: &str, request: &WorkbenchId) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(MAX_SLUG);
    let slug = match slug.trim_end_matches('-') {
        "" => "workbench",
        slug => slug,
    };
    let tail = tokens::derived_id("", &[request.as_str()]);
    format!("{slug}-{}", &tail[..REQUEST_PART])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resource_has_a_readable_name() {
        let name = |text: &str| object_name(text, &"wb-bcdfghjk".into());
        let tail = &tokens::derived_id("", &["wb-bcdfghjk"])[..REQUEST_PART];
        assert_eq!(name("Climate 2026"), format!("climate-2026-{tail}"));
        assert_eq!(name("  Ödön & co. "), format!("d-n-co-{tail}"));
        assert_eq!(name("研究"), format!("workbench-{tail}"));
        assert!(name(&"long ".repeat(40)).len() <= 52);
        assert_ne!(name("A"), object_name("A", &"wb-bcdfghjl".into()));
    }
}
