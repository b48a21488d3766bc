//! Reasons against a sign-in.

/// Reason why a sign-in through a provider was refused, as the sign-in page explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInRefusal {
    /// The person has not agreed at the provider.
    Cancelled,
    /// The sign-in does not belong to this browser, was used already or took too long.
    Expired,
    /// The provider does not answer.
    Unreachable,
    /// The provider answers that it failed.
    ProviderFailed,
    /// The provider's answer is not valid.
    BadAnswer,
    /// The provider's rules do not let the person in.
    NotAllowed,
    /// The rules need a list that the provider has left out.
    NoList,
    /// The person has no user, and none is created.
    NoUser,
    /// The user is disabled.
    Disabled,
    /// The first administrator must be created first.
    NotSetUp,
    /// Too many sign-ins at one time.
    TooMany,
    /// No such provider.
    Unknown,
    /// The server failed.
    Failed,
}

impl SignInRefusal {
    /// Returns the word for it in addresses and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Unreachable => "unreachable",
            Self::ProviderFailed => "provider-failed",
            Self::BadAnswer => "bad-answer",
            Self::NotAllowed => "not-allowed",
            Self::NoList => "no-list",
            Self::NoUser => "no-user",
            Self::Disabled => "disabled",
            Self::NotSetUp => "not-set-up",
            Self::TooMany => "too-many-tries",
            Self::Unknown => "unknown-provider",
            Self::Failed => "failed",
        }
    }
}
