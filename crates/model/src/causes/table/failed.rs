//! What ends a run in failure.

use super::super::Action::{CopyForAdministrator, NewWorkbench, OpenLog, StartAgain, Wait};
use super::{Level, Rule, When, Who, rules};
use crate::condition::ConditionType::PvcReady;

const IMAGE: [&str; 4] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "RegistryUnavailable",
];

pub(super) const RULES: &[Rule] = rules! {
    // How it was ended from outside.
    "memory-limit" Failure You StartAgain { reasons: ["OOMKilled"] }
        "The app used more memory than it may, and was ended."
        "Start it again and load less at once, or ask for a higher memory limit.";
    "evicted" Failure You StartAgain { reasons: ["Evicted"] }
        "The machine ran short of resources and ended the app."
        "Start it again; if that happens often, ask an administrator for more room.";
    "preempted" Failure You StartAgain { reasons: ["Preempted", "Preempting", "PreemptionByScheduler"] }
        "The app had to make room for something more urgent."
        "Start it again; it runs once there is room.";
    "node-lost" Failure You StartAgain { reasons: ["NodeLost", "NodeNotReady", "NodeShutdown", "NodeUnreachable", "DeletionByTaintManager", "TerminationByKubelet", "DeletionByPodGC"] }
        "The machine it ran on is gone or was shut down."
        "Start it again; it runs on another machine if there is one.";
    "time-limit" Failure You StartAgain { reasons: ["Timeout", "DeadlineExceeded"] }
        "The run reached its time limit and was ended."
        "Start it again; set a longer limit first if it needs one.";
    "volume-lost" Blocked Administrator CopyForAdministrator { reasons: ["VolumeLost", "ClaimLost"] }
        "The workbench's folder is gone."
        "An administrator can look for what became of it; a new start makes an empty one.";
    "claim-lost" Blocked Administrator CopyForAdministrator { reasons: ["Lost"], about: [PvcReady] }
        "The storage under the workbench's folder is gone."
        "An administrator can look for what became of it.";
    "lost" Failure You StartAgain { reasons: ["Lost", "ContainerStatusUnknown"] }
        "The app's process is gone, and nobody saw how it ended."
        "Start it again; the end of its log may tell more.";

    // The app cannot be had.
    "app-unknown" Failure You NewWorkbench { reasons: ["InvalidImageName"], says: ["catalogue"] }
        "The catalogue has no app of this name any more."
        "Make a workbench with another app, or ask an administrator to bring it back.";
    "image-name" Failure Administrator CopyForAdministrator { reasons: ["InvalidImageName"] }
        "The name of the app's image is not valid."
        "An administrator can correct it in the catalogue.";
    "image-auth" Failure Administrator CopyForAdministrator { reasons: IMAGE, says: ["unauthorized", "authentication", "denied", "forbidden", "pull secret", "401", "403"] }
        "The registry does not hand out the app's image to this installation."
        "An administrator can give the installation the right to fetch it.";
    "image-network" Failure Administrator CopyForAdministrator { reasons: IMAGE, says: ["i/o timeout", "no such host", "connection refused", "tls handshake", "unreachable", "toomanyrequests", "rate limit"] }
        "The registry of the app's image cannot be reached."
        "Start it again later; if it stays so, an administrator can look at the network.";
    "program-missing" Failure Administrator CopyForAdministrator { reasons: IMAGE, says: ["not installed", "is not there", "no such file", "executable file not found"] }
        "A program that the app needs is not installed on this machine."
        "An administrator can install it; then start again.";
    "image-missing" Failure Administrator CopyForAdministrator { reasons: IMAGE, says: ["not found", "manifest unknown", "does not exist", "not present"] }
        "The app's image does not exist."
        "An administrator can correct its name or publish it.";
    "image-pull" Failure Administrator CopyForAdministrator { reasons: IMAGE }
        "The app's image cannot be fetched."
        "An administrator can look at the image and its registry.";
    "build-cancelled" Failure You StartAgain { reasons: ["BuildFailed"], says: ["was cancelled"] }
        "The app's build was cancelled."
        "Start it again when you want it built.";
    "build-disk-full" Failure Administrator CopyForAdministrator { reasons: ["BuildFailed"], says: ["disk is full"] }
        "The disk was full while the app was being prepared."
        "Delete what is not needed, or ask an administrator for more space; then start again.";
    "build-timed-out" Failure Administrator CopyForAdministrator { reasons: ["BuildFailed"], says: ["longer than builds may"] }
        "Preparing the app took longer than it may."
        "An administrator can allow builds more time.";
    "build-program-missing" Failure Administrator CopyForAdministrator { reasons: ["BuildFailed"], says: ["is not installed"] }
        "A program that is needed to prepare the app is not installed on this machine."
        "An administrator can install it; then start again.";
    "build-failed" Failure Administrator CopyForAdministrator { reasons: ["BuildFailed"] }
        "Preparing the app failed."
        "An administrator can look at the build's log and correct its steps.";

    // What a message says, whatever the reason.
    "volume-full" Blocked Administrator CopyForAdministrator { says: ["no space left", "disk is full", "enospc", "disk quota exceeded"] }
        "The disk is full."
        "Delete what is not needed, or ask an administrator for more space.";
    "port-taken" Blocked You StartAgain { says: ["address already in use", "eaddrinuse", "answers on the app's port", "port is already allocated"] }
        "Another program has the app's port."
        "Start it again; if the other program is one of yours, end it first.";
    "permission-denied" Blocked Administrator CopyForAdministrator { says: ["permission denied", "eacces", "operation not permitted", "is read-only", "may not write"] }
        "Something that is needed may not be read, written or run."
        "An administrator can correct the permissions.";
    "forbidden" Blocked Administrator CopyForAdministrator { reasons: ["Forbidden", "FailedCreate"], says: ["forbidden: user", "cannot create", "not allowed", "forbidden: violates"] }
        "Vestibule is not allowed to make what the workbench needs."
        "An administrator can extend what its account may do.";
    "exec-format" Failure Administrator CopyForAdministrator { says: ["exec format error"] }
        "The app's program is made for another kind of machine."
        "An administrator can install the one for this machine.";
    "supervisor-failed" Failure Administrator CopyForAdministrator { reasons: ["StartError"], says: ["supervisor cannot be started", "record of what to start"] }
        "The server could not begin to start the app."
        "Start it again; if it stays so, the server's log tells an administrator why.";
    "folder-gone" Failure You StartAgain { reasons: ["StartError"], says: ["folder is gone"] }
        "The workbench's folder disappeared while the app was being started."
        "Start it again; the folder is made anew, and is empty.";
    "start-error" Failure Administrator CopyForAdministrator { reasons: ["StartError", "RunContainerError", "CreateContainerError", "ContainerCannotRun"] }
        "The app's process could not be started."
        "An administrator can look at the app's command in the catalogue.";

    // How it ended by itself.
    "restarting" Blocked Wait Wait { reasons: ["CrashLoopBackOff"], says: ["(restart 1)", "(restart 1 of", "(restart 2)", "(restart 2 of"] }
        "The app stopped, and is being started again."
        "It goes on by itself; if it stops again, the end of its log usually names why.";
    "crash-loop" Blocked You OpenLog { reasons: ["CrashLoopBackOff"] }
        "The app crashes again and again."
        "The end of its log usually names why.";
    "reported-error" Failure You OpenLog { reasons: ["SDKError"] }
        "The app stopped with exit code 1: it reported an error."
        "Read the end of its log, correct what it names, and start again.";
    "prerequisite" Failure You OpenLog { reasons: ["PrerequisiteFailed"] }
        "The app stopped with exit code 2: something it needs is missing."
        "Read the end of its log for what that is; variables and secrets are the usual suspects.";
    "killed" Failure You OpenLog { reasons: ["ExitCode", "Error"], exits: [137] }
        "Something outside Vestibule killed the app."
        "Too little memory is the usual cause: load less at once and start again.";
    "memory-fault" Failure You OpenLog { reasons: ["ExitCode", "Error"], exits: [132, 134, 135, 136, 139] }
        "The app crashed by a fault of its own."
        "Start it again; if it comes back, the log and the app's makers can help.";
    "interrupted" Failure You StartAgain { reasons: ["ExitCode", "Error"], exits: [129, 130] }
        "The app was interrupted."
        "Start it again.";
    "not-executable" Failure Administrator CopyForAdministrator { reasons: ["ExitCode", "Error"], exits: [126] }
        "A command of the app was found and may not be run."
        "An administrator can make it executable.";
    "command-missing" Failure Administrator CopyForAdministrator { reasons: ["ExitCode", "Error"], exits: [127] }
        "A command that the app calls is not installed."
        "The end of its log names it; an administrator can install it.";
    "exit-code" Failure You OpenLog { reasons: ["ExitCode", "Error", "BackoffLimitExceeded"] }
        "The app stopped with an error."
        "Read the end of its log, correct what it names, and start again.";
};
