//! "Will it start?" as the server answers it: the facts that only it knows, and what follows.

use super::{Asked, Room, findings, verdict};
use crate::app::App;
use crate::fold::fold;
use crate::ids::{BuildId, WorkspaceId};
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::workbench::NewWorkbench;
use serde::{Deserialize, Serialize};

open_enum!(
    /// How far an app's build is.
    Build {
        /// It has none.
        Unneeded = "unneeded",
        /// It is done.
        Done = "done",
        /// It waits for its turn.
        Queued = "queued",
        /// It is under way.
        Running = "running",
        /// The first start does it.
        Due = "due",
    }
);

/// The newest build of an app, with the steps that it has, where that one failed: the next start
/// builds the app again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FailedBuild {
    /// The app.
    #[serde(deserialize_with = "lenient::or_default")]
    pub app: String,
    /// What happened, in one sentence; empty for those who may not see the build.
    #[serde(deserialize_with = "lenient::or_default")]
    pub why: String,
    /// The build; none for those who may not see it.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub id: Option<BuildId>,
    /// Whose it is; none for those who may not see it.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub workspace_id: Option<WorkspaceId>,
}

impl FailedBuild {
    /// What those are told of it who may not see it.
    pub fn unseen(self) -> Self {
        Self {
            app: self.app,
            ..Self::default()
        }
    }
}

/// What is the case where a workbench is to start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Surroundings {
    /// The app; none if the catalogue has no such one.
    #[serde(deserialize_with = "lenient::or_default")]
    pub app: Option<App>,
    /// How far its build is; none where there is no app.
    #[serde(deserialize_with = "lenient::or_default")]
    pub build: Option<Build>,
    /// The build that has failed last and has not been done since; none where there is none.
    #[serde(deserialize_with = "lenient::or_default")]
    pub failed_build: Option<FailedBuild>,
    /// Why there is no room; none if there is.
    #[serde(deserialize_with = "lenient::or_default")]
    pub full: Option<String>,
    /// Those of the secrets asked for that the workspace does not have.
    #[serde(deserialize_with = "lenient::rows")]
    pub missing_secrets: Vec<String>,
    /// The other workbench that has the name.
    #[serde(deserialize_with = "lenient::or_default")]
    pub name_taken_by: Option<String>,
}

/// `POST /api/workspaces/{id}/preflight`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Preflight {
    /// The verdict, as [`super::Verdict::word`] has it.
    #[serde(deserialize_with = "lenient::or_default")]
    pub verdict: String,
    /// The verdict in one sentence.
    #[serde(deserialize_with = "lenient::or_default")]
    pub sentence: String,
    /// What speaks against the start or is good to know, the worst first.
    #[serde(deserialize_with = "lenient::rows")]
    pub findings: Vec<Told>,
    /// What all this follows from.
    #[serde(flatten)]
    pub surroundings: Surroundings,
}

/// A finding as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// The field it is about.
    pub field: String,
    /// What comes of it, as [`super::Effect::word`] has it.
    pub effect: String,
    /// The cause's key.
    pub cause: String,
    /// What it is, in one sentence.
    pub what: String,
    /// What to do, in one sentence.
    pub advice: String,
    /// The evidence, word for word; may be empty.
    #[serde(default)]
    pub why: String,
    /// Who can fix it, in a few words.
    #[serde(default)]
    pub who: String,
}

impl Surroundings {
    /// Which of the names is the same as this one to people.
    pub fn twin(name: &str, others: Vec<String>) -> Option<String> {
        others.into_iter().find(|other| is_same_name(other, name))
    }

    /// Whether there is room.
    pub fn room(&self) -> Room<'_> {
        match &self.full {
            Some(why) => Room::Full(why),
            None => Room::Free,
        }
    }

    /// What follows for this workbench.
    pub fn judge(self, new: &NewWorkbench) -> Preflight {
        let catalogue: Vec<App> = self.app.iter().cloned().collect();
        let is_there = |name: &&String| !self.missing_secrets.contains(name);
        let present: Vec<String> = new.spec.secrets.iter().filter(is_there).cloned().collect();
        let others: Vec<String> = self.name_taken_by.iter().cloned().collect();
        let asked = Asked {
            name: &new.name,
            app: &new.app,
            spec: &new.spec,
            catalogue: Some(&catalogue),
            build: self.build.as_ref(),
            failed_build: self.failed_build.as_ref(),
            secrets: Some(&present),
            other_names: &others,
            room: self.room(),
        };
        let found = findings(&asked);
        let verdict = verdict(&asked, &found);
        let sentence = verdict.sentence(&found);
        let told = found.into_iter().map(|finding| Told {
            field: finding.field,
            effect: finding.effect.word().to_owned(),
            cause: finding.cause.key.to_owned(),
            what: finding.cause.what.to_owned(),
            advice: finding.cause.advice.to_owned(),
            why: finding.cause.why,
            who: finding.cause.who.words().to_owned(),
        });
        Preflight {
            verdict: verdict.word().to_owned(),
            sentence: sentence.to_owned(),
            findings: told.collect(),
            surroundings: self,
        }
    }
}

/// Whether two names are the same to people: those that differ in case alone are.
pub(super) fn is_same_name(a: &str, b: &str) -> bool {
    fold(a.trim()) == fold(b.trim())
}
