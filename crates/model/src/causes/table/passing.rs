//! States that pass by themselves, late starts and notices. The last rules apply to anything.

use super::super::rule::Remedy::{CopyForAdministrator, KeepWaiting, StartAgain, Wait};
use super::super::rule::{Level, ResolvedBy, Rule, When, rules};
use crate::condition::ConditionType::Failed;

pub(super) const RULES: &[Rule] = rules! {
    "late" Late You KeepWaiting { reasons: ["StartDeadlineExceeded"] }
        "The app wasn't ready in time."
        "Give it more time, or stop it and check its log.";
    "build-queued" Progressing Wait Wait { reasons: ["BuildQueued"] }
        "The app's build is in the queue."
        "A few builds run at a time. No action needed.";
    "build-due" Progressing Wait Wait { reasons: ["BuildDue"] }
        "The app is built first. This happens once."
        "The start then continues.";
    "building" Progressing Wait Wait { reasons: ["Building"] }
        "Building the app. This happens once."
        "The start then continues.";
    "folder-pending" Progressing Wait Wait { reasons: ["Provisioning", "WaitForFirstConsumer", "ExternalProvisioning"] }
        "Creating the workbench's folder."
        "This takes moments here, and up to a minute on a cluster.";
    "pulling" Progressing Wait Wait { reasons: ["Pulling", "PodInitializing"] }
        "Pulling the app's image."
        "The first time on a machine takes longest.";
    "process-starting" Progressing Wait Wait { reasons: ["ProcessStarting", "ContainerCreating"] }
        "Starting the app's process."
        "No action needed.";
    "probe-pending" Progressing Wait Wait { reasons: ["ProbePending"] }
        "The app is starting up. Waiting for it to respond."
        "No action needed.";
    "stopping" Progressing Wait Wait { reasons: ["Stopping", "Terminating"] }
        "Stopping the app."
        "It gets time to save its work, then is forced to end.";
    "waiting" Progressing Wait Wait { reasons: ["Waiting", "WaitingForSecrets"] }
        "Waiting for an earlier step."
        "No action needed.";
    "not-looked-yet" Notice Wait Wait { reasons: ["NotObserved"] }
        "Waiting for the first update."
        "This takes a few seconds.";
    "spec-ahead" Notice You StartAgain { reasons: ["SpecAhead"] }
        "Settings changed."
        "Restart to apply them.";
    "failed-unknown" Failure Administrator CopyForAdministrator { about: [Failed] }
        "The run failed for a reason that this console doesn't know."
        "Send the reason and the message below to an administrator."
        "Check the reason and the message below, then try again.";
};
