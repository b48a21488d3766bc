//! The table: every scenario there is.

mod endings;
mod running;
mod servers;
mod starts;
mod stops;

use super::scenario::Scenario;

/// Returns every scenario.
pub fn all() -> impl Iterator<Item = Scenario> {
    starts::scenarios()
        .into_iter()
        .chain(running::scenarios())
        .chain(endings::scenarios())
        .chain(stops::scenarios())
        .chain(servers::scenarios())
}
