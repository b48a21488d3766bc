//! That a workspace is not there, or not for oneself, and the way out.

use crate::api::{self, ApiError};
use crate::hooks::{Consume, Matter, Poll};
use crate::routes::Page;
use crate::ui::EmptyState;
use leptos::prelude::*;
use vestibule_model::feed::News;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::poll::{Failure, Freshness, Pace};
use vestibule_model::workspace::Workspace;

/// Why there is nothing to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// It is not there, or not any more.
    Gone,
    /// One may not see it.
    Forbidden,
}

impl Lost {
    /// What a poll has come to.
    pub fn of(freshness: Freshness) -> Option<Self> {
        match freshness {
            Freshness::Gone => Some(Self::Gone),
            Freshness::Forbidden => Some(Self::Forbidden),
            _ => None,
        }
    }

    /// What a question ran into.
    pub fn of_error(error: &ApiError) -> Option<Self> {
        match Failure::from(error) {
            Failure::NotFound | Failure::Gone => Some(Self::Gone),
            Failure::Forbidden => Some(Self::Forbidden),
            _ => None,
        }
    }

    /// What the page is called where the workspace's name is not known.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Gone => "Not found",
            Self::Forbidden => "Not allowed",
        }
    }
}

/// What stands there instead.
pub fn no_workspace(lost: Lost) -> AnyView {
    match lost {
        Lost::Gone => nowhere(
            "There is no such workspace",
            "It was deleted, or the address is mistyped.",
        ),
        Lost::Forbidden => nowhere(
            "You may not see this workspace",
            "An administrator can give you the permission.",
        ),
    }
}

/// That there is nothing to see here, and the way out.
pub fn nowhere(title: &'static str, text: &'static str) -> AnyView {
    view! {
        <EmptyState icon="search" title=title text=text>
            <a class="button" data-look="primary" href=Page::Workspaces.path()>"Go to the workspaces"</a>
        </EmptyState>
    }
    .into_any()
}

/// What is known of a workspace: asked once, and from then on as the event stream tells.
#[derive(Clone, Copy)]
pub struct Known {
    /// What it is called; empty until that is known.
    pub name: RwSignal<String>,
    /// Whether it went while one was looking.
    pub gone: RwSignal<bool>,
    missing: RwSignal<bool>,
    freshness: RwSignal<Freshness>,
}

impl Known {
    /// Whether it is lost. For pages that do not poll it, and to which nobody comes right after it
    /// was made.
    pub fn lost(self) -> Memo<Option<Lost>> {
        Memo::new(move |_| {
            let is_gone = self.gone.get() || self.missing.get();
            let lost = is_gone.then_some(Lost::Gone);
            lost.or(Lost::of(self.freshness.get()))
        })
    }
}

/// What a workspace is called; empty until it is known.
pub fn use_workspace_name(id: &WorkspaceId) -> RwSignal<String> {
    use_workspace(id).name
}

/// Knows a workspace for as long as the calling component lives.
pub fn use_workspace(id: &WorkspaceId) -> Known {
    let (name, gone) = (RwSignal::new(String::new()), RwSignal::new(false));
    let known = move |told: Option<&str>| {
        let is_told = |shown: &String| told.is_none_or(|told| told == shown);
        if name.try_with_untracked(is_told) == Some(false) {
            name.set(told.unwrap_or_default().to_owned());
        }
        if gone.try_get_untracked() == Some(told.is_some()) {
            gone.set(told.is_none());
        }
    };
    let consume: Consume = Box::new(move |answer| {
        let workspace: Workspace = api::read(answer)?;
        known(Some(&workspace.name));
        Ok((Pace::Ended, None))
    });
    let freshness = ArcRwSignal::new(Freshness::Loading);
    let own = id.clone();
    let poll = Poll::new(api::workspace_path(id), freshness.clone(), consume);
    let poll = poll.poked_by(Box::new(move |news| match news {
        News::Workspace { id, name } if *id == own => {
            known(name.as_deref());
            Matter::Seen
        }
        _ => Matter::Nothing,
    }));
    let missing = poll.missing.clone();
    StoredValue::new_local(poll);
    Known {
        name,
        gone,
        missing: missing.into(),
        freshness: freshness.into(),
    }
}
