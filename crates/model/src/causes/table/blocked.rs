//! Obstacles that pass once their cause is removed.

use super::super::rule::Remedy::{
    self, CopyForAdministrator, Edit, EditEnvironment, OpenInNewTab, OpenLog, Rename, Wait,
};
use super::super::rule::{Level, ResolvedBy, Rule, When, rules};

const PLACE: [&str; 5] = [
    "Unschedulable",
    "FailedScheduling",
    "CreationFailed",
    "QuotaExceeded",
    "SchedulingGated",
];
const CONFIG: [&str; 2] = ["CreateContainerConfigError", "FailedMount"];

const SECRET: Remedy = Remedy::OpenSecret { name: None };

pub(super) const RULES: &[Rule] = rules! {
    // Secrets.
    "secret-missing" Blocked You SECRET { reasons: ["SecretNotFound"] }
        "A secret is missing."
        "Add it and the start continues.";
    "secret-not-mounted" Blocked You SECRET { reasons: CONFIG, says: ["secret"] }
        "A secret that the app needs is missing."
        "Add it and the start continues.";
    "secrets-unreadable" Blocked Administrator CopyForAdministrator { reasons: ["VerificationFailed"] }
        "The workspace's secrets can't be decrypted."
        "Ask an administrator to give the server back the key that encrypted them."
        "Give the server back the key that the secrets were encrypted with.";
    "config-missing" Blocked Administrator CopyForAdministrator { reasons: CONFIG, says: ["configmap"] }
        "A part of the app's configuration is missing."
        "Ask an administrator to add it. The start then continues."
        "Add it. The start then continues.";
    "container-config" Blocked Administrator CopyForAdministrator { reasons: ["CreateContainerConfigError"] }
        "The app's configuration isn't complete."
        "Ask an administrator to complete it. The start then continues."
        "Complete the app's configuration. The start then continues.";

    // Capacity.
    "quota" Blocked Administrator CopyForAdministrator { reasons: PLACE, says: ["quota"] }
        "The workspace has reached its limits."
        "Stop what you don't need, or ask an administrator for more."
        "Stop what isn't needed, or raise the workspace's limits.";
    "no-gpu" Blocked Wait Wait { reasons: PLACE, says: ["gpu"] }
        "All GPUs are in use."
        "It starts once one is free.";
    "no-storage" Blocked Administrator CopyForAdministrator { reasons: PLACE, says: ["ephemeral-storage", "disk pressure"] }
        "No machine has enough disk space."
        "Ask an administrator to free some."
        "Free some disk space. The start then continues.";
    "volume-elsewhere" Blocked Administrator CopyForAdministrator { reasons: PLACE, says: ["volume node affinity", "unbound immediate"] }
        "The machines with room can't reach the workbench's folder."
        "Ask an administrator to make the folder reachable."
        "Make the folder reachable from a machine with free capacity.";
    "no-memory" Blocked Wait Wait { reasons: PLACE, says: ["memory"] }
        "There isn't enough free memory."
        "It starts once there is. Stop what you don't need to start sooner.";
    "no-cpu" Blocked Wait Wait { reasons: PLACE, says: ["cpu", "processor"] }
        "There isn't enough free CPU."
        "It starts once there is. Stop what you don't need to start sooner.";
    "app-in-use" Blocked Wait Wait { reasons: PLACE, says: ["this app may run", "can run at a time"] }
        "No free slot for this app."
        "If one of them is yours, stop it to start sooner.";
    "too-many" Blocked Wait Wait { reasons: PLACE, says: ["too many pods", "at most", "workbenches run"] }
        "No free slot for another workbench."
        "It starts when one stops. Stop what you don't need to start sooner.";
    "taint" Blocked Administrator CopyForAdministrator { reasons: PLACE, says: ["taint"] }
        "The machines with room are reserved for other work."
        "Ask an administrator to allow this app on them."
        "Allow this app on those machines.";
    "node-selector" Blocked Administrator CopyForAdministrator { reasons: PLACE, says: ["selector", "node affinity", "didn't match"] }
        "No machine is of the kind that the app asks for."
        "Ask an administrator to add one or change what the app asks for."
        "Add a machine of that kind, or change what the app asks for.";
    "no-room" Blocked Wait Wait { reasons: PLACE }
        "There's no room right now."
        "It starts once there is. Stop what you don't need to start sooner.";

    // Folder.
    "volume-in-use" Blocked Wait Wait { reasons: ["FailedAttachVolume", "FailedMount", "ProvisionFailed"], says: ["multi-attach", "already used by"] }
        "Another machine still uses the workbench's folder."
        "It starts once that machine lets go, which takes a few minutes.";
    "volume-mount" Blocked Administrator CopyForAdministrator { reasons: ["FailedAttachVolume", "FailedMount"] }
        "The workbench's folder can't be attached."
        "Ask an administrator to check the storage. The start retries meanwhile."
        "Check the storage. The start retries meanwhile.";
    "folder-failed" Blocked Administrator CopyForAdministrator { reasons: ["ProvisionFailed", "FailedBinding"] }
        "The workbench's folder can't be created or used."
        "Ask an administrator to check the storage. The start retries meanwhile."
        "Check the storage. The start retries meanwhile.";

    // Readiness.
    "answers-wrongly" Progressing You OpenLog { reasons: ["ProbeFailed", "ProbePending", "StartDeadlineExceeded"], says: ["with status", "statuscode", "not http"] }
        "The app responds, but with an error."
        "Check the last lines of the log.";
    "stopped-answering" Blocked You OpenLog { reasons: ["ProbeFailed", "Unhealthy", "ContainersNotReady"] }
        "The app stopped responding."
        "It may be busy and recover. The last lines of the log may say more.";
    "frame-refused" Blocked You OpenInNewTab { reasons: ["FramingRefused"] }
        "This app can't be embedded."
        "Open it in a new tab.";

    // Input.
    "name-taken" Blocked You Rename { reasons: ["NameTaken"] }
        "Another workbench of this workspace has this name."
        "Choose another name to tell them apart.";
    "name-unfit" Blocked You Rename { reasons: ["NameUnfit"] }
        "This name can't be used."
        "Choose another name.";
    "environment-unfit" Blocked You EditEnvironment { reasons: ["EnvironmentUnfit"] }
        "An environment variable can't be used."
        "Correct it or leave it out.";
    "settings-unfit" Blocked You Edit { reasons: ["SettingsUnfit"] }
        "A setting can't be used."
        "Correct it or leave it out.";
};
