//! Parts of the pages about users, members and shares: scopes, roles on offer, and one-time passwords.

mod end;
mod grant_draft;
mod grant_fields;
mod identity;
mod offer;
mod scope_name;
mod secret;
pub mod texts;

pub use end::GrantEnd;
pub use grant_draft::{GrantDraft, GrantScope};
pub use grant_fields::{GrantFields, ScopeFields};
pub use identity::Identity;
pub use offer::{Offer, offers, role_choices};
pub use scope_name::ScopeName;
pub use secret::{InvitationLink, OneTimePassword, focus_secret};
