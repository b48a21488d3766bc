//! The section with the user's access tokens.

use super::texts;
use super::token_form::TokenForm;
use crate::api::{self, clock};
use crate::store::{Polled, use_polled, use_task};
use crate::ui::{Announcer, Button, ButtonVariant, Dialog, Icon, Notice, Skeleton, When, focus_id};
use leptos::prelude::*;
use vestibule_model::account::TokenInfo;
use vestibule_model::auth::Me;
use vestibule_model::list::List;

/// The section.
#[component]
pub fn TokensSection(me: Memo<Option<Me>>) -> impl IntoView {
    let tokens: Polled<List<TokenInfo>> = use_polled(api::OWN_TOKENS);
    let (creating, deleting) = (RwSignal::new(false), RwSignal::new(false));
    let chosen = RwSignal::new(None::<TokenInfo>);
    let create = Callback::new(move |()| creating.set(true));
    let delete = Callback::new(move |token| {
        chosen.set(Some(token));
        deleting.set(true);
    });
    let refresh = Callback::new(move |()| tokens.refresh());
    let question = Signal::derive(move || {
        let chosen = chosen.read();
        texts::delete_token_question(chosen.as_ref().map_or("", |token| &token.name))
    });
    let rows = move || {
        let known = tokens.data.read();
        let Some(known) = known.as_ref() else {
            return view! { <Skeleton lines=2 /> }.into_any();
        };
        if known.items.is_empty() {
            return view! { <p class="quiet">{texts::TOKENS_EMPTY}</p> }.into_any();
        }
        let rows = known.items.iter().cloned();
        let rows = rows.map(|token| view! { <Row token=token on_delete=delete /> });
        view! {
            <table class="account-table" aria-labelledby="account-tokens">
                <thead>
                    <tr>
                        <th scope="col">{texts::TOKEN_NAME}</th>
                        <th scope="col">{texts::PERMISSIONS}</th>
                        <th scope="col">{texts::LAST_USED}</th>
                        <th scope="col">{texts::EXPIRES}</th>
                        <th scope="col"><span class="visually-hidden">{texts::ACTIONS}</span></th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="setting" aria-labelledby="account-tokens">
            <div class="setting-top">
                <h2 id="account-tokens" tabindex="-1">{texts::TOKENS}</h2>
                <Button on_press=create><Icon name="plus" />{texts::NEW_TOKEN}</Button>
            </div>
            <p class="setting-text">{texts::TOKENS_TEXT}</p>
            {rows}
            <Dialog open=creating title=texts::NEW_TOKEN>
                <TokenForm me=me open=creating on_created=refresh />
            </Dialog>
            <Dialog open=deleting title=question>
                <Deletion chosen=chosen open=deleting on_deleted=refresh />
            </Dialog>
        </section>
    }
}

#[component]
fn Row(token: TokenInfo, on_delete: Callback<TokenInfo>) -> impl IntoView {
    let label = format!("{} {}", texts::DELETE, token.name);
    let names = token.permissions.join(", ");
    let count = texts::permissions(token.permissions.len());
    let is_over = token.expires_at.is_none_or(|end| end <= clock::now());
    let end = match token.expires_at {
        Some(end) if !is_over => end.to_string().chars().take(10).collect(),
        _ => texts::EXPIRED.to_owned(),
    };
    let used = match token.last_used_at {
        Some(at) => view! { <When at=Signal::stored(Some(at)) /> }.into_any(),
        None => texts::NEVER_USED.into_any(),
    };
    let name = token.name.clone();
    let delete = Callback::new(move |()| on_delete.run(token.clone()));
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td data-label=texts::PERMISSIONS>
                <details class="account-names"><summary>{count}</summary>{names}</details>
            </td>
            <td data-label=texts::LAST_USED>{used}</td>
            <td data-label=texts::EXPIRES>{end}</td>
            <td class="account-actions">
                <Button variant=ButtonVariant::Quiet label=label on_press=delete>{texts::DELETE}</Button>
            </td>
        </tr>
    }
}

#[component]
fn Deletion(
    chosen: RwSignal<Option<TokenInfo>>,
    open: RwSignal<bool>,
    on_deleted: Callback<()>,
) -> impl IntoView {
    let task = use_task();
    let announcer = Announcer::expect();
    let keep = Callback::new(move |()| open.set(false));
    let delete = Callback::new(move |()| {
        let Some(token) = chosen.get_untracked() else {
            return;
        };
        task.run(api::delete_token(token.id), move |()| {
            announcer.say(texts::TOKEN_DELETED);
            open.try_set(false);
            on_deleted.run(());
            focus_id("account-tokens");
        });
    });
    view! {
        <p>{texts::DELETE_TOKEN_TEXT}</p>
        {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <div class="dialog-actions">
            <Button autofocus=true on_press=keep>{texts::CANCEL}</Button>
            <Button variant=ButtonVariant::Danger busy=task.busy on_press=delete>{texts::DELETE}</Button>
        </div>
    }
}
