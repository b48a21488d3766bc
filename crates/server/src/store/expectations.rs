//! Expected lengths of builds and starts, from the lengths of earlier ones.

use super::Result;
use rusqlite::Transaction;
use vestibule_model::expectation::Expectation;
use vestibule_model::time::Millis;

/// Returns the expected length from a query of an app's lengths, newest first. It reads only the
/// rows that count.
pub(super) fn expectation(
    tx: &Transaction<'_>,
    lengths: &str,
    app: &str,
) -> Result<Option<Expectation>> {
    let mut statement = tx.prepare_cached(lengths)?;
    let mut trouble = None;
    let lengths = statement
        .query_map([app], |row| row.get(0).map(Millis))?
        .map_while(|length| length.map_err(|error| trouble = Some(error)).ok());
    let expectation = Expectation::of_lengths(lengths);
    match trouble {
        Some(error) => Err(error.into()),
        None => Ok(expectation),
    }
}
