//! Failures.

use super::super::rule::Remedy::{
    CopyForAdministrator, Edit, EditSize, EditTimeLimit, NewWorkbench, OpenLog, StartAgain, Wait,
};
use super::super::rule::{Level, ResolvedBy, Rule, When, rules};
use crate::condition::ConditionType::PvcReady;

const IMAGE: [&str; 4] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "RegistryUnavailable",
];

pub(super) const RULES: &[Rule] = rules! {
    // Ended from outside.
    "memory-limit" Failure You EditSize { reasons: ["OOMKilled"] }
        "The app used more memory than allowed and was stopped."
        "Choose a larger size in its settings if there is one, or load less at once. Then start it again."
        "Choose a larger size, or raise the app's memory limit in the catalogue. Then try again.";
    "evicted" Failure You StartAgain { reasons: ["Evicted"] }
        "The app was evicted from its machine."
        "Start it again. If this happens often, ask an administrator for more room.";
    "preempted" Failure You StartAgain { reasons: ["Preempted", "Preempting", "PreemptionByScheduler"] }
        "The app had to make room for something more urgent."
        "Start it again. It runs once there's room.";
    "node-lost" Failure You StartAgain { reasons: ["NodeLost", "NodeNotReady", "NodeShutdown", "NodeUnreachable", "DeletionByTaintManager", "TerminationByKubelet", "DeletionByPodGC"] }
        "The machine it ran on is gone or was shut down."
        "Start it again. It runs on another machine if there is one.";
    "time-limit" Failure You EditTimeLimit { reasons: ["Timeout", "DeadlineExceeded"] }
        "The run reached its time limit."
        "Set a longer limit if it needs one, then start it again.";
    "volume-lost" Blocked Administrator CopyForAdministrator { reasons: ["VolumeLost", "ClaimLost"] }
        "The workbench's folder is gone."
        "Ask an administrator to look for it. A new start creates an empty folder."
        "Find out what became of it. A new start creates an empty folder.";
    "claim-lost" Blocked Administrator CopyForAdministrator { reasons: ["Lost"], about: [PvcReady] }
        "The storage under the workbench's folder is gone."
        "Ask an administrator to look for it."
        "Find out what became of it.";
    "lost" Failure You StartAgain { reasons: ["Lost", "ContainerStatusUnknown"] }
        "The app's process is gone, and how it ended wasn't recorded."
        "Start it again. The last lines of its log may say more.";

    "hidden-by-sandbox" Failure Administrator CopyForAdministrator { reasons: ["HiddenBySandbox", "SDKError", "PrerequisiteFailed", "ExitCode", "Error", "CrashLoopBackOff"], says: ["the sandbox hides"] }
        "The app may need a file that its sandbox hides."
        "Ask an administrator to show it to the app."
        "Add the `mounts` line to the app's entry in the catalogue, then try again.";

    // The app is not available.
    "app-unknown" Failure You NewWorkbench { reasons: ["AppNotFound", "InvalidImageName"], says: ["catalogue"] }
        "This app isn't in the catalogue any more."
        "Create a workbench with another app, or ask an administrator to bring it back."
        "Bring the app back into the catalogue, then try again.";
    "image-name" Failure Administrator CopyForAdministrator { reasons: ["InvalidImageName"] }
        "The name of the app's image isn't valid."
        "Ask an administrator to correct it in the catalogue."
        "Correct the name in the catalogue, then try again.";
    "no-image" Failure Administrator CopyForAdministrator { reasons: ["NoImage"] }
        "The app has no image for the cluster."
        "Ask an administrator to add one to the catalogue."
        "Add one to the catalogue, then try again.";
    "sandbox-required" Failure Administrator CopyForAdministrator { reasons: ["SandboxRequired"] }
        "The app runs in a sandbox only, and this server has none."
        "Ask an administrator to set one up, or choose another app."
        "Set up a sandbox on this machine, or allow the app to run without one in the catalogue, then try again.";
    "program-missing" Failure Administrator CopyForAdministrator { reasons: ["ProgramNotFound"] }
        "A program that the app needs isn't installed on this machine."
        "Ask an administrator to install it."
        "Install it on this machine, then try again.";
    // Versions before 0.2 wrote this reason where a program did not exist, always with these words.
    "program-missing-before" Failure Administrator CopyForAdministrator { reasons: ["ErrImagePull"], says: ["on this machine. an administrator can install", "an administrator can install it on this machine"] }
        "A program that the app needs isn't installed on this machine."
        "Ask an administrator to install it."
        "Install it on this machine, then try again.";
    "image-auth" Failure Administrator CopyForAdministrator { reasons: IMAGE, says: ["unauthorized", "authentication", "denied", "forbidden", "pull secret", "401", "403"] }
        "The registry doesn't let this installation pull the app's image."
        "Ask an administrator to give this installation access to the image."
        "Give this installation access to the image, then try again.";
    "image-network" Failure Administrator CopyForAdministrator { reasons: IMAGE, says: ["i/o timeout", "no such host", "connection refused", "tls handshake", "unreachable", "toomanyrequests", "rate limit"] }
        "The registry of the app's image can't be reached."
        "Try again later. If it doesn't help, ask an administrator to check the network."
        "Check the network to the registry, then try again.";
    "image-missing" Failure Administrator CopyForAdministrator { reasons: IMAGE, says: ["not found", "manifest unknown", "does not exist", "not present"] }
        "The app's image doesn't exist."
        "Ask an administrator to correct its name or publish it."
        "Correct the image's name or publish it, then try again.";
    "image-pull" Failure Administrator CopyForAdministrator { reasons: IMAGE }
        "The app's image can't be pulled."
        "Ask an administrator to check the image and its registry."
        "Check the image and its registry, then try again.";
    "build-cancelled" Failure You StartAgain { reasons: ["BuildFailed"], says: ["was cancelled"] }
        "The app's build was cancelled."
        "Start it again to build the app.";
    "build-disk-full" Failure Administrator CopyForAdministrator { reasons: ["BuildFailed"], says: ["disk is full"] }
        "The disk was full while the app was being built."
        "Delete what you don't need or ask an administrator for more space, then start again."
        "Free some disk space, then try again.";
    "build-timed-out" Failure Administrator CopyForAdministrator { reasons: ["BuildFailed"], says: ["longer than builds may"] }
        "Building the app took longer than allowed."
        "Ask an administrator to allow builds more time."
        "Allow builds more time, then try again.";
    "build-program-missing" Failure Administrator CopyForAdministrator { reasons: ["BuildFailed"], says: ["is not installed", "isn't installed"] }
        "A program that the build needs isn't installed on this machine."
        "Ask an administrator to install it."
        "Install it on this machine, then try again.";
    "build-failed" Failure Administrator CopyForAdministrator { reasons: ["BuildFailed"] }
        "Building the app failed."
        "Ask an administrator to check the build's log and correct its steps."
        "Check the build's log and correct its steps in the catalogue, then try again.";

    // Rules about messages, for any reason.
    "volume-full" Blocked Administrator CopyForAdministrator { says: ["no space left", "disk is full", "enospc", "disk quota exceeded"] }
        "The disk is full."
        "Delete what you don't need, or ask an administrator for more space."
        "Free some disk space. The start then continues.";
    "port-taken" Blocked You StartAgain { says: ["address already in use", "eaddrinuse", "answers on the app's port", "port is already allocated"] }
        "Another program uses the app's port."
        "Start it again. If the other program is yours, stop it first.";
    "admission-denied" Blocked Administrator CopyForAdministrator { reasons: ["AdmissionDenied"] }
        "The cluster's rules don't allow the app's Pod."
        "Ask an administrator to change the app or the rule. The start then continues."
        "Change the app's entry or the rule. The start then continues.";
    "permission-denied" Blocked Administrator CopyForAdministrator { says: ["permission denied", "eacces", "operation not permitted", "is read-only", "may not write"] }
        "Something the app needs can't be read, written or run."
        "Ask an administrator to correct the permissions."
        "Correct the permissions, then try again.";
    "forbidden" Blocked Administrator CopyForAdministrator { reasons: ["Forbidden", "CreationFailed"], says: ["forbidden: user", "cannot create", "not allowed", "forbidden: violates"] }
        "Vestibule isn't allowed to create what the workbench needs."
        "Ask an administrator to extend the permissions of Vestibule's account."
        "Extend the permissions of Vestibule's account.";
    "exec-format" Failure Administrator CopyForAdministrator { says: ["exec format error"] }
        "The app's program is built for another kind of machine."
        "Ask an administrator to install the program for this machine."
        "Install the program for this machine, then try again.";
    "supervisor-failed" Failure Administrator CopyForAdministrator { reasons: ["StartError"], says: ["supervisor cannot be started", "record of what to start"] }
        "The server couldn't begin to start the app."
        "Try again. If it doesn't help, ask an administrator to check the server's log."
        "Check the server's log, then try again.";
    "size-gone" Failure You Edit { reasons: ["StartError", "CreationFailed"], says: ["isn't offered"] }
        "The workbench's size isn't offered any more."
        "Choose another size in its settings, then start it again.";
    "folder-gone" Failure You StartAgain { reasons: ["StartError"], says: ["folder is gone"] }
        "The workbench's folder disappeared while the app was starting."
        "Start it again. The folder is created anew, and is empty.";
    "start-error" Failure Administrator CopyForAdministrator { reasons: ["StartError", "RunContainerError", "CreateContainerError", "ContainerCannotRun"] }
        "The app's process couldn't be started."
        "Ask an administrator to check the app's command in the catalogue."
        "Check the app's command in the catalogue, then try again.";

    // Ended by itself.
    "restarting" Blocked Wait Wait { reasons: ["CrashLoopBackOff"], says: ["(restart 1)", "(restart 1 of", "(restart 2)", "(restart 2 of"] }
        "The app stopped and is being restarted."
        "No action needed. If it stops again, check the last lines of its log.";
    "crash-loop" Blocked You OpenLog { reasons: ["CrashLoopBackOff"] }
        "The app keeps crashing."
        "Check the last lines of the log.";
    "reported-error" Failure You OpenLog { reasons: ["SDKError"] }
        "The app stopped with exit code 1: it reported an error."
        "Check the last lines of the log, correct what they name, then start again.";
    "prerequisite" Failure You OpenLog { reasons: ["PrerequisiteFailed"] }
        "The app stopped with exit code 2."
        "The last lines of the log usually say why.";
    "killed" Failure You OpenLog { reasons: ["ExitCode", "Error"], exits: [137] }
        "Something outside Vestibule killed the app."
        "Usually there was too little memory: load less at once, then start again.";
    "memory-fault" Failure You OpenLog { reasons: ["ExitCode", "Error"], exits: [132, 134, 135, 136, 139] }
        "The app crashed because of a fault of its own."
        "Start it again. If it crashes again, check the log or ask the app's makers.";
    "interrupted" Failure You StartAgain { reasons: ["ExitCode", "Error"], exits: [129, 130] }
        "The app was interrupted."
        "Start it again.";
    "not-executable" Failure Administrator CopyForAdministrator { reasons: ["ExitCode", "Error"], exits: [126] }
        "A command that the app calls can't be executed."
        "Ask an administrator to make it executable."
        "Make it executable, then try again.";
    "command-missing" Failure Administrator CopyForAdministrator { reasons: ["ExitCode", "Error"], exits: [127] }
        "A command that the app calls isn't installed."
        "The last lines of the log name it. Ask an administrator to install it."
        "The last lines of the log name it. Install it on this machine, then try again.";
    "exit-code" Failure You OpenLog { reasons: ["ExitCode", "Error", "BackoffLimitExceeded"] }
        "The app stopped with an error."
        "Check the last lines of the log, correct what they name, then start again.";
};
