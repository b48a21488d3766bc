//! The thin shell around `vestibule_model::gather`: reads the rows of which the event stream tells, and
//! adds to a list what has changed of it. It comes with the stream's part.

use super::list::{ByParts, Reads, RowReader};
use super::poll::{self, Matter};
use super::status;
use crate::api::{self, clock};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use vestibule_model::feed::News;
use vestibule_model::gather::{Command, Gather};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::roll::{Roll, Turn};

/// How lists are read by parts.
pub const BY_PARTS: ByParts = ByParts {
    begin,
    merge: Roll::merge,
};

struct Inner {
    reads: Reads,
    machine: RefCell<Gather>,
    timer: RefCell<Option<Timeout>>,
}

/// Begins to read single rows; it ends when the reader is dropped.
fn begin(reads: Reads) -> RowReader {
    let inner = Rc::new(Inner {
        reads,
        machine: RefCell::default(),
        timer: RefCell::default(),
    });
    Box::new(move |news| inner.hear(news))
}

impl Inner {
    fn hear(self: &Rc<Self>, news: &News) -> Matter {
        match news {
            News::Gone { id, seq } => {
                self.machine.borrow_mut().forget(id);
                self.change(|roll| roll.remove(id, *seq));
                Matter::Seen
            }
            News::Workbench { id, seq, .. } => {
                let is_known = self.reads.roll.try_with_value(|roll| {
                    roll.row(id).is_some_and(|row| !status::is_news(news, row))
                });
                if is_known != Some(false) {
                    return Matter::Nothing;
                }
                // Nobody is looking: once somebody does, the list is asked for.
                if document().hidden() {
                    return Matter::Seen;
                }
                let mut machine = self.machine.borrow_mut();
                let command = machine.hear(id, *seq, self.total(), clock::now());
                drop(machine);
                if self.obey(command) {
                    Matter::Due
                } else {
                    Matter::Seen
                }
            }
            News::Removed(_) | News::Builds | News::Everything | News::Beginning => Matter::Nothing,
        }
    }

    fn total(&self) -> usize {
        let total = self.reads.roll.try_with_value(Roll::total);
        total.flatten().unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut Roll) -> Turn) {
        if let Some(turn) = self.reads.roll.try_update_value(change) {
            (self.reads.show)(&turn);
        }
    }

    /// Whether the list is to be asked for.
    fn obey(self: &Rc<Self>, command: Command) -> bool {
        let weak = Rc::downgrade(self);
        *self.timer.borrow_mut() = command.wake_after.map(|after| {
            let weak = weak.clone();
            poll::timer(after, move || wake(&weak))
        });
        for id in command.rows {
            wasm_bindgen_futures::spawn_local(read(weak.clone(), id));
        }
        command.whole
    }
}

fn wake(weak: &Weak<Inner>) {
    if let Some(inner) = weak.upgrade() {
        let command = inner.machine.borrow_mut().wake(inner.total(), clock::now());
        if inner.obey(command) {
            (inner.reads.ask)();
        }
    }
}

async fn read(weak: Weak<Inner>, id: WorkbenchId) {
    let answer = api::workbench(&id).await;
    let Some(inner) = weak.upgrade() else {
        return;
    };
    match answer {
        Ok(row) if row.id == id && row.workspace_id == inner.reads.workspace => {
            let is_wanted = inner.machine.borrow_mut().answered(&id, row.version().0);
            if is_wanted {
                inner.change(|roll| roll.put(row));
            }
        }
        _ => {
            let matters = inner.machine.borrow_mut().failed(&id);
            if matters {
                (inner.reads.ask)();
            }
        }
    }
}
