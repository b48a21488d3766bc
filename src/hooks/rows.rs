//! The thin shell around `vestibule_model::gather`: reads the rows of which the event stream tells.
//! It comes with the stream's part.

use super::list::{Reads, RowReader};
use super::poll::{self, Matter};
use super::status;
use crate::api::{self, clock};
use gloo_timers::callback::Timeout;
use leptos::prelude::document;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use vestibule_model::feed::News;
use vestibule_model::gather::{Command, Gather};
use vestibule_model::ids::WorkbenchId;

struct Inner {
    reads: Reads,
    machine: RefCell<Gather>,
    timer: RefCell<Option<Timeout>>,
}

/// Begins to read single rows; it ends when the reader is dropped.
pub fn begin(reads: Reads) -> RowReader {
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
            News::Gone(id) => {
                self.machine.borrow_mut().forget(id);
                self.reads.rows.remove(id);
                Matter::Seen
            }
            News::Workbench { id, seq, .. } => {
                let is_known = self
                    .reads
                    .rows
                    .row(id)
                    .is_some_and(|row| !status::is_news(news, &row));
                if is_known {
                    return Matter::Nothing;
                }
                // Nobody is looking: once somebody does, the list is read.
                if document().hidden() {
                    return Matter::Seen;
                }
                let total = self.reads.rows.total();
                let mut machine = self.machine.borrow_mut();
                let command = machine.hear(id, *seq, total, clock::now());
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

    /// Whether the whole list is to be read.
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
        let total = inner.reads.rows.total();
        let command = inner.machine.borrow_mut().wake(total, clock::now());
        if inner.obey(command) {
            (inner.reads.whole)();
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
                inner.reads.rows.put(row);
            }
        }
        _ => {
            let matters = inner.machine.borrow_mut().failed(&id);
            if matters {
                (inner.reads.whole)();
            }
        }
    }
}
