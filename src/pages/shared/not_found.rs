//! The view of a page whose workspace does not exist or may not be seen.

use super::texts;
use crate::api::ApiError;
use crate::routes::Page;
use crate::ui::EmptyState;
use leptos::prelude::*;
use vestibule_client::poll::{Failure, Freshness};

/// Reason why a page has nothing to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFoundReason {
    /// The thing does not exist.
    Missing,
    /// The thing was deleted while the page showed it.
    Deleted,
    /// The user may not see it.
    Forbidden,
}

impl NotFoundReason {
    /// Returns the reason that a poll has found, or `None` where there may be something to show.
    pub fn of(freshness: Freshness) -> Option<Self> {
        match freshness {
            Freshness::Gone => Some(Self::Missing),
            Freshness::Forbidden => Some(Self::Forbidden),
            _ => None,
        }
    }

    /// Returns the reason that a request has run into.
    pub fn of_error(error: &ApiError) -> Option<Self> {
        match Failure::from(error) {
            Failure::NotFound | Failure::Gone => Some(Self::Missing),
            Failure::Forbidden => Some(Self::Forbidden),
            _ => None,
        }
    }

    /// Returns the page's heading where the workspace's name is not known.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Missing | Self::Deleted => texts::NOT_FOUND,
            Self::Forbidden => texts::NO_ACCESS,
        }
    }
}

/// Explains why there is no workspace to show.
pub fn no_workspace(lost: NotFoundReason) -> AnyView {
    match lost {
        NotFoundReason::Missing => {
            not_found(texts::WORKSPACE_NOT_FOUND, texts::WORKSPACE_NOT_FOUND_TEXT)
        }
        NotFoundReason::Deleted => {
            not_found(texts::WORKSPACE_DELETED, texts::WORKSPACE_DELETED_TEXT)
        }
        NotFoundReason::Forbidden => {
            not_found(texts::WORKSPACE_FORBIDDEN, texts::WORKSPACE_FORBIDDEN_TEXT)
        }
    }
}

/// Explains why there is nothing at this address, with the way to the workspaces.
pub fn not_found(title: &'static str, text: &'static str) -> AnyView {
    view! {
        <EmptyState icon="search" title=title text=text>
            <a class="button" data-variant="primary" href=Page::Workspaces.path()>{texts::GO_TO_WORKSPACES}</a>
        </EmptyState>
    }
    .into_any()
}
