//! The code of the frames, which is fetched once an app is about to be shown.

use super::frames::FrameHost;
use crate::lazy::lazy;
use leptos::prelude::*;

lazy! { frames:
    /// Frames of the open apps, above all pages.
    pub fn frame_host(_args: ()) -> AnyView {
        view! { <FrameHost /> }.into_any()
    }
}
