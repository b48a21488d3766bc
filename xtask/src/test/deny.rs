//! Licences, sources and advisories of the dependencies.

use super::Tally;
use crate::project::Project;
use crate::setup::Toolbox;
use crate::{command, say};
use anyhow::Result;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Host of the advisory database, which cargo-deny fetches with git.
const ADVISORIES: &str = "github.com:443";

/// Runs cargo-deny, without advisories if their database isn't reachable.
pub fn run(project: &Project, toolbox: &Toolbox) -> Result<Tally> {
    let mut deny = toolbox.plain(project, "cargo-deny")?;
    deny.args(["--locked", "--workspace", "--log-level", "error", "check"]);
    deny.args(["bans", "licenses", "sources"]);
    if is_reachable(ADVISORIES) {
        deny.arg("advisories");
    } else {
        say::note("advisories are skipped: their database can't be reached");
    }
    command::run(&mut deny, "the check of dependencies")?;
    Ok(Tally::one(true))
}

fn is_reachable(address: &str) -> bool {
    let limit = Duration::from_secs(3);
    address.to_socket_addrs().is_ok_and(|mut found| {
        found.any(|address| TcpStream::connect_timeout(&address, limit).is_ok())
    })
}
