//! What this page asks of the server on a person's behalf, for as long as it is not answered, and
//! what it knows of jobs before the server tells: the indicator's own part of what goes on.

use super::{Task, use_task};
use crate::api::clock;
use std::cell::RefCell;
use std::rc::Rc;
use vestibule_model::activity::{JobKey, Label, Registry, Request, UNCONFIRMED};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::Millis;
use vestibule_model::workbench::Workbench;

/// Hears of every change.
pub type Observer = Rc<dyn Fn(Registry)>;

thread_local! {
    static REGISTRY: RefCell<Registry> = const { RefCell::new(Registry::new()) };
    static OBSERVER: RefCell<Option<Observer>> = const { RefCell::new(None) };
}

/// A task of the calling component that the indicator shows from its start until it is settled.
pub fn use_async_action(request: Request) -> Task {
    use_task().named(request)
}

/// A job is known to go on before the server has told so. The same again changes nothing. With a
/// number of its journal, what is told of a later one, or of the same, counts for more; 0 is none.
/// Of a run it is said whose it is, and its number.
pub fn register_backend_job(key: JobKey, label: Label, seq: u64, run: Option<(WorkbenchId, u64)>) {
    change(|registry| {
        let now = clock::now();
        registry.forget_before(now + Millis(-UNCONFIRMED.0));
        registry.register(key, label, seq, run, now);
    });
}

/// The answer to a wish tells of a run before the stream does.
pub fn register_run_of(workbench: &Workbench) {
    let Some(run) = &workbench.run else {
        return;
    };
    let key = JobKey::run(&run.id);
    match Label::of_answer(workbench) {
        Some(label) => {
            let of = (workbench.id.clone(), run.number);
            register_backend_job(key, label, run.last_seq, Some(of));
        }
        None => complete_backend_job(&key),
    }
}

/// A job does not go on any more, as far as this page knows. Again changes nothing.
pub fn complete_backend_job(key: &JobKey) {
    change(|registry| registry.complete(key));
}

/// A request that is under way. It is settled when this is dropped, for whatever reason.
pub struct UnderWay(u64);

impl UnderWay {
    /// It is sent now.
    pub fn begin(request: Request, workbench: Option<WorkbenchId>) -> Self {
        let mut id = 0;
        change(|registry| id = registry.begin(request, workbench, clock::now()));
        Self(id)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        change(|registry| registry.settle(self.0));
    }
}

/// Hears of what goes on from now on; none hears nothing any more.
pub fn observe(observer: Option<Observer>) {
    OBSERVER.set(observer);
    if OBSERVER.with_borrow(Option::is_some) {
        change(|_| {});
    }
}

/// Nobody is signed in any more: what is still under way is nobody's.
pub fn forget_all() {
    change(Registry::clear);
}

fn change(change: impl FnOnce(&mut Registry)) {
    // The page itself may be going away.
    let after = REGISTRY.try_with(|registry| {
        let mut registry = registry.borrow_mut();
        change(&mut registry);
        registry.clone()
    });
    let observer = OBSERVER.try_with(|observer| observer.borrow().clone());
    if let (Ok(after), Ok(Some(observer))) = (after, observer) {
        observer(after);
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::api::ApiError;
    use crate::testing::{Stage, until};
    use crate::ui::live;
    use leptos::prelude::*;
    use std::future::pending;
    use vestibule_model::trouble::Trouble;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn under_way() -> usize {
        REGISTRY.with_borrow(|registry| registry.open().count())
    }

    #[wasm_bindgen_test]
    async fn a_request_is_seen_until_it_is_settled_or_abandoned() {
        let kept = StoredValue::new(None);
        let is_shown = RwSignal::new(true);
        let page = live(move || {
            is_shown.get().then(|| {
                let task = use_async_action(Request::SaveSecret);
                kept.set_value(Some(task));
            })
        });
        let _stage = Stage::mount(move || page.into_any());
        let task: Task = kept.get_value().expect("just mounted");
        task.run(
            async { Err::<(), _>(ApiError::Lost(Trouble::Slow)) },
            |()| {},
        );
        assert_eq!(under_way(), 1);
        until("it failed, and is settled", || under_way() == 0).await;
        task.run(pending::<Result<(), ApiError>>(), |()| {});
        assert_eq!(under_way(), 1);
        is_shown.set(false);
        until("it is settled with its page", || under_way() == 0).await;
    }
}
