//! A situation for each rule, in the words of the engines and of Kubernetes.

/// Situation and its expected cause.
pub(super) struct Situation {
    pub(super) key: &'static str,
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) reason: &'static str,
    pub(super) exit_code: Option<i32>,
    pub(super) message: &'static str,
}

/// Returns every situation.
pub(super) fn situations() -> impl Iterator<Item = Situation> {
    TABLE.lines().filter(|line| !line.is_empty()).map(|line| {
        let mut cells = line.splitn(6, '|').map(str::trim);
        let mut next = || cells.next().expect("six cells a line");
        Situation {
            key: next(),
            kind: next(),
            status: next(),
            reason: next(),
            exit_code: next().parse().ok(),
            message: next(),
        }
    })
}

/// Situations without a condition: key and reason.
pub(super) const ALONE: &[(&str, &str)] = &[
    ("completed", "Success"),
    ("user-stopped", "UserStopped"),
    ("idle", "Idle"),
    ("terminated", "Terminated"),
    ("never-started", "NeverStarted"),
    ("build-due", "BuildDue"),
    ("name-taken", "NameTaken"),
    ("name-unfit", "NameUnfit"),
    ("environment-unfit", "EnvironmentUnfit"),
    ("settings-unfit", "SettingsUnfit"),
];

/// Key, condition, status, reason, exit code, message.
const TABLE: &str = r#"
memory-limit | Failed | True | OOMKilled | 137 | The app used more than 512 MB.
evicted | Failed | True | Evicted | - | The node was low on resource: memory.
preempted | Failed | True | Preempted | - | Preempted by a pod on node a.
node-lost | Failed | True | NodeLost | - | Node a which was running the pod is unresponsive
time-limit | Failed | True | Timeout | - | It ran for 8 h.
time-limit | Failed | True | DeadlineExceeded | - | Job was active longer than specified deadline
volume-lost | PVCReady | False | VolumeLost | - | The folder is gone.
claim-lost | PVCReady | False | Lost | - | Bound claim has lost its PersistentVolume.
lost | Failed | True | Lost | - |
hidden-by-sandbox | Failed | True | SDKError | 1 | The app stopped with exit code 1: it reported an error. From the end of its output: “No such file or directory”. The sandbox hides /srv/lab/main.py. The line `mounts = ["/srv/lab"]` in the app's catalogue entry shows it.
app-unknown | Failed | True | AppNotFound | - | This app isn't in the catalogue.
app-unknown | Failed | True | InvalidImageName | - | The catalogue has no app of this name.
image-name | Failed | True | InvalidImageName | - | couldn't parse image name "A//b": invalid reference format
no-image | Failed | True | NoImage | - | It has no image for a cluster. An administrator can add one to the catalogue.
image-auth | Failed | True | ImagePullBackOff | - | pull access denied for team/app: unauthorized
image-network | Failed | True | ErrImagePull | - | dial tcp 10.0.0.9:443: i/o timeout
program-missing-before | Failed | True | ErrImagePull | - | The program `jupyter` is not installed on this machine. An administrator can install it.
sandbox-required | Failed | True | SandboxRequired | - | Its agent needs a sandbox, which this server doesn't have.
program-missing | Failed | True | ProgramNotFound | - | The program `jupyter` is not installed on this machine. An administrator can install it.
program-missing | Failed | True | ProgramNotFound | - | The program `code` is not there. An administrator can install it on this machine.
image-missing | Failed | True | ErrImagePull | - | manifest for team/app:9 not found: manifest unknown
image-pull | RunnerStarted | False | ImagePullBackOff | - | Back-off pulling image "team/app"
build-cancelled | Failed | True | BuildFailed | - | The build was cancelled by Ada. Try again when you want it built.
build-disk-full | Failed | True | BuildFailed | - | Step 2 of 3: pip install lab ended with exit code 1: the disk is full.
build-timed-out | Failed | True | BuildFailed | - | Step 2 of 3: pip install lab took longer than builds may, 1 h.
build-program-missing | Failed | True | BuildFailed | - | Step 1 of 3: the program `uv` is not installed on this machine.
build-failed | Failed | True | BuildFailed | - | Step 2 of 3 ended with exit code 1.
volume-full | PVCReady | False | ProvisionFailed | - | The disk is full: free some space.
port-taken | Ready | False | ProbePending | - | Another program of this machine answers on the app's port 40123.
port-taken | Failed | True | SDKError | 1 | OSError: [Errno 98] Address already in use
admission-denied | JobCreated | False | AdmissionDenied | - | admission webhook "team.example.org" denied the request: label "cost-centre" is missing
permission-denied | PVCReady | False | ProvisioningFailed | - | The server may not write to its data folder: correct the folder's permissions.
permission-denied | Failed | True | StartError | - | `lab` cannot be started: Permission denied (os error 13).
forbidden | JobCreated | False | CreationFailed | - | jobs.batch is forbidden: User "x" cannot create resource
exec-format | Failed | True | StartError | - | `lab` cannot be started: Exec format error (os error 8).
supervisor-failed | Failed | True | StartError | - | The supervisor cannot be started: Too many open files (os error 24).
size-gone | Failed | True | StartError | - | The size "huge" isn't offered. Choose one of: Small, Large.
size-gone | JobCreated | False | CreationFailed | - | The size "huge" isn't offered. The app has no sizes to choose from.
folder-gone | Failed | True | StartError | - | The workbench's folder is gone.
start-error | Failed | True | StartError | - | The app's command is empty.
restarting | RunnerStarted | False | CrashLoopBackOff | - | The app stopped by signal 9 (exit code 137) and is started again after a pause (restart 1).
restarting | Ready | False | CrashLoopBackOff | - | The app stopped with exit code 3 and is started again after a pause (restart 2).
restarting | RunnerStarted | False | CrashLoopBackOff | - | The app stopped by signal 9 (exit code 137) and was started again (restart 1 of 3).
crash-loop | RunnerStarted | False | CrashLoopBackOff | - | The app stopped with exit code 3 and is started again after a pause (restart 3).
crash-loop | RunnerStarted | False | CrashLoopBackOff | - | back-off 5m0s restarting failed container
crash-loop | Failed | True | CrashLoopBackOff | 3 | The app stopped 4 times, the last time with exit code 3; it is not started again.
reported-error | Failed | True | SDKError | 1 |
prerequisite | Failed | True | PrerequisiteFailed | 2 |
killed | Failed | True | ExitCode | - | The app stopped by signal 9 (exit code 137).
memory-fault | Failed | True | Error | 139 | The container ended.
memory-fault | Failed | True | ExitCode | 139 | The app stopped by signal 11 (exit code 139).
interrupted | Failed | True | ExitCode | 130 | The app stopped by signal 2 (exit code 130).
not-executable | Failed | True | ExitCode | 126 | The app stopped with exit code 126.
command-missing | Failed | True | ExitCode | 127 | The app stopped with exit code 127.
exit-code | Failed | True | ExitCode | 7 | The app stopped with exit code 7.
secret-missing | SecretsReady | False | SecretNotFound | - | Missing in this workspace: OPENAI_API_KEY, B.
secret-not-mounted | RunnerStarted | False | CreateContainerConfigError | - | secret "openai" not found
secrets-unreadable | SecretsReady | False | VerificationFailed | - | The key does not fit.
config-missing | RunnerStarted | False | CreateContainerConfigError | - | configmap "settings" not found
container-config | RunnerStarted | False | CreateContainerConfigError | - | container has runAsNonRoot and image will run as root
quota | JobCreated | False | FailedCreate | - | exceeded quota: team, requested: pods=1
no-gpu | PodScheduled | False | Unschedulable | - | 0/5 nodes are available: 3 had untolerated taint, 2 Insufficient nvidia.com/gpu.
no-storage | PodScheduled | False | Unschedulable | - | 0/5 nodes are available: 5 Insufficient ephemeral-storage.
volume-elsewhere | PodScheduled | False | Unschedulable | - | 0/5 nodes are available: 5 node(s) had volume node affinity conflict.
no-memory | PodScheduled | False | Unschedulable | - | 0/5 nodes are available: 5 Insufficient memory.
no-cpu | PodScheduled | False | Unschedulable | - | 0/5 nodes are available: 2 Insufficient cpu.
app-in-use | PodScheduled | False | Unschedulable | - | Only one “Simulator” can run at a time, and one is running. Yours starts when it stops.
too-many | PodScheduled | False | Unschedulable | - | 0/5 nodes are available: 5 Too many pods.
taint | PodScheduled | False | Unschedulable | - | 0/1 nodes are available: 1 node(s) had untolerated taint {a: b}.
node-selector | PodScheduled | False | Unschedulable | - | 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.
no-room | PodScheduled | False | Unschedulable | - |
volume-in-use | RunnerStarted | False | FailedAttachVolume | - | Multi-Attach error for volume "pvc-1"
volume-mount | RunnerStarted | False | FailedMount | - | MountVolume.SetUp failed for volume "pvc-1"
folder-failed | PVCReady | False | ProvisioningFailed | - | A file is where the workbench's folder should be.
answers-wrongly | Ready | False | ProbeFailed | - | The app answers / with status 503.
stopped-answering | Ready | False | ProbeFailed | - | The app did not answer within 5 s.
late | Ready | False | StartDeadlineExceeded | - | Nothing listens on the app's port 40123 yet.
build-queued | JobCreated | False | BuildQueued | - | Build queued; 2 others come first.
building | JobCreated | False | Building | - | Setting up JupyterLab (1 of 3): pip install
folder-pending | PVCReady | False | VolumePending | - |
pulling | RunnerStarted | False | Pulling | - | Pulling image "team/app"
process-starting | RunnerStarted | False | ProcessStarting | - |
process-starting | RunnerStarted | False | ContainerCreating | - |
probe-pending | Ready | False | ProbePending | - |
stopping | Ready | False | Stopping | - |
waiting | JobCreated | False | Waiting | - | The process is being started.
not-looked-yet | PVCReady | Unknown | NotObserved | - |
failed-unknown | Failed | True | Meteor | - | A stone fell.
unknown | PodScheduled | False | SchedulerOnStrike | - | Come back tomorrow.
"#;
