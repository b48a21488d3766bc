//! Identifiers. Each is an opaque string on the wire; the newtypes prevent mix-ups.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a string that is known to be an identifier of this kind.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// Returns the identifier as on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::schema::text("An identifier, opaque to clients.")
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
    };
}

id!(
    /// A workspace: `ws-…`.
    WorkspaceId
);
id!(
    /// A workbench: `wb-…`. It is also a host name label (the app's own origin), so it is always a
    /// valid DNS label; see [`WorkbenchId::parse`].
    WorkbenchId
);
id!(
    /// A run, one start attempt of a workbench: `run-…`.
    RunId
);
id!(
    /// A build: `bld-…`.
    BuildId
);
id!(
    /// A user: `u-…`.
    UserId
);

id!(
    /// A tab of a workbench: a UUID of version 7 (RFC 9562), made by the client.
    TabId
);
id!(
    /// A message to an agent tab: a UUID of version 7, made by the client.
    MessageId
);

/// Characters of generated identifiers: no vowels and no look-alikes, so that they form no words
/// and can be read aloud. 28 characters, 8 of them give 3·10¹¹ identifiers.
pub const ID_ALPHABET: &[u8] = b"bcdfghjkmnpqrstvwxyz23456789";

/// Number of random characters after the prefix of a generated identifier.
pub const ID_LENGTH: usize = 8;

impl WorkbenchId {
    /// Parses a workbench identifier from a client or a host name.
    ///
    /// The identifier must be `wb-` and then 4 to 40 lower-case letters, digits or inner hyphens, which makes
    /// it a DNS label (RFC 1123 section 2.1).
    pub fn parse(text: &str) -> Option<Self> {
        has_form(text, "wb-").then(|| Self(text.to_owned()))
    }
}

impl BuildId {
    /// Parses a build identifier from a client: `bld-` and then the same as for a workbench.
    pub fn parse(text: &str) -> Option<Self> {
        has_form(text, "bld-").then(|| Self(text.to_owned()))
    }
}

impl TabId {
    /// Parses a tab identifier from a client.
    pub fn parse(text: &str) -> Option<Self> {
        is_uuid_7(text).then(|| Self(text.to_owned()))
    }
}

impl MessageId {
    /// Parses a message identifier from a client.
    pub fn parse(text: &str) -> Option<Self> {
        is_uuid_7(text).then(|| Self(text.to_owned()))
    }
}

/// Returns a UUID of version 7 for this time, in milliseconds since 1970 (RFC 9562, section 5.7).
pub fn uuid_7(millis: u64, random: [u8; 10]) -> String {
    let mut bytes = [0_u8; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random);
    bytes[6] = 0x70 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    let text = hex(&bytes);
    let parts = [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ];
    parts.join("-")
}

/// Returns bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Returns `true` for a UUID of version 7 in its canonical form, with lower-case digits (RFC 9562,
/// sections 4 and 5.7).
fn is_uuid_7(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'7',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn has_form(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        (4..=40).contains(&rest.len())
            && rest
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !rest.starts_with('-')
            && !rest.ends_with('-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbench_id_is_a_dns_label() {
        assert!(WorkbenchId::parse("wb-7k2m9x4q").is_some());
        for bad in [
            "",
            "wb-",
            "wb-abc",
            "ws-7k2m9x4q",
            "wb-7K2M9X4Q",
            "wb-a/../b",
            "wb-abcd-",
            "wb-a.bcd",
        ] {
            assert_eq!(WorkbenchId::parse(bad), None, "{bad}");
        }
        assert!(BuildId::parse("bld-7k2m9x4q").is_some());
        for bad in ["wb-7k2m9x4q", "bld-../..", "bld-", "bld-a/b/c"] {
            assert_eq!(BuildId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn uuids_are_of_version_7_and_sort_by_time() {
        let id = uuid_7(0x0193_9f6e_7b2a, [0xff; 10]);
        assert_eq!(id, "01939f6e-7b2a-7fff-bfff-ffffffffffff");
        assert!(TabId::parse(&id).is_some());
        assert!(TabId::parse(&uuid_7(0, [0; 10])).is_some());
        assert!(uuid_7(0x0193_9f6e_7b2b, [0; 10]) > id);
    }

    #[test]
    fn a_tab_id_is_a_uuid_of_version_7() {
        assert!(TabId::parse("01939f6e-7b2a-7c4d-9e1f-0a1b2c3d4e5f").is_some());
        for bad in [
            "",
            "01939f6e-7b2a-4c4d-9e1f-0a1b2c3d4e5f",
            "01939f6e-7b2a-7c4d-1e1f-0a1b2c3d4e5f",
            "01939F6E-7B2A-7C4D-9E1F-0A1B2C3D4E5F",
            "01939f6e7b2a7c4d9e1f0a1b2c3d4e5f",
            "01939f6e-7b2a-7c4d-9e1f-0a1b2c3d4e5/",
        ] {
            assert_eq!(TabId::parse(bad), None, "{bad}");
        }
    }
}
