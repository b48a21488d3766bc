//! Names of the processes that hold the lease of a cluster.

use std::fs;

/// Number of parts of a name.
const PARTS: usize = 6;

/// Process that may hold the lease.
///
/// The same database has the same server's id, also on a copy of its folder. So the process is named too: by
/// the boot of its machine, its namespace of processes, its number and its begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeaseHolder(String);

impl LeaseHolder {
    /// Returns the name of this process, which runs the server with this id.
    pub(super) fn this(server: &str) -> Self {
        let line = |path: &str| {
            let text = fs::read_to_string(path).unwrap_or_default();
            text.trim().to_owned()
        };
        let host = line("/proc/sys/kernel/hostname");
        let boot = line("/proc/sys/kernel/random/boot_id");
        let processes = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        let pid = std::process::id();
        // Elsewhere than on Linux a random number is as good, but doesn't tell that a process has ended.
        let begin = begin_of(pid).unwrap_or_else(|| rand_text(server));
        Self(format!(
            "{host}/{server}/{boot}/{}/{pid}/{begin}",
            processes.display()
        ))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `true` if another holder was a process beside this one, of the same server, that has ended.
    pub(super) fn has_ended(&self, holder: &str) -> bool {
        self.has_ended_by(holder, begin_of)
    }

    fn has_ended_by(&self, holder: &str, begin_of: impl Fn(u32) -> Option<String>) -> bool {
        let own: Vec<&str> = self.0.split('/').collect();
        let other: Vec<&str> = holder.split('/').collect();
        if own.len() != PARTS || other.len() != PARTS {
            return false;
        }
        let is_beside = own[..4] == other[..4] && !own[2].is_empty() && !own[3].is_empty();
        let pid = other[4].parse::<u32>().ok();
        is_beside && pid.is_some_and(|pid| begin_of(pid).as_deref() != Some(other[5]))
    }

    #[cfg(test)]
    pub(super) fn named(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// Returns when a process began, in ticks since the boot; `None` if there is none of this number.
fn begin_of(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, in brackets, can have blanks and brackets itself.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19).map(str::to_owned)
}

/// Returns a text that another process doesn't have.
fn rand_text(seed: &str) -> String {
    use std::hash::{BuildHasher as _, RandomState};
    format!("{:016x}", RandomState::new().hash_one(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_earlier_process_of_the_same_server_beside_this_one_is_known_to_have_ended() {
        let own = LeaseHolder::named("host/srv/boot/pid:[1]/20/900");
        let begins = |pid: u32| (pid == 10).then(|| "500".to_owned());
        let has_ended = |holder: &str| own.has_ended_by(holder, begins);
        assert!(!has_ended("host/srv/boot/pid:[1]/10/500"), "it runs");
        assert!(
            has_ended("host/srv/boot/pid:[1]/10/400"),
            "its number has another one"
        );
        assert!(has_ended("host/srv/boot/pid:[1]/11/400"));
        // A copy of the data folder elsewhere.
        for elsewhere in [
            "other/srv/boot/pid:[1]/11/400",
            "host/srv/other/pid:[1]/11/400",
            "host/srv/boot/pid:[2]/11/400",
            "host/other/boot/pid:[1]/11/400",
            "srv",
            "",
        ] {
            assert!(!has_ended(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn process_runs_and_has_a_name_of_its_own() {
        let own = LeaseHolder::this("srv");
        assert!(!own.has_ended(own.as_str()));
        assert!(own.as_str().contains(&format!("/{}/", std::process::id())));
    }
}
