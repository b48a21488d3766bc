//! The field that types into a terminal which is being opened, in a real browser.

use super::keyboard::{KeyboardField, Keyboards};
use crate::testing::{MountedPage, eval};
use leptos::prelude::*;
use vestibule_client::typed::Next;
use vestibule_model::ids::TabId;
use wasm_bindgen_test::wasm_bindgen_test;

fn open() -> (MountedPage, Keyboards) {
    let created = StoredValue::new_local(None);
    let page = MountedPage::mount(move || {
        let keyboards = Keyboards::new();
        created.set_value(Some(keyboards));
        view! { <KeyboardField keyboards=keyboards on_leave=|| {} on_blur=|| {} /> }.into_any()
    });
    let keyboards = created.get_value().expect("just mounted");
    (page, keyboards)
}

/// Types as a browser does: text into the field, other keys as events.
fn types(text: &str, key: &str) {
    eval(&format!(
        "const field = document.querySelector('.keyboard-field');
         field.value += {text:?};
         field.dispatchEvent(new InputEvent('input', {{ bubbles: true }}));
         field.dispatchEvent(new KeyboardEvent('keydown', {{ key: {key:?}, bubbles: true, cancelable: true }}));"
    ));
}

/// In use, C2.
#[wasm_bindgen_test]
fn keys_before_the_terminal_reach_it_in_order() {
    let (_page, keyboards) = open();
    let (one, other) = (TabId::new("t-1"), TabId::new("t-2"));
    assert!(!keyboards.is_catching());
    keyboards.catch(&one);
    assert!(keyboards.is_catching());
    types("lx", "Backspace");
    types("s -l", "Enter");
    keyboards.catch(&other);
    types("pwd", "Enter");
    assert_eq!(keyboards.waiting(), 8 + 4);
    assert!(!keyboards.is_quiet.get_untracked());

    let keyboard = keyboards.of(&one);
    assert_eq!(keyboard.attached(Some(0), true), Next::GoOn);
    assert_eq!(keyboard.next_block(), Some((0, b"lx\x7fs -l\r".to_vec())));
    keyboard.acknowledge(8);
    assert_eq!(keyboards.waiting(), 4, "the other terminal's");
    keyboards.forget(&other);
    assert_eq!(keyboards.waiting(), 0);
}
