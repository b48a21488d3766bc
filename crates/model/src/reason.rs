//! The vocabulary of reasons: one table with the kind and the sentence of each.
//!
//! Words that Kubernetes has are used as Kubernetes uses them, and words of the first
//! `AgenticSession` design as that design uses them. [`current`] reads those of version 0.1.0.

mod earlier;

pub use earlier::current;

/// Meaning of a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// The word in conditions, in the journal and in `cause`.
    pub word: &'static str,
    /// What the reason means for the run.
    pub kind: ReasonKind,
    /// A plain sentence for the screen, if the condition has no message of its own.
    pub sentence: &'static str,
}

/// Kind of a reason: what it means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonKind {
    /// No problem.
    Good,
    /// Passes by itself.
    Passing,
    /// Retried; passes once its cause is removed.
    Blocked,
    /// The run has failed, and a retry fails again until something is changed.
    Permanent,
    /// The system ended the run. Counts as failed, shown as killed.
    Killed,
    /// The run has ended without a failure.
    Ended,
}

/// Begin of the sentence about a file that a sandbox hides.
pub const HIDDEN_BY_SANDBOX: &str = "The sandbox hides";

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $kind:ident, $sentence:literal;)+) => {
        $($(#[$doc])* pub const $name: &str = $word;)+
        /// Every reason this version knows.
        pub const ALL: &[Reason] = &[
            $(Reason { word: $word, kind: ReasonKind::$kind, sentence: $sentence }),+
        ];
    };
}

reasons! {
    /// No observation yet.
    NOT_OBSERVED = "NotObserved", Passing, "Not checked yet.";
    /// The folder (volume) exists.
    BOUND = "Bound", Good, "Prepared the workbench's folder.";
    /// The folder does not exist yet.
    PROVISIONING = "Provisioning", Passing, "Creating the workbench's folder.";
    /// The folder is created on the machine that the process gets.
    WAIT_FOR_FIRST_CONSUMER = "WaitForFirstConsumer", Passing, "The workbench's folder is created with the app's Pod.";
    /// The folder is being enlarged.
    RESIZING = "Resizing", Good, "The workbench's folder is being enlarged.";
    /// The folder cannot be created or written to.
    PROVISION_FAILED = "ProvisionFailed", Blocked, "The workbench's folder can't be created. Retrying.";
    /// All named secrets exist.
    ALL_SECRETS_FOUND = "AllSecretsFound", Good, "Found every secret.";
    /// The folder disappeared while the workbench runs.
    VOLUME_LOST = "VolumeLost", Blocked, "The workbench's folder is gone, with everything in it.";
    /// A named secret is not in the workspace.
    SECRET_NOT_FOUND = "SecretNotFound", Blocked, "A secret is missing. Add it and the start continues.";
    /// The secrets exist and cannot be decrypted.
    VERIFICATION_FAILED = "VerificationFailed", Blocked, "The workspace's secrets can't be decrypted with the server's key.";
    /// The app's build is queued.
    BUILD_QUEUED = "BuildQueued", Passing, "The app's build is in the queue.";
    /// The app is being built for the first time.
    BUILDING = "Building", Passing, "Building the app. This happens once.";
    /// The app could not be built.
    BUILD_FAILED = "BuildFailed", Permanent, "The app couldn't be built.";
    /// Another step must be ready first.
    WAITING = "Waiting", Passing, "Waiting for an earlier step.";
    /// The workspace's secrets must be there first.
    WAITING_FOR_SECRETS = "WaitingForSecrets", Passing, "Waiting for the secrets.";
    /// The app is ready to start.
    CREATED = "Created", Good, "Created the job.";
    /// The cluster refuses to create the Pod, or cannot.
    CREATION_FAILED = "CreationFailed", Blocked, "The app's Pod can't be created. Retrying.";
    /// A rule of the cluster forbids the Pod.
    ADMISSION_DENIED = "AdmissionDenied", Blocked, "The cluster's rules don't allow the app's Pod. Retrying.";
    /// Capacity to run it.
    SCHEDULED = "Scheduled", Good, "Found room for it.";
    /// No free slot.
    UNSCHEDULABLE = "Unschedulable", Blocked, "There's no room right now. It starts once there is.";
    /// The process is starting.
    CONTAINER_CREATING = "ContainerCreating", Passing, "Creating the app's container.";
    /// The Pod's preparatory containers run.
    POD_INITIALIZING = "PodInitializing", Passing, "Preparing the app's Pod.";
    /// The image is being fetched.
    PULLING = "Pulling", Passing, "Pulling the app's image.";
    /// The folder cannot be attached to the machine.
    FAILED_MOUNT = "FailedMount", Blocked, "The workbench's folder can't be attached. Retrying.";
    /// The container's configuration refers to something that does not exist.
    CREATE_CONTAINER_CONFIG_ERROR = "CreateContainerConfigError", Blocked, "A part of the app's configuration is missing. Retrying.";
    /// The process is running.
    CONTAINER_RUNNING = "ContainerRunning", Good, "The app's process is running.";
    /// The process is being started, by an engine without containers.
    PROCESS_STARTING = "ProcessStarting", Passing, "Starting the app's process.";
    /// A program that the app needs does not exist.
    PROGRAM_NOT_FOUND = "ProgramNotFound", Permanent, "A program that the app needs isn't installed.";
    /// The app is allowed in a sandbox alone, and there is none.
    SANDBOX_REQUIRED = "SandboxRequired", Permanent, "The app needs a sandbox, which this server doesn't have.";
    /// The app has no image for a cluster.
    NO_IMAGE = "NoImage", Permanent, "The app has no image for a cluster.";
    /// The image cannot be fetched. Versions before 0.2 also wrote it where a program did not exist.
    ERR_IMAGE_PULL = "ErrImagePull", Permanent, "The app's image can't be pulled.";
    /// The image cannot be fetched, after several tries.
    IMAGE_PULL_BACK_OFF = "ImagePullBackOff", Permanent, "The app's image can't be pulled.";
    /// The app is not in the catalogue.
    APP_NOT_FOUND = "AppNotFound", Permanent, "This app isn't in the catalogue.";
    /// The app's image has a name that no image can have.
    INVALID_IMAGE_NAME = "InvalidImageName", Permanent, "The name of the app's image isn't valid.";
    /// The process crashed: it is restarted, or the limit of restarts is reached.
    CRASH_LOOP_BACK_OFF = "CrashLoopBackOff", Passing, "The app crashed.";
    /// The process could not be started.
    START_ERROR = "StartError", Permanent, "The app's process couldn't be started.";
    /// The app answered its probe.
    SESSION_RUNNING = "SessionRunning", Good, "The app answers.";
    /// The app does not respond yet.
    PROBE_PENDING = "ProbePending", Passing, "The app is starting up. Waiting for it to respond.";
    /// The app responded before and does not any more, or responds wrongly.
    PROBE_FAILED = "ProbeFailed", Blocked, "The app isn't responding.";
    /// The start took longer than allowed.
    START_DEADLINE_EXCEEDED = "StartDeadlineExceeded", Blocked, "The app wasn't ready in time.";
    /// The run has not ended.
    NOT_ENDED = "NotEnded", Good, "The run hasn't ended.";
    /// The run ended before this step.
    NOT_REACHED = "NotReached", Good, "The run ended before this step.";
    /// The process is not running. Written by versions before 0.2; see [`crate::ended_conditions`].
    NOT_RUNNING = "NotRunning", Passing, "The app's process isn't running.";
    /// The app is being stopped.
    STOPPING = "Stopping", Passing, "Stopping the app.";
    /// Removal from outside Vestibule.
    TERMINATING = "Terminating", Passing, "Something outside Vestibule is removing the app's Pod.";
    /// Ended with exit code 0.
    SUCCESS = "Success", Ended, "The app finished successfully.";
    /// Ended with exit code 1.
    SDK_ERROR = "SDKError", Permanent, "The app stopped with exit code 1: it reported an error.";
    /// Ended with exit code 2.
    PREREQUISITE_FAILED = "PrerequisiteFailed", Permanent, "The app stopped with exit code 2.";
    /// Ended with another exit code or by a signal.
    EXIT_CODE = "ExitCode", Permanent, "The app stopped with an error.";
    /// Killed for using too much memory.
    OOM_KILLED = "OOMKilled", Killed, "The app used more memory than allowed and was stopped.";
    /// Removed because the machine had to shed load.
    EVICTED = "Evicted", Killed, "The app was evicted from its machine.";
    /// Removed for something more urgent.
    PREEMPTED = "Preempted", Killed, "The app had to make room for something more urgent.";
    /// Lost with its machine.
    NODE_LOST = "NodeLost", Killed, "The machine on which the app ran is gone.";
    /// Ran longer than its active deadline.
    TIMEOUT = "Timeout", Killed, "The run reached its time limit.";
    /// The process is gone and its end was not recorded.
    LOST = "Lost", Permanent, "The app's process is gone, and how it ended wasn't recorded.";
    /// Stopped by a user.
    USER_STOPPED = "UserStopped", Ended, "Stopped by a person.";
    /// Stopped because it was idle.
    IDLE = "Idle", Ended, "Stopped because nobody used it.";
    /// Stopped by a signal from outside Vestibule.
    TERMINATED = "Terminated", Ended, "Something outside Vestibule stopped the app.";
    /// `Ready`: a secret is missing or cannot be decrypted.
    SECRETS_NOT_READY = "SecretsNotReady", Blocked, "Waiting for the secrets.";
    /// `Ready`: the run has failed; the condition `Failed` has the cause.
    SESSION_FAILED = "SessionFailed", Permanent, "The run has failed.";
    /// `Ready`: the run has ended by itself and successfully.
    SESSION_COMPLETED = "SessionCompleted", Ended, "The app finished successfully.";
    /// `Ready`: the run was stopped; the condition `Failed` has the cause.
    SESSION_STOPPED = "SessionStopped", Ended, "The app was stopped.";
    /// Never started.
    NEVER_STARTED = "NeverStarted", Ended, "Not started yet.";
}

/// Returns the meaning of a reason, or `None` for unknown words.
pub fn lookup(word: &str) -> Option<&'static Reason> {
    let word = current(word);
    ALL.iter().find(|reason| reason.word == word)
}

/// Returns `true` if a step only waits for an earlier one.
pub fn is_wait(word: &str) -> bool {
    [WAITING, WAITING_FOR_SECRETS].contains(&word)
}

/// Returns `true` if this reason of `Ready` sums up other conditions, which have the cause.
pub fn is_summary(word: &str) -> bool {
    let summaries = [
        SECRETS_NOT_READY,
        SESSION_FAILED,
        SESSION_COMPLETED,
        SESSION_STOPPED,
    ];
    summaries.contains(&word)
}

/// Returns the plain sentence for a reason, or an unknown word itself, so that it can be searched.
pub fn sentence(word: &str) -> &str {
    lookup(word).map_or(word, |reason| reason.sentence)
}

/// Returns `true` if the run failed because the system ended it.
pub fn is_kill(word: &str) -> bool {
    lookup(word).is_some_and(|reason| reason.kind == ReasonKind::Killed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_one_unique_camel_case_word_with_a_sentence() {
        for (i, reason) in ALL.iter().enumerate() {
            assert!(
                reason.word.starts_with(|c: char| c.is_ascii_uppercase()),
                "{}",
                reason.word
            );
            assert!(
                reason.word.bytes().all(|b| b.is_ascii_alphanumeric()),
                "{}",
                reason.word
            );
            assert!(
                reason.sentence.ends_with('.') && !reason.sentence.contains('!'),
                "{}",
                reason.word
            );
            assert!(
                ALL[..i].iter().all(|other| other.word != reason.word),
                "{} stands twice",
                reason.word
            );
        }
    }

    #[test]
    fn image_faults_are_permanent_and_missing_secrets_are_not() {
        let is_permanent =
            |word| lookup(word).is_some_and(|reason| reason.kind == ReasonKind::Permanent);
        for word in [
            ERR_IMAGE_PULL,
            IMAGE_PULL_BACK_OFF,
            INVALID_IMAGE_NAME,
            PROGRAM_NOT_FOUND,
            SANDBOX_REQUIRED,
            NO_IMAGE,
            APP_NOT_FOUND,
        ] {
            assert!(is_permanent(word), "{word}");
        }
        for word in [
            SECRET_NOT_FOUND,
            UNSCHEDULABLE,
            PROVISIONING,
            CRASH_LOOP_BACK_OFF,
            "Novelty",
        ] {
            assert!(!is_permanent(word), "{word}");
        }
    }
}
