//! Operations on tabs.

use crate::openapi::operation::Payload;
use crate::openapi::operation::{Describe as _, OperationDescription, op};
use vestibule_model::tab::attachment::Attachment;
use vestibule_model::tab::queue::{
    Message, MessageList, NewDraft, NewMessage, Seen, StopTurn, TabDraft,
};
use vestibule_model::tab::transcript::TranscriptPage;
use vestibule_model::tab::{NewTab, Tab, TabList, TabPatch};

#[rustfmt::skip]
pub(super) fn all() -> Vec<(&'static str, OperationDescription)> {
    vec![
        op("get /api/workbenches/{id}/tabs", "Lists the open tabs of a workbench, from left to right")
            .gives::<TabList>(200),
        op("get /api/tabs/socket", "Opens a WebSocket that carries the terminals and scripts of many tabs")
            .answers(101, "The connection is a WebSocket now.", Vec::new()),
        op("get /api/tabs/{id}", "Shows a tab, also a closed one").gives::<Tab>(200),
        op("put /api/tabs/{id}", "Opens a tab under an id that the client chose, and starts its workbench")
            .takes::<NewTab>().gives::<Tab>(201).gives::<Tab>(200)
            .conflicts(&["id-taken", "deleting", "no-script", "no-sessions", "too-many-tabs"]),
        op("patch /api/tabs/{id}", "Renames, moves or shares a tab")
            .takes::<TabPatch>().gives::<Tab>(200).conflicts(&["tab-closed"]),
        op("delete /api/tabs/{id}", "Closes a tab, and ends its session").gives::<Tab>(200),
        op("post /api/tabs/{id}/retry", "Opens the session of a tab again, and starts its workbench")
            .takes_nothing().gives::<Tab>(202).conflicts(&["no-sessions", "tab-closed"]),
        op("get /api/tabs/{id}/messages", "Lists the messages of a script tab that have not ended, and the newest ended ones")
            .gives::<MessageList>(200),
        op("put /api/tabs/{id}/messages/{name}", "Sends a message under an id that the client chose")
            .takes::<NewMessage>().gives::<Message>(201).gives::<Message>(200)
            .conflicts(&["id-taken", "tab-closed", "not-an-agent", "queue-full"]),
        op("delete /api/tabs/{id}/messages/{name}", "Takes a message back that waits")
            .gives::<Message>(200).conflicts(&["message-handed-over"]),
        op("post /api/tabs/{id}/stop", "Ends the turn of a message")
            .takes::<StopTurn>().gives::<Message>(202),
        op("put /api/tabs/{id}/files/{name}", "Puts a file into the attachments of the workbench")
            .may_take(Payload::bytes()).gives::<Attachment>(201)
            .conflicts(&["tab-closed", "attachments-blocked", "deleting"]),
        op("get /api/tabs/{id}/draft", "Shows the user's draft in a tab").gives::<TabDraft>(200),
        op("put /api/tabs/{id}/draft", "Stores the user's draft in a tab")
            .takes::<NewDraft>().gives::<TabDraft>(200).conflicts(&["draft-changed", "tab-closed"]),
        op("put /api/tabs/{id}/seen", "Records the last event that the user has seen")
            .takes::<Seen>().gives::<TabDraft>(200),
        op("get /api/tabs/{id}/transcript", "Shows a page of a script's transcript")
            .query(&[
                ("after", "The events after this number."),
                ("before", "The last events before this number; without either: the newest."),
                ("limit", "Largest number of events, up to 1000."),
            ])
            .gives::<TranscriptPage>(200),
        op("get /api/tabs/{id}/transcript/download", "Returns the transcript as a text")
            .answers(200, "The transcript.", vec![Payload::text("text/plain")]),
        op("get /api/tabs/{id}/stream", "Streams the events of a script's transcript")
            .query(&[("after", "The events after this number.")])
            .header("last-event-id", "Number of the last event that the client has.")
            .answers(200, "Events `transcript`, each with its number as `id`.", vec![Payload::text("text/event-stream")]),
    ]
}
