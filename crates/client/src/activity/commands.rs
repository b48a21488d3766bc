//! Pending commands: requests of this page that are unanswered, and responses that the server has
//! not confirmed through the stream or a list yet.

use super::job::{JobKey, Open, Registered};
use super::label::{Label, Request};
use super::stage::JobStage;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::run::Run;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::Workbench;

/// Time for which the response to a command counts without a report that confirms it.
pub const UNCONFIRMED: Millis = Millis::from_secs(10);

/// Stage of a job as the server reported it, and the number of that report; `None` without a
/// report.
pub(super) type Reported = Option<(JobStage, u64)>;

/// The commands of this page.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PendingCommands {
    open: Vec<Open>,
    /// At most one for each job.
    provisional: Vec<Provisional>,
}

/// Stage implied by the response to a command.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Provisional {
    pub(super) registered: Registered,
    /// The server's last report at the response.
    before: Reported,
    /// The newest request at that time: the response to a later one includes the job.
    pub(super) asked: u64,
}

impl PendingCommands {
    /// Begins a request.
    pub(super) fn begin(&mut self, open: Open) {
        self.open.push(open);
    }

    /// Settles a request that was answered, failed or was given up.
    pub(super) fn settle(&mut self, id: u64) {
        self.open.retain(|open| open.id != id);
    }

    /// Applies the workbench in the response to a command.
    pub(super) fn answered(
        &mut self,
        workbench: &Workbench,
        asked: u64,
        now: Timestamp,
        reported: impl Fn(&JobKey) -> Reported,
    ) {
        let Some(run) = &workbench.run else {
            return;
        };
        let key = JobKey::run(&run.id);
        let Some(label) = Label::of_answer(workbench) else {
            self.complete(&key);
            return;
        };
        let registered = Registered {
            label,
            since: now,
            seq: run.last_seq,
            run: Some((workbench.id.clone(), run.number)),
            key,
        };
        self.register(registered, asked, reported);
    }

    /// Registers a job before the server reports it. Registering the same job and stage again
    /// changes nothing.
    pub(super) fn register(
        &mut self,
        registered: Registered,
        asked: u64,
        reported: impl Fn(&JobKey) -> Reported,
    ) {
        let now = registered.since;
        self.provisional
            .retain(|one| now.since(one.registered.since) < UNCONFIRMED);
        let is_same = |one: &Provisional| {
            one.registered.key == registered.key && one.registered.label == registered.label
        };
        if self.provisional.iter().any(is_same) {
            return;
        }
        self.complete(&registered.key);
        let provisional = Provisional {
            before: reported(&registered.key),
            registered,
            asked,
        };
        if !provisional.is_confirmed(provisional.before) {
            self.provisional.push(provisional);
        }
    }

    /// Removes a job that has ended as far as this page knows.
    pub(super) fn complete(&mut self, key: &JobKey) {
        self.provisional.retain(|one| one.registered.key != *key);
    }

    /// Removes the stages that the server has reported meanwhile.
    pub(super) fn confirm(&mut self, reported: impl Fn(&JobKey) -> Reported) {
        self.provisional
            .retain(|one| !one.is_confirmed(reported(&one.registered.key)));
    }

    /// Removes the jobs that a complete list should contain and does not.
    pub(super) fn forget(
        &mut self,
        is_judged: impl Fn(&Provisional) -> bool,
        reported: impl Fn(&JobKey) -> Reported,
    ) {
        let is_known = |one: &Provisional| reported(&one.registered.key).is_some();
        self.provisional
            .retain(|one| is_known(one) || !is_judged(one));
    }

    /// Removes all provisional stages: the server's numbers were reset.
    pub(super) fn forget_all(&mut self) {
        self.provisional.clear();
    }

    /// Returns the requests that are unanswered.
    pub(super) fn open(&self) -> impl Iterator<Item = &Open> {
        self.open.iter()
    }

    /// Returns the provisional stage of a job.
    pub(super) fn stage(
        &self,
        is_it: impl Fn(&JobKey) -> bool,
        now: Timestamp,
    ) -> Option<JobStage> {
        let mut all = self.registered(now);
        let registered = all.find(|registered| is_it(&registered.key))?;
        Some(JobStage::of_label(registered.label))
    }

    /// Returns the jobs known from responses alone, for at most [`UNCONFIRMED`].
    pub(super) fn registered(&self, now: Timestamp) -> impl Iterator<Item = &Registered> {
        let all = self.provisional.iter().map(|one| &one.registered);
        all.filter(move |registered| now.since(registered.since) < UNCONFIRMED)
    }

    /// Returns `true` if a later run of the same workbench is known: a workbench has one at a time.
    pub(super) fn follow_run(&self, run: &Run, now: Timestamp) -> bool {
        let is_later = |(workbench, number): &(WorkbenchId, u64)| {
            *number > run.number && *workbench == run.workbench_id
        };
        self.registered(now)
            .any(|registered| registered.run.as_ref().is_some_and(is_later))
    }

    /// Returns when the next provisional stage expires.
    pub(super) fn expires_at(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.registered(now).map(|one| one.since + UNCONFIRMED);
        ends.min()
    }
}

impl Provisional {
    /// Returns `true` if a report is the one that this stage anticipates, or a later one.
    fn is_confirmed(&self, reported: Reported) -> bool {
        let Some((stage, seq)) = reported else {
            return false;
        };
        match self.registered.label {
            // The request to stop is reported with a number of its own, before the run stops.
            Label::Stopping => stage == JobStage::Stopping || stage.is_over(),
            _ if self.registered.seq > 0 => seq >= self.registered.seq,
            _ => reported != self.before,
        }
    }
}

impl Open {
    /// Creates the record of a request that is sent now.
    pub(super) fn new(
        id: u64,
        request: Request,
        workbench: Option<WorkbenchId>,
        since: Timestamp,
    ) -> Self {
        Self {
            id,
            request,
            workbench,
            since,
        }
    }
}
