//! Operations on tabs.

use crate::openapi::operation::{Describe as _, Described, op};
use vestibule_model::tab::{NewTab, Tab, TabList, TabPatch};

#[rustfmt::skip]
pub(super) fn all() -> Vec<(&'static str, Described)> {
    vec![
        op("get /api/workbenches/{id}/tabs", "Lists the open tabs of a workbench, from left to right")
            .gives::<TabList>(200),
        op("get /api/tabs/socket", "Opens a WebSocket that carries the terminals of many tabs")
            .answers(101, "The connection is a WebSocket now.", Vec::new()),
        op("get /api/tabs/{id}", "Shows a tab, also a closed one").gives::<Tab>(200),
        op("put /api/tabs/{id}", "Opens a tab under an id that the client chose, and starts its workbench")
            .takes::<NewTab>().gives::<Tab>(201).gives::<Tab>(200)
            .conflicts(&["id-taken", "deleting", "too-many-tabs"]),
        op("patch /api/tabs/{id}", "Renames or moves a tab")
            .takes::<TabPatch>().gives::<Tab>(200).conflicts(&["tab-closed"]),
        op("delete /api/tabs/{id}", "Closes a tab, and ends its session").gives::<Tab>(200),
        op("post /api/tabs/{id}/retry", "Opens the session of a tab again, and starts its workbench")
            .takes_nothing().gives::<Tab>(202).conflicts(&["tab-closed"]),
    ]
}
