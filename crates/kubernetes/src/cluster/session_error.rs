//! Reasons why a resource was not changed.

use super::copies::why_failed;
use super::edit::EditConflict;
use super::session::Unreadable;

/// Reason why a resource was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The resource is gone, or another one has its name.
    #[error("the resource is gone")]
    Gone,
    /// A field belongs to another field manager.
    #[error("{} belongs to the field manager {:?}", .0.field, .0.manager)]
    Conflict(EditConflict),
    /// The resource can't be read.
    #[error("The resource can't be read: {0}.")]
    Unreadable(#[from] Unreadable),
    /// The API server refuses it, in its words.
    #[error("{0}")]
    Refused(String),
    /// The API server doesn't answer, or can't at present. Nothing was changed.
    #[error("{0}")]
    Unreachable(String),
    /// The API server has not confirmed the change. It may have been carried out.
    #[error("{0}")]
    Unconfirmed(String),
}

impl SessionError {
    /// Returns the error of a request that changes something.
    pub(super) fn of_change(error: kube::Error) -> Self {
        let is_turned_away = matches!(&error, kube::Error::Api(status) if status.code == 429);
        match Self::from(error) {
            Self::Unreachable(why) if !is_turned_away => Self::Unconfirmed(why),
            other => other,
        }
    }
}

impl From<kube::Error> for SessionError {
    fn from(error: kube::Error) -> Self {
        let why = why_failed(&error);
        match error {
            kube::Error::Api(status) if status.code == 409 => {
                let causes = status
                    .details
                    .into_iter()
                    .flat_map(|details| details.causes);
                let conflict = causes
                    .filter(|cause| cause.reason == "FieldManagerConflict")
                    .find_map(|cause| {
                        // `conflict with "argocd" using vestibule.dev/v1alpha1`
                        let manager = cause.message.split('"').nth(1)?.to_owned();
                        let field = cause.field.trim_start_matches('.').to_owned();
                        Some(EditConflict { manager, field })
                    });
                conflict.map_or(Self::Gone, Self::Conflict)
            }
            kube::Error::Api(status) if status.code == 404 => Self::Gone,
            kube::Error::Api(status) if status.code < 500 && status.code != 429 => {
                Self::Refused(why)
            }
            _ => Self::Unreachable(why),
        }
    }
}
