//! A cause in full: event, evidence, time, responsible person and remedy.

use super::texts;
use crate::routes::Page;
use crate::ui::{Icon, When};
use leptos::prelude::*;
use vestibule_model::causes::{Cause, Level, Remedy, ResolvedBy};

/// The cause, without the card's frame.
#[component]
pub fn CauseCard(
    cause: Cause,
    /// Details of what happened that the cause itself does not say.
    #[prop(optional_no_strip)]
    headline: Option<String>,
) -> impl IntoView {
    let headline = headline.unwrap_or_else(|| cause.headline());
    // The headline names the secret; the evidence is of use where there are more.
    let is_named = matches!(&cause.action, Remedy::OpenSecret { name: Some(_) });
    let is_said = is_named && !cause.why.contains(',');
    let why = Some(cause.why).filter(|why| !why.is_empty() && !is_said);
    let icon = match cause.who {
        ResolvedBy::You => "person",
        ResolvedBy::Administrator => "lock",
        ResolvedBy::Wait => "hourglass",
    };
    // A run that ended well needs no fixing.
    let who = (cause.level != Level::Ended).then(|| {
        view! { <span class="who"><Icon name=icon />{cause.who.words()}</span> }
    });
    let since = cause.first.map(|first| {
        view! { <span class="quiet"><When at=Some(first.at) /></span> }
    });
    view! {
        <p class="card-what">{headline}</p>
        {why.map(|why| view! { <p class="card-why">{with_code(&why)}</p> })}
        <p class="card-advice">{cause.advice}</p>
        <p class="card-foot">
            {who}
            <code class="reason">{cause.reason}</code>
            {since}
        </p>
    }
}

/// Link to a build.
#[component]
pub fn BuildLink(page: Page) -> impl IntoView {
    view! { <p class="card-foot"><a href=page.path()>{texts::OPEN_BUILD}</a></p> }
}

/// Renders text between backticks as code.
pub fn with_code(text: &str) -> Vec<AnyView> {
    if !text.matches('`').count().is_multiple_of(2) {
        return vec![text.to_owned().into_any()];
    }
    text.split('`')
        .enumerate()
        .map(|(i, part)| {
            let part = part.to_owned();
            if i % 2 == 1 {
                view! { <code>{part}</code> }.into_any()
            } else {
                part.into_any()
            }
        })
        .collect()
}
