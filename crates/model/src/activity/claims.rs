//! What this page says of jobs by itself: what its requests were answered with, until the news is
//! there that this stands in for.

use super::UNCONFIRMED;
use super::job::{JobKey, Registered, Stage};
use super::label::Label;
use super::registry::Registry;
use crate::run::Run;
use crate::time::Timestamp;

/// How a job stands by what the server has told, and the number of what told it; none where nothing
/// has.
pub(super) type Standing = Option<(Stage, u64)>;

/// What this page says, one for each job at most.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Claims(Vec<Claim>);

/// What this page says of a job.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claim {
    pub(super) registered: Registered,
    /// How it stood when it was registered.
    stood: Standing,
    /// The newest request at that time: the answer to a later one knows of it.
    pub(super) asked: u64,
}

impl Claims {
    /// Takes over what the page says now, where that is other than before.
    pub(super) fn follow(
        &mut self,
        before: &Registry,
        own: &Registry,
        asked: u64,
        stands: impl Fn(&JobKey) -> Standing,
    ) {
        let is_said = |claim: &Claim| own.registered().any(|one| *one == claim.registered);
        self.0.retain(is_said);
        for registered in own.registered() {
            let claim = Claim {
                registered: registered.clone(),
                stood: stands(&registered.key),
                asked,
            };
            let was_said = before.registered().any(|one| one == registered);
            if !was_said && !claim.is_told(claim.stood) {
                self.0.push(claim);
            }
        }
    }

    /// Forgets what the server has told of meanwhile.
    pub(super) fn settle(&mut self, stands: impl Fn(&JobKey) -> Standing) {
        self.0
            .retain(|claim| !claim.is_told(stands(&claim.registered.key)));
    }

    /// Forgets those that a whole list must have told of, and has not: nobody knows of such a job.
    pub(super) fn forget(
        &mut self,
        must_be_told: impl Fn(&Claim) -> bool,
        stands: impl Fn(&JobKey) -> Standing,
    ) {
        let is_known = |claim: &Claim| stands(&claim.registered.key).is_some();
        self.0
            .retain(|claim| is_known(claim) || !must_be_told(claim));
    }

    /// Where this page knows a job to be.
    pub(super) fn stage(&self, is_it: impl Fn(&JobKey) -> bool, now: Timestamp) -> Option<Stage> {
        let mut all = self.believed(now);
        let registered = all.find(|registered| is_it(&registered.key))?;
        Some(Stage::of_label(registered.label))
    }

    /// What is believed still.
    pub(super) fn believed(&self, now: Timestamp) -> impl Iterator<Item = &Registered> {
        let all = self.0.iter().map(|claim| &claim.registered);
        all.filter(move |registered| now.since(registered.since) < UNCONFIRMED)
    }

    /// Whether it is known of a later run than this one of the same workbench: they have one at a
    /// time.
    pub(super) fn follow_run(&self, run: &Run, now: Timestamp) -> bool {
        self.believed(now).any(|registered| {
            let of = registered.run.as_ref();
            of.is_some_and(|(workbench, number)| {
                *number > run.number && *workbench == run.workbench_id
            })
        })
    }

    /// When the next is believed no more.
    pub(super) fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.believed(now).map(|one| one.since + UNCONFIRMED);
        ends.min()
    }
}

impl Claim {
    /// Whether this is the news that it stands in for, or later.
    fn is_told(&self, stands: Standing) -> bool {
        let Some((stage, seq)) = stands else {
            return false;
        };
        match self.registered.label {
            // That somebody asked for it is told, by a number of its own, before it stops.
            Label::Stopping => stage == Stage::Stopping || stage.is_over(),
            _ if self.registered.seq > 0 => seq >= self.registered.seq,
            _ => stands != self.stood,
        }
    }
}
