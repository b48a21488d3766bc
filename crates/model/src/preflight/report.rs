//! The server's response to a preflight check: facts that only the server knows, and the findings.

use super::build::{Build, FailedBuild};
use super::{FreeCapacity, PreflightInput, findings, verdict};
use crate::app::App;
use crate::lenient;
use crate::validation::is_same_name;
use crate::workbench::NewWorkbench;
use serde::{Deserialize, Serialize};

/// Facts about the place where a workbench is to start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct StartContext {
    /// The app, or `None` if the catalogue has no such app.
    #[serde(deserialize_with = "lenient::or_default")]
    pub app: Option<App>,
    /// State of its build, or `None` if there is no app.
    #[serde(deserialize_with = "lenient::or_default")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub build: Option<Build>,
    /// The last failed build that has not been redone since, or `None`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub failed_build: Option<FailedBuild>,
    /// Reason for lack of capacity, or `None` if there is a free slot.
    #[serde(deserialize_with = "lenient::or_default")]
    pub full: Option<String>,
    /// Requested secrets that the workspace does not have.
    #[serde(deserialize_with = "lenient::rows")]
    pub missing_secrets: Vec<String>,
    /// The other workbench with the same name.
    #[serde(deserialize_with = "lenient::or_default")]
    pub name_taken_by: Option<String>,
}

/// Response of `POST /api/workspaces/{id}/preflight`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Preflight {
    /// The verdict, as [`super::Verdict::as_str`] has it.
    #[serde(deserialize_with = "lenient::or_default")]
    pub verdict: String,
    /// The verdict in one sentence.
    #[serde(deserialize_with = "lenient::or_default")]
    pub sentence: String,
    /// Findings, the worst first.
    #[serde(deserialize_with = "lenient::rows")]
    pub findings: Vec<ReportedFinding>,
    /// Facts on which the verdict is based.
    #[serde(flatten)]
    pub surroundings: StartContext,
}

/// A finding on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReportedFinding {
    /// The field.
    pub field: String,
    /// The effect, as [`super::Effect::as_str`] has it.
    pub effect: String,
    /// The cause's key.
    pub cause: String,
    /// The cause in one sentence.
    pub what: String,
    /// The remedy in one sentence.
    pub advice: String,
    /// The evidence, verbatim; may be empty.
    #[serde(default)]
    pub why: String,
    /// The person who can fix it, in a few words.
    #[serde(default)]
    pub who: String,
}

impl StartContext {
    /// Returns the name that equals this one except for case.
    pub fn twin(name: &str, others: Vec<String>) -> Option<String> {
        others.into_iter().find(|other| is_same_name(other, name))
    }

    /// Returns the capacity.
    pub fn free_capacity(&self) -> FreeCapacity<'_> {
        match &self.full {
            Some(why) => FreeCapacity::Full(why),
            None => FreeCapacity::Free,
        }
    }

    /// Returns the findings for this workbench.
    pub fn judge(self, new: &NewWorkbench) -> Preflight {
        let catalogue: Vec<App> = self.app.iter().cloned().collect();
        let is_there = |name: &&String| !self.missing_secrets.contains(name);
        let present: Vec<String> = new.spec.secrets.iter().filter(is_there).cloned().collect();
        let others: Vec<String> = self.name_taken_by.iter().cloned().collect();
        let input = PreflightInput {
            name: &new.name,
            app: &new.app,
            spec: &new.spec,
            catalogue: Some(&catalogue),
            build: self.build.as_ref(),
            failed_build: self.failed_build.as_ref(),
            secrets: Some(&present),
            other_names: &others,
            free_capacity: self.free_capacity(),
        };
        let found = findings(&input);
        let verdict = verdict(&input, &found);
        let sentence = verdict.sentence(&found);
        let reported = found.into_iter().map(|finding| ReportedFinding {
            field: finding.field,
            effect: finding.effect.as_str().to_owned(),
            cause: finding.cause.key.to_owned(),
            what: finding.cause.what.to_owned(),
            advice: finding.cause.advice.to_owned(),
            why: finding.cause.why,
            who: finding.cause.who.words().to_owned(),
        });
        Preflight {
            verdict: verdict.as_str().to_owned(),
            sentence: sentence.to_owned(),
            findings: reported.collect(),
            surroundings: self,
        }
    }
}
