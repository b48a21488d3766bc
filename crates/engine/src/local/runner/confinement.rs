//! Confinement of a runner and everything below it: they can send signals to each other only, and
//! can trace no other process.
//!
//! The confinement holds at every level of isolation. Without a sandbox it keeps an app from ending its
//! supervisor, and so from outliving its run: the supervisor is outside.

#[cfg(target_os = "linux")]
use landlock::{CompatLevel, Compatible as _, Ruleset, RulesetAttr as _, RulesetError, Scope};

/// Confines this process, which must have no other threads yet, and all that it starts. Returns
/// `true` if the system can: Linux 6.12 or later with Landlock.
#[cfg(target_os = "linux")]
pub(super) fn confine() -> bool {
    let confined = || -> Result<(), RulesetError> {
        Ruleset::default()
            // All or nothing: without scopes, programs that gain rights also keep working.
            .set_compatibility(CompatLevel::HardRequirement)
            .scope(Scope::Signal)?
            .create()?
            .restrict_self()?;
        Ok(())
    };
    confined().is_ok()
}

/// Returns `false`: this system has nothing like it.
#[cfg(not(target_os = "linux"))]
pub(super) fn confine() -> bool {
    false
}
