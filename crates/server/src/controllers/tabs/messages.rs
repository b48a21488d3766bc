//! Messages to the agent of a tab: `/api/tabs/{id}/messages` and `/api/tabs/{id}/stop`.

use super::{closed, find};
use crate::auth::SignedIn;
use crate::body::ApiJson;
use crate::clock;
use crate::path_id::{Id, IdAndName};
use crate::problem::{self, ApiError, ApiResult};
use crate::state::AppState;
use crate::store::{NewMessageRow, SendOutcome};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_engine::agents::AgentRequest;
use vestibule_model::ids::{MessageId, TabId};
use vestibule_model::tab::queue::{
    self, MAX_QUEUED, MAX_TEXT, Message, MessageList, MessageState, NewMessage, StopTurn, excess,
};

/// Lists the messages that have not ended, and the newest ended ones.
pub async fn messages(State(state): State<AppState>, Id(id): Id) -> ApiResult<Json<MessageList>> {
    let id = TabId::new(id);
    let items = state.db(move |store| store.messages(&id)).await?;
    Ok(Json(MessageList { items }))
}

/// Sends a message. It is recorded before its agent gets it; the same request twice sends one.
pub async fn send(
    State(state): State<AppState>,
    signed_in: SignedIn,
    IdAndName(id, message): IdAndName,
    ApiJson(new): ApiJson<NewMessage>,
) -> ApiResult<(StatusCode, Json<Box<Message>>)> {
    let id = TabId::new(id);
    let message = MessageId::parse(&message).ok_or_else(|| {
        problem::invalid_field("message", "Use a UUID of version 7, in lower case.")
    })?;
    if new.text.trim().is_empty() {
        return Err(problem::invalid_field("text", "Write something."));
    }
    check_length(&new.text)?;
    if new.text.contains('\0') {
        return Err(problem::invalid_field("text", "Leave out NUL characters."));
    }
    let row = NewMessageRow {
        id: message,
        tab_id: id.clone(),
        text: new.text,
        by: signed_in.user.id.clone(),
    };
    let sent = state
        .db(move |store| store.send_message(&row, clock::now()))
        .await?;
    match sent {
        SendOutcome::New(message) => {
            wake(&state, &id).await?;
            Ok((StatusCode::CREATED, Json(message)))
        }
        SendOutcome::Before(message) => Ok((StatusCode::OK, Json(message))),
        SendOutcome::Taken => Err(problem::conflict(
            "id-taken",
            "Another message has this id. Choose a new one.",
        )),
        SendOutcome::NoTab => Err(problem::not_found("tab")),
        SendOutcome::Closed => Err(closed()),
        SendOutcome::NotAnAgent => Err(problem::conflict(
            "not-an-agent",
            "Only agent tabs take messages.",
        )),
        SendOutcome::Full => Err(problem::conflict(
            "queue-full",
            format!("{MAX_QUEUED} messages wait already. Wait, or take one back."),
        )),
    }
}

/// Cancels a message that its agent has not received yet.
pub async fn cancel(
    State(state): State<AppState>,
    IdAndName(id, message): IdAndName,
) -> ApiResult<Json<Message>> {
    let id = TabId::new(id);
    let message = change(&state, &id, MessageId::new(message), |message| {
        queue::cancel(message, clock::now());
    })
    .await?;
    match message.state {
        MessageState::Cancelled => Ok(Json(message)),
        _ => Err(problem::conflict(
            "message-handed-over",
            "The agent may have the message already. Stop its turn instead.",
        )),
    }
}

/// Ends the turn of a message at once, or takes the message back.
pub async fn stop(
    State(state): State<AppState>,
    Id(id): Id,
    ApiJson(stop): ApiJson<StopTurn>,
) -> ApiResult<(StatusCode, Json<Message>)> {
    let id = TabId::new(id);
    let tab = find(&state, &id).await?;
    let message = change(&state, &id, stop.message_id, |message| {
        queue::stop(message, clock::now());
    })
    .await?;
    if let (true, Some(run)) = (message.is_stop_wanted, message.run_number) {
        // The task that serves the tab asks again, if this gets lost.
        let (engine, message) = (std::sync::Arc::clone(&state.engine), message.id.clone());
        tokio::spawn(async move {
            let request = AgentRequest::Stop(message);
            engine.agent(&tab.workbench_id, run, &tab.id, request).await;
        });
    }
    Ok((StatusCode::ACCEPTED, Json(message)))
}

async fn change(
    state: &AppState,
    tab: &TabId,
    id: MessageId,
    change: impl FnOnce(&mut Message) + Send + 'static,
) -> ApiResult<Message> {
    let key = tab.clone();
    let changed = state.db(move |store| store.change_message(&key, &id, change));
    let message = changed
        .await?
        .ok_or_else(|| problem::not_found("message"))?;
    wake(state, tab).await?;
    Ok(message)
}

async fn wake(state: &AppState, tab: &TabId) -> ApiResult<()> {
    state.agents.live(&find(state, tab).await?).wake();
    Ok(())
}

/// Checks the length of a message or a draft.
pub(super) fn check_length(text: &str) -> Result<(), ApiError> {
    match excess(text) > 0 {
        true => Err(problem::invalid_field(
            "text",
            format!(
                "The text is longer than {} KiB. Put it into a file.",
                MAX_TEXT / 1024
            ),
        )),
        false => Ok(()),
    }
}
