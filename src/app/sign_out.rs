//! Sign-in and sign-out in other tabs of the browser, which share one session.

use crate::effect::Effect;
use crate::store::Session;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

const CHANNEL: &str = "vestibule.session";
const SIGNED_IN: &str = "signed-in";
const SIGNED_OUT: &str = "signed-out";

/// End of this tab's session.
#[derive(Clone, Copy)]
pub struct SignOut {
    /// `true` if the session ended without "Sign out" in this tab.
    pub is_unexpected: RwSignal<bool>,
    is_asked: StoredValue<bool>,
    /// `true` if another tab reported the newest change, which is not reported back: that could end
    /// the session of a user who has signed in meanwhile.
    is_reported: StoredValue<bool>,
}

impl SignOut {
    /// Creates the tab's state, provides it as a context and keeps the tabs of the browser in step:
    /// all of them show the sign-in page as soon as one is signed out.
    pub fn provide(session: Session) {
        let sign_out = Self {
            is_unexpected: RwSignal::new(false),
            is_asked: StoredValue::new(false),
            is_reported: StoredValue::new(false),
        };
        provide_context(sign_out);
        let channel = open_channel(session, sign_out.is_reported);
        Effect::new(move |before: Option<Option<bool>>| {
            let is_signed_in = session.is_signed_in.get();
            let is_reported = sign_out.is_reported.get_value();
            sign_out.is_reported.set_value(false);
            let message = match (before.flatten(), is_signed_in) {
                (Some(true), Some(false)) => {
                    let is_asked = sign_out.is_asked.get_value();
                    sign_out.is_unexpected.set(!is_asked);
                    SIGNED_OUT
                }
                (Some(false), Some(true)) => {
                    sign_out.is_unexpected.set(false);
                    sign_out.is_asked.set_value(false);
                    SIGNED_IN
                }
                _ => return is_signed_in,
            };
            if !is_reported {
                channel.with_value(|channel| {
                    if let Some(channel) = channel {
                        // Fails only for a closed channel.
                        let _ = channel.post_message(&message.into());
                    }
                });
            }
            is_signed_in
        });
    }

    /// Returns the tab's state.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Remembers that the user has chosen "Sign out" in this tab.
    pub fn ask(self) {
        self.is_asked.set_value(true);
    }
}

/// Opens the channel, and applies what other tabs say. A browser without channels notices a
/// sign-out at its next request.
fn open_channel(
    session: Session,
    is_reported: StoredValue<bool>,
) -> StoredValue<Option<BroadcastChannel>, LocalStorage> {
    let channel = BroadcastChannel::new(CHANNEL).ok();
    if let Some(channel) = channel.clone() {
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            match event.data().as_string().as_deref() {
                Some(SIGNED_OUT) if is_known(session) => {
                    is_reported.set_value(true);
                    session.expired();
                }
                Some(SIGNED_IN) if !is_known(session) => {
                    spawn_local(async move {
                        // The sign-in page stays where the server cannot be reached.
                        if session.ask().await.is_ok() && is_known(session) {
                            is_reported.try_set_value(true);
                        }
                    });
                }
                _ => {}
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        let listener = StoredValue::new_local(Some(listener));
        on_cleanup(move || {
            channel.close();
            listener.dispose();
        });
    }
    StoredValue::new_local(channel)
}

fn is_known(session: Session) -> bool {
    let who = session.user.try_read_untracked();
    who.is_some_and(|who| who.me().is_some())
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
