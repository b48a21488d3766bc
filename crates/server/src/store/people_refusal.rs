//! Refusals of changes of users and grants.

use super::Error;

/// Reason why a change was refused.
#[derive(Debug)]
pub enum PeopleRefusal {
    /// No such user, grant or role.
    Gone,
    /// The last platform administrator would lose the role (FIELD 36).
    LastAdministrator,
    /// An identity provider gives the grant, and gives it again at each sign-in.
    Managed(String),
    /// The user has a password.
    HasPassword,
    /// The user signs in through these identity providers.
    HasIdentity(Vec<String>),
    /// The user has permissions that the originator of the change lacks, and so may not let anybody
    /// have.
    NotHeld(Vec<String>),
    /// Another one has this value.
    Taken(&'static str),
    /// The name of one user is the address of another one.
    Ambiguous,
    /// The store failed.
    Store(Error),
}

impl From<Error> for PeopleRefusal {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for PeopleRefusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Result of a change.
pub type PeopleResult<T> = Result<T, PeopleRefusal>;
