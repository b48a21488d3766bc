//! What the server hands to a supervisor and no file may hold: the secret part of the app's
//! environment.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Read};

/// More than every secret of a workspace together.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// The secret part of an environment, by name. Has no Debug, so that no log can show it.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Gift(pub BTreeMap<String, String>);

impl Gift {
    /// Reads what the server wrote, to its end.
    pub fn read(from: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        from.take(MOST_BYTES).read_to_end(&mut bytes)?;
        // The error must not quote what it could not read.
        serde_json::from_slice(&bytes)
            .map_err(|_| io::Error::other("the server did not hand over the app's secrets"))
    }

    /// As it is written.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A map of texts always has a form in JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_arrives_and_half_of_it_is_nothing() {
        let gift = Gift(BTreeMap::from([(
            "KEY".to_owned(),
            "s3cret\n\"".to_owned(),
        )]));
        let bytes = gift.to_bytes();
        let read = Gift::read(&bytes[..]).unwrap_or_default();
        assert_eq!(read.0, gift.0);
        for half in [&bytes[..0], &bytes[..bytes.len() / 2]] {
            let error = Gift::read(half).err().map(|error| error.to_string());
            assert!(error.is_some_and(|said| !said.contains("s3cret")));
        }
    }
}
