//! The one-time link that creates the first administrator.

use crate::tokens;
use std::sync::{Mutex, PoisonError};

/// Token of the link while the link can be used. In memory: each start of the server creates a new
/// one.
#[derive(Debug, Default)]
pub struct SetUpLink(Mutex<Option<String>>);

impl SetUpLink {
    /// Opens the link and returns its token.
    pub fn open(&self) -> String {
        let token = tokens::random();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(tokens::hash(&token));
        token
    }

    /// Returns `true` if this is the token of an open link.
    pub fn fits(&self, token: &str) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_deref() == Some(tokens::hash(token).as_str())
    }

    /// Closes the link.
    pub fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_good_until_it_is_closed() {
        let link = SetUpLink::default();
        assert!(!link.fits(""));
        let token = link.open();
        assert!(link.fits(&token));
        assert!(!link.fits("x"));
        link.close();
        assert!(!link.fits(&token));
    }
}
