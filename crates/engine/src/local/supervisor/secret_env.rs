//! The secret part of an app's environment, which the server passes to a supervisor and which no
//! file may contain.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Read};

/// More than all secrets of a workspace together.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Secret variables by name. Has no `Debug`, so that no log can show them.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretEnv(pub BTreeMap<String, String>);

impl SecretEnv {
    /// Reads what the server wrote, to its end.
    pub fn read(from: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        from.take(MAX_BYTES).read_to_end(&mut bytes)?;
        // The error must not quote the bytes.
        serde_json::from_slice(&bytes)
            .map_err(|_| io::Error::other("the server did not pass on the app's secrets"))
    }

    /// Returns the bytes that [`SecretEnv::read`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A map of texts always has a form in JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_arrive_whole_or_not_at_all() {
        let secrets = SecretEnv(BTreeMap::from([(
            "KEY".to_owned(),
            "s3cret\n\"".to_owned(),
        )]));
        let bytes = secrets.to_bytes();
        let read = SecretEnv::read(&bytes[..]).unwrap_or_default();
        assert_eq!(read.0, secrets.0);
        for half in [&bytes[..0], &bytes[..bytes.len() / 2]] {
            let error = SecretEnv::read(half).err().map(|error| error.to_string());
            assert!(error.is_some_and(|text| !text.contains("s3cret")));
        }
    }
}
