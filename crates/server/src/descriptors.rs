//! The process's limit of open files, which bounds connections, apps and builds alike.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Soft limit that the server asks for.
///
/// Apps inherit it, and some programs walk through every possible descriptor when they start, so a
/// hard limit in the millions is not used up.
const WANTED: u64 = 65_536;

/// Raises the soft limit towards the hard limit and returns the limit in force.
pub fn raise_limit() -> u64 {
    let (soft, hard) = match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok(limits) => limits,
        Err(error) => {
            tracing::warn!(%error, "failed to read the limit of open files");
            return 1024;
        }
    };
    let raised = hard.min(WANTED);
    if raised <= soft {
        return soft;
    }
    match setrlimit(Resource::RLIMIT_NOFILE, raised, hard) {
        Ok(()) => raised,
        Err(error) => {
            tracing::warn!(%error, soft, hard, "failed to raise the limit of open files");
            soft
        }
    }
}
