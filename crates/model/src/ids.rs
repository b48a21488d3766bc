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

/// Characters of generated identifiers: no vowels and no look-alikes, so that they form no words
/// and can be read aloud. 28 characters, 8 of them give 3·10¹¹ identifiers.
pub const ID_ALPHABET: &[u8] = b"bcdfghjkmnpqrstvwxyz23456789";

/// Number of random characters after the prefix of a generated identifier.
pub const ID_LENGTH: usize = 8;

impl WorkbenchId {
    /// Parses a workbench identifier from a client or a host name.
    ///
    /// It must be `wb-` and then 4 to 40 lower-case letters, digits or inner hyphens, which makes
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
}
