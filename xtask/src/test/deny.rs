//! Licences, sources and known faults of the dependencies.

use super::Tally;
use crate::project::Project;
use crate::setup::Toolbox;
use crate::{command, network, say};
use anyhow::Result;

/// Where the database of known faults lies; cargo-deny fetches it with git.
const ADVISORIES: &str = "github.com:443";

/// Checks what can be checked without a network, and known faults where the database is reachable.
pub fn run(project: &Project, toolbox: &Toolbox) -> Result<Tally> {
    let mut deny = toolbox.plain(project, "cargo-deny")?;
    deny.args(["--locked", "--workspace", "--log-level", "error", "check"]);
    deny.args(["bans", "licenses", "sources"]);
    if network::reaches(ADVISORIES) {
        deny.arg("advisories");
    } else {
        say::note("the database of known faults cannot be reached; it is left out this time");
    }
    command::loud(&mut deny, "the check of dependencies")?;
    Ok(Tally::one(true))
}
