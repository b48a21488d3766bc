//! Numbering of what a user types: a receiver takes each byte once and in order, however often it is
//! sent.
//!
//! Each window numbers its bytes from 0 in a stream of its own, so that several can type into one
//! terminal. The runner remembers how many bytes of each stream the terminal has taken.

use serde::{Deserialize, Serialize};

/// Longest name of a stream, in bytes.
pub const MAX_STREAM_NAME: usize = 64;

/// Stream of typed bytes, as a client names it when it attaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputStream {
    /// Name, unique among the clients of the terminal.
    pub stream: String,
    /// `true` if a receiver has confirmed the stream before: one that doesn't know it has lost count.
    #[serde(default)]
    pub resumes: bool,
}

impl InputStream {
    /// Returns `true` if its name may be remembered.
    pub fn is_valid(&self) -> bool {
        (1..=MAX_STREAM_NAME).contains(&self.stream.len())
    }
}

/// Returns how many bytes at the beginning of a block were taken before; `None` if bytes before the block
/// are missing, so that it must not be taken. `taken` is the number of bytes that the receiver has taken.
pub fn known_bytes(taken: u64, at: u64, length: usize) -> Option<usize> {
    let known = taken.checked_sub(at)?;
    Some(usize::try_from(known).unwrap_or(length).min(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_taken_once_and_none_before_its_predecessor() {
        for (taken, at, length, expected) in [
            (0, 0, 3, Some(0)),
            (5, 3, 4, Some(2)),
            (5, 1, 4, Some(4)),
            (5, 0, 3, Some(3)),
            (5, 5, 1, Some(0)),
            (5, 6, 1, None),
        ] {
            assert_eq!(
                known_bytes(taken, at, length),
                expected,
                "{taken} {at} {length}"
            );
        }
    }

    #[test]
    fn names_of_streams_are_bounded() {
        let stream = |length| InputStream {
            stream: "x".repeat(length),
            resumes: false,
        };
        assert!(stream(1).is_valid() && stream(MAX_STREAM_NAME).is_valid());
        assert!(!stream(0).is_valid() && !stream(MAX_STREAM_NAME + 1).is_valid());
    }
}
