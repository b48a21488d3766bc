//! What goes on by itself, is late, or is only worth knowing. The last rules fit anything.

use super::super::Action::{CopyForAdministrator, KeepWaiting, StartAgain, Wait};
use super::{Level, Rule, When, Who, rules};
use crate::condition::ConditionType::Failed;

pub(super) const RULES: &[Rule] = rules! {
    "late" Late You KeepWaiting { reasons: ["StartDeadlineExceeded"] }
        "The app did not become ready in the time set for its start."
        "Give it more time, or stop it and look at its log.";
    "build-queued" Progressing Wait Wait { reasons: ["BuildQueued"] }
        "The app is to be prepared first, and its build waits for its turn."
        "Builds run one after the other, a few at a time; it goes on by itself.";
    "build-due" Progressing Wait Wait { reasons: ["BuildDue"] }
        "The app is prepared first; this happens once."
        "It starts as soon as that is done.";
    "building" Progressing Wait Wait { reasons: ["Building"] }
        "The app is being prepared; this happens once."
        "It starts as soon as that is done.";
    "folder-pending" Progressing Wait Wait { reasons: ["VolumePending", "WaitForFirstConsumer", "ExternalProvisioning"] }
        "The workbench's folder is being made."
        "This takes moments here, and up to a minute on a cluster.";
    "pulling" Progressing Wait Wait { reasons: ["Pulling", "PodInitializing"] }
        "The app's image is being fetched."
        "The first time on a machine takes longest.";
    "process-starting" Progressing Wait Wait { reasons: ["ContainerCreating"] }
        "The app's process is being brought up."
        "It goes on by itself.";
    "probe-pending" Progressing Wait Wait { reasons: ["ProbePending"] }
        "The app's process is up and does not answer yet."
        "It is asked again every few seconds.";
    "stopping" Progressing Wait Wait { reasons: ["Stopping"] }
        "The app is being stopped."
        "It is given time to save its work, and is then forced to end.";
    "waiting" Progressing Wait Wait { reasons: ["Waiting"] }
        "It waits for the steps before it."
        "It goes on by itself.";
    "not-looked-yet" Notice Wait Wait { reasons: ["NotObserved"] }
        "The start has been asked for, and nobody has looked yet."
        "It goes on within seconds.";
    "spec-ahead" Notice You StartAgain { reasons: ["SpecAhead"] }
        "It runs with older settings than those it has been given since."
        "Start it again to use the new ones.";
    "failed-unknown" Failure Administrator CopyForAdministrator { about: [Failed] }
        "The run failed for a reason that this console has no words for."
        "The reason and the message below are word for word what the server reports.";
};
