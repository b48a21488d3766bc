//! What holds a start up, or takes a ready app away, and heals once somebody removes it.

use super::super::Action::{
    self, CopyForAdministrator, Edit, EditEnvironment, OpenInNewTab, OpenLog, Rename, Wait,
};
use super::{Level, Rule, When, Who, rules};

const PLACE: [&str; 5] = [
    "Unschedulable",
    "FailedScheduling",
    "FailedCreate",
    "QuotaExceeded",
    "SchedulingGated",
];
const CONFIG: [&str; 2] = ["CreateContainerConfigError", "FailedMount"];

const SECRET: Action = Action::OpenSecret { name: None };

pub(super) const RULES: &[Rule] = rules! {
    // What it is to be given.
    "secret-missing" Blocked You SECRET { reasons: ["SecretMissing"] }
        "A secret that the workbench names is not in the workspace."
        "Add it: the start goes on by itself.";
    "secret-not-mounted" Blocked You SECRET { reasons: CONFIG, says: ["secret"] }
        "A secret that the app needs is not there."
        "Add it: the start goes on by itself.";
    "secrets-unreadable" Blocked Administrator CopyForAdministrator { reasons: ["SecretsUnreadable"] }
        "The workspace's secrets cannot be decrypted."
        "An administrator can give the server back the key they were made with.";
    "config-missing" Blocked Administrator CopyForAdministrator { reasons: CONFIG, says: ["configmap"] }
        "A part of the app's configuration is missing."
        "An administrator can add it: the start goes on by itself.";
    "container-config" Blocked Administrator CopyForAdministrator { reasons: ["CreateContainerConfigError"] }
        "The app's configuration is not complete."
        "An administrator can look at it: the start goes on once it is.";

    // Where it is to run.
    "quota" Blocked Administrator CopyForAdministrator { reasons: PLACE, says: ["quota"] }
        "The workspace has used up what it may."
        "Stop what is not needed, or ask an administrator for more.";
    "no-gpu" Blocked Wait Wait { reasons: PLACE, says: ["gpu"] }
        "All graphics processors are in use."
        "It starts once one is free.";
    "no-storage" Blocked Administrator CopyForAdministrator { reasons: PLACE, says: ["ephemeral-storage", "disk pressure"] }
        "No machine has enough disk space left."
        "An administrator can free some.";
    "volume-elsewhere" Blocked Administrator CopyForAdministrator { reasons: PLACE, says: ["volume node affinity", "unbound immediate"] }
        "The machines with room cannot reach the workbench's folder."
        "An administrator can bring the two together.";
    "no-memory" Blocked Wait Wait { reasons: PLACE, says: ["memory"] }
        "There is not enough free memory."
        "It starts once some is free; stopping what is not needed helps.";
    "no-cpu" Blocked Wait Wait { reasons: PLACE, says: ["cpu", "processor"] }
        "There is not enough free processor time."
        "It starts once some is free; stopping what is not needed helps.";
    "app-in-use" Blocked Wait Wait { reasons: PLACE, says: ["this app may run"] }
        "This app runs as often as it may at a time."
        "It starts once one of them stops; yours may be among them.";
    "too-many" Blocked Wait Wait { reasons: PLACE, says: ["too many pods", "at most", "workbenches run"] }
        "As many workbenches run as may run at a time."
        "It starts once another one ends; stopping what is not needed helps.";
    "taint" Blocked Administrator CopyForAdministrator { reasons: PLACE, says: ["taint"] }
        "The machines with room are kept for other work."
        "An administrator can let this app onto them.";
    "node-selector" Blocked Administrator CopyForAdministrator { reasons: PLACE, says: ["selector", "node affinity", "didn't match"] }
        "No machine is of the kind that the app asks for."
        "An administrator can add one or change what the app asks for.";
    "no-room" Blocked Wait Wait { reasons: PLACE }
        "There is no room for it now."
        "It starts once there is; stopping what is not needed helps.";

    // Its folder.
    "volume-in-use" Blocked Wait Wait { reasons: ["FailedAttachVolume", "FailedMount", "ProvisioningFailed"], says: ["multi-attach", "already used by"] }
        "The workbench's folder is still held by another machine."
        "It goes on once that machine lets go, which takes some minutes.";
    "volume-mount" Blocked Administrator CopyForAdministrator { reasons: ["FailedAttachVolume", "FailedMount"] }
        "The workbench's folder cannot be attached."
        "An administrator can look at the storage; it is tried again meanwhile.";
    "folder-failed" Blocked Administrator CopyForAdministrator { reasons: ["ProvisioningFailed", "FailedBinding"] }
        "The workbench's folder cannot be made or used."
        "An administrator can look at the storage; it is tried again meanwhile.";

    // Whether it answers.
    "answers-wrongly" Progressing You OpenLog { reasons: ["ProbeFailed", "ProbePending", "StartDeadlineExceeded"], says: ["with status", "statuscode", "not http"] }
        "The app answers, and not as it should."
        "Read the end of its log for why.";
    "stopped-answering" Blocked You OpenLog { reasons: ["ProbeFailed", "Unhealthy", "ContainersNotReady"] }
        "The app answered before, and does not any more."
        "It may be busy and come back; the end of its log may tell.";
    "frame-refused" Blocked You OpenInNewTab { reasons: ["FramingRefused"] }
        "The app works, and forbids other pages to show it inside a frame."
        "Open it in a tab of its own.";

    // What is asked for.
    "name-taken" Blocked You Rename { reasons: ["NameTaken"] }
        "Another workbench of this workspace has this name."
        "Choose another name, so that the two can be told apart.";
    "name-unfit" Blocked You Rename { reasons: ["NameUnfit"] }
        "The name cannot be used."
        "Choose another name.";
    "environment-unfit" Blocked You EditEnvironment { reasons: ["EnvironmentUnfit"] }
        "A variable of the environment cannot be used."
        "Correct it or leave it out.";
    "settings-unfit" Blocked You Edit { reasons: ["SettingsUnfit"] }
        "A setting cannot be used."
        "Correct it or leave it out.";
};
