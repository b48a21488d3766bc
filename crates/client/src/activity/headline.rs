//! The header's summary of all jobs.

use super::job::{JobKey, JobSubject, JobView};
use super::label::Label;
use super::stage::JobStage;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::Timestamp;

/// The job that the header names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadJob {
    /// State.
    pub label: Label,
    /// Name of the job; empty while that is not known.
    pub name: String,
    /// Current step and number of steps, or `None`.
    pub progress: Option<(usize, usize)>,
}

impl LeadJob {
    /// Returns the text of the header: `Starting climate…`.
    pub fn text(&self) -> String {
        self.label.text(&self.name)
    }
}

/// The header's summary of all jobs. Jobs in motion lead; failures are only counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// The job that the header names, or `None` if there are only failures.
    pub lead: Option<LeadJob>,
    /// Number of other jobs in motion or running.
    pub more: usize,
    /// Number of failures that the user has not acknowledged.
    pub failures: Vec<JobKey>,
}

impl Headline {
    /// Returns the summary, or `None` without jobs. `name_of` returns the names of workbenches.
    pub(super) fn of<'a>(
        all: impl Iterator<Item = JobView<'a>>,
        name_of: impl Fn(&WorkbenchId) -> Option<String>,
    ) -> Option<Self> {
        let mut first: Option<((u8, Option<i64>), Label, JobView<'a>)> = None;
        let mut moving = 0_usize;
        let mut failures = Vec::new();
        for seen in all {
            if seen.needs_attention {
                failures.push(seen.key());
            }
            let Some(label) = label_of(&seen) else {
                continue;
            };
            moving += 1;
            // Among equals the newest.
            let age = seen.since().map(Timestamp::as_millis).map(|at| -at);
            let place = (label.rank(), age);
            if first.as_ref().is_none_or(|(known, ..)| place < *known) {
                first = Some((place, label, seen));
            }
        }
        let lead = first.map(|(_, label, seen)| LeadJob {
            label,
            name: match seen.subject {
                JobSubject::Run(_) | JobSubject::Build(_) => seen.name(),
                JobSubject::Request(_) | JobSubject::Registered(_) => {
                    let of = seen.command_target();
                    of.and_then(name_of).unwrap_or_default()
                }
            },
            progress: seen.progress(),
        });
        (lead.is_some() || !failures.is_empty()).then(|| Self {
            lead,
            more: moving.saturating_sub(1),
            failures,
        })
    }

    /// Returns the whole summary as a sentence: `Starting climate…, 2 more, 1 failed`.
    pub fn sentence(&self) -> String {
        let mut parts = Vec::new();
        if let Some(lead) = &self.lead {
            let mut text = lead.text();
            if let Some((step, of)) = lead.progress {
                text += &format!(" step {step} of {of}");
            }
            parts.push(text);
        }
        if self.more > 0 {
            parts.push(format!("{} more", self.more));
        }
        if !self.failures.is_empty() {
            parts.push(format!("{} failed", self.failures.len()));
        }
        parts.join(", ")
    }
}

/// Returns the label of a job, or `None` if it has none.
fn label_of(seen: &JobView<'_>) -> Option<Label> {
    match seen.stage {
        JobStage::Held(hold) => Some(Label::Held(hold)),
        JobStage::Stopping => Some(Label::Stopping),
        JobStage::Cancelling => Some(Label::Cancelling),
        JobStage::Building => Some(Label::Building),
        JobStage::Starting => Some(Label::Starting),
        JobStage::Pulling => Some(Label::Pulling),
        JobStage::Restarting => Some(Label::Restarting),
        JobStage::Queued => Some(Label::Queued),
        JobStage::Running => Some(Label::Running),
        JobStage::Asking => match seen.subject {
            JobSubject::Request(open) => Some(Label::Asking(open.request)),
            _ => None,
        },
        // A start that waits for a build is represented by the build.
        JobStage::Waiting
        | JobStage::Failed
        | JobStage::TimedOut
        | JobStage::Succeeded
        | JobStage::Completed
        | JobStage::Stopped
        | JobStage::Cancelled
        | JobStage::Unknown => None,
    }
}
