//! Limits of memory and processes by the kernel: a control group (cgroup v2) for each run.
//!
//! A part of the system's tree has to be delegated to the server, and the server has to be in a group
//! named [`OWN`] of it, since a group with limits for those below it holds no processes itself. systemd
//! does both with `Delegate=yes` and `DelegateSubgroup=vestibule`. The name says that the part is the
//! server's: with a user who may write everywhere, that could not be distinguished otherwise.

use super::config::LocalConfig;
use nix::unistd::getpid;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use vestibule_model::ids::RunId;
use vestibule_model::isolation::LimitLevel;

/// Name of the group in which the server and the supervisors are.
const OWN: &str = "vestibule";
/// Controllers that limit runs.
const CONTROLLERS: [&str; 2] = ["memory", "pids"];
/// Period over which the kernel counts CPUs, in microseconds; its own default.
const CPU_PERIOD: u32 = 100_000;
/// Time for the processes of a group to end once they are killed.
const EMPTY_PATIENCE: Duration = Duration::from_secs(5);

/// Groups of the runs on this machine.
#[derive(Debug)]
pub(super) struct Groups {
    /// The delegated group, or the reason why there is none.
    base: Result<PathBuf, String>,
    /// `true` if the kernel also limits CPUs there.
    limits_cpus: bool,
}

/// Limits of a run; 0 is no limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) cpus: f64,
    pub(super) memory_mb: u64,
    pub(super) processes: u32,
}

/// Control group of a run; a part of the run's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunGroup {
    /// Folder of the group.
    pub folder: PathBuf,
    /// Folder of the group in which the supervisor is.
    pub supervisors: PathBuf,
}

impl Groups {
    /// Finds the delegated group and passes its controllers on to the groups below it.
    pub(super) fn find(config: &LocalConfig) -> Self {
        let own = match &config.group {
            Some(own) => Ok(own.clone()),
            None => own_group(),
        };
        let base = own.and_then(|own| delegated(&own));
        Self {
            limits_cpus: base.as_deref().is_ok_and(passes_cpus_on),
            base,
        }
    }

    /// Returns how the limits of runs are kept.
    pub(super) fn level(&self) -> LimitLevel {
        match self.base {
            Ok(_) => LimitLevel::Cgroup,
            Err(_) => LimitLevel::Watched,
        }
    }

    /// Returns `true` if the kernel limits the CPUs of runs.
    pub(super) fn limits_cpus(&self) -> bool {
        self.limits_cpus
    }

    /// Returns why the kernel keeps no limits; empty if it does.
    pub(super) fn explanation(&self) -> String {
        self.base.as_ref().err().cloned().unwrap_or_default()
    }

    /// Creates the group of a run; `None` where none is delegated.
    pub(super) fn of_run(&self, run: &RunId, limits: Limits) -> io::Result<Option<RunGroup>> {
        let Ok(base) = &self.base else {
            return Ok(None);
        };
        let folder = base.join(run.as_str());
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let limit = |value: u64| match value {
            0 => "max".to_owned(),
            value => value.to_string(),
        };
        fs::write(
            folder.join("memory.max"),
            limit(limits.memory_mb.saturating_mul(1_000_000)),
        )?;
        fs::write(folder.join("pids.max"), limit(limits.processes.into()))?;
        if self.limits_cpus {
            fs::write(folder.join("cpu.max"), cpu_quota(limits.cpus))?;
        }
        // As in Kubernetes: an app does not go on without one of its processes.
        fs::write(folder.join("memory.oom.group"), "1")?;
        if limits.memory_mb > 0 && folder.join("memory.swap.max").exists() {
            fs::write(folder.join("memory.swap.max"), "0")?;
        }
        Ok(Some(RunGroup {
            folder,
            supervisors: base.join(OWN),
        }))
    }

    /// Ends what is left in the group of a run. A record that names another folder is not followed: an
    /// app without a sandbox can write it.
    pub(super) fn end(&self, group: &RunGroup) {
        if self.base.as_deref().ok() == group.folder.parent() {
            group.end();
        }
    }
}

impl RunGroup {
    /// Calls a function that starts processes, with this process in the group meanwhile: they begin
    /// there, and nothing of them can escape before it is limited.
    pub(super) fn within<T>(&self, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let pid = getpid().to_string();
        fs::write(self.folder.join("cgroup.procs"), &pid)?;
        let started = start();
        // A supervisor that cannot leave is limited together with its app.
        let _ = fs::write(self.supervisors.join("cgroup.procs"), &pid);
        started
    }

    /// Returns how many of its processes the kernel has killed for lack of memory.
    pub(super) fn memory_kills(&self) -> u64 {
        let events = fs::read_to_string(self.folder.join("memory.events")).unwrap_or_default();
        let line = events
            .lines()
            .find_map(|line| line.strip_prefix("oom_kill "));
        line.and_then(|count| count.trim().parse().ok())
            .unwrap_or_default()
    }

    /// Kills every process of the group, also those that have left their session and their marks.
    pub(super) fn kill(&self) {
        // Linux has this since 5.14; before that the processes are searched for.
        let _ = fs::write(self.folder.join("cgroup.kill"), "1");
    }

    /// Kills every process of the group and removes it.
    pub(super) fn end(&self) {
        let begin = Instant::now();
        while self.folder.exists() {
            self.kill();
            if fs::remove_dir(&self.folder).is_ok() || begin.elapsed() > EMPTY_PATIENCE {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Returns the folder of the group in which this process is.
fn own_group() -> Result<PathBuf, String> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mount = mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (folder, kind) = (fields.next()?, fields.next()?);
        (kind == "cgroup2").then_some(folder)
    });
    let mount = mount.ok_or("This system has no cgroup v2.")?;
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/"));
    let path = path.ok_or("The server is in no group of cgroup v2.")?;
    Ok(Path::new(mount).join(path))
}

/// Passes the controller of CPUs on, which not every system delegates; returns `true` if runs have it.
fn passes_cpus_on(base: &Path) -> bool {
    let there = fs::read_to_string(base.join("cgroup.controllers")).unwrap_or_default();
    there.split_whitespace().any(|name| name == "cpu")
        && fs::write(base.join("cgroup.subtree_control"), "+memory +pids +cpu").is_ok()
}

/// Returns the limit of CPUs as the kernel takes it: microseconds of a period; 0 is no limit.
fn cpu_quota(cpus: f64) -> String {
    if cpus <= 0.0 {
        return format!("max {CPU_PERIOD}");
    }
    // The kernel takes no less than a millisecond.
    let quota = (cpus * f64::from(CPU_PERIOD)).max(1_000.0);
    format!("{quota:.0} {CPU_PERIOD}")
}

/// Returns the group above the server's, if it is delegated with the controllers, and passes them on.
fn delegated(own: &Path) -> Result<PathBuf, String> {
    let is_named = own.file_name().is_some_and(|name| name == OWN);
    let base = own.parent().filter(|_| is_named).ok_or_else(|| {
        format!("No group is delegated to the server: its own is not named {OWN} (systemd: Delegate=yes and DelegateSubgroup={OWN}).")
    })?;
    let there = fs::read_to_string(base.join("cgroup.controllers"));
    let there = there.map_err(|error| format!("{} cannot be read: {error}.", base.display()))?;
    let is_there = |name: &&&str| there.split_whitespace().any(|found| found == **name);
    let missing: Vec<_> = CONTROLLERS
        .iter()
        .filter(|name| !is_there(name))
        .copied()
        .collect();
    if !missing.is_empty() {
        return Err(format!(
            "{} has no controller {}.",
            base.display(),
            missing.join(" and ")
        ));
    }
    let passed_on = fs::write(base.join("cgroup.subtree_control"), "+memory +pids");
    passed_on.map_err(|error| {
        format!(
            "The controllers of {} cannot be passed on: {error}.",
            base.display()
        )
    })?;
    Ok(base.to_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn groups_that_are_not_delegated_say_why() {
        let dir = tempfile::tempdir().expect("a folder");
        let text = |own: &Path| delegated(own).expect_err("not delegated");
        assert!(text(&dir.path().join("session.scope")).contains("Delegate=yes"));
        let own = dir.path().join(OWN);
        assert!(text(&own).contains("cannot be read"));
        fs::write(dir.path().join("cgroup.controllers"), "cpu pids\n").expect("written");
        assert!(text(&own).ends_with("has no controller memory."));
        fs::write(dir.path().join("cgroup.controllers"), "cpu memory pids\n").expect("written");
        assert_eq!(delegated(&own), Ok(dir.path().to_owned()));
        assert!(passes_cpus_on(dir.path()));
        fs::write(
            dir.path().join("cgroup.controllers"),
            "cpuset memory pids\n",
        )
        .expect("written");
        assert!(!passes_cpus_on(dir.path()), "that is another controller");
    }

    #[test]
    fn number_of_cpus_is_a_share_of_each_period() {
        for (cpus, expected) in [
            (0.0, "max 100000"),
            (1.0, "100000 100000"),
            (0.5, "50000 100000"),
            (2.25, "225000 100000"),
            (0.001, "1000 100000"),
        ] {
            assert_eq!(cpu_quota(cpus), expected);
        }
    }

    #[test]
    fn run_has_the_limits_of_its_size() {
        let dir = tempfile::tempdir().expect("a folder");
        let limits = Limits {
            cpus: 2.0,
            memory_mb: 512,
            processes: 64,
        };
        for limits_cpus in [true, false] {
            let groups = Groups {
                base: Ok(dir.path().to_owned()),
                limits_cpus,
            };
            let run = RunId::from(if limits_cpus { "run-a" } else { "run-b" });
            let group = groups
                .of_run(&run, limits)
                .expect("created")
                .expect("a group");
            let read = |file: &str| fs::read_to_string(group.folder.join(file)).ok();
            assert_eq!(read("memory.max").as_deref(), Some("512000000"));
            assert_eq!(read("pids.max").as_deref(), Some("64"));
            assert_eq!(read("cpu.max").is_some(), limits_cpus);
        }
    }

    /// With real groups, where this user may create some; limits need controllers as well.
    #[test]
    fn processes_begin_in_their_group_and_end_with_it() {
        let Ok(own) = own_group() else {
            return;
        };
        let base = own.join(format!("vestibule-test-{}", std::process::id()));
        let folder = base.join("run-a");
        if fs::create_dir(&base).is_err() || fs::create_dir(&folder).is_err() {
            println!("skipped: this user may not create groups");
            return;
        }
        let group = RunGroup {
            folder: folder.clone(),
            supervisors: own,
        };
        let script = "setsid env -i sleep 600 & exec sleep 600";
        let start = || Command::new("sh").args(["-c", script]).spawn();
        let mut child = group.within(start).expect("started");
        let members = || fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
        let begin = Instant::now();
        while members().lines().count() < 2 && begin.elapsed() < EMPTY_PATIENCE {
            thread::sleep(Duration::from_millis(5));
        }
        let found: Vec<_> = members().lines().map(str::to_owned).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.contains(&child.id().to_string()));
        assert!(!found.contains(&std::process::id().to_string()));
        group.end();
        assert!(!folder.exists());
        assert_eq!(child.wait().expect("ended").code(), None, "killed");
        fs::remove_dir(&base).expect("removed");
    }
}
