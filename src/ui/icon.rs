//! Icons on a 16-unit grid with 1.5-unit strokes, and the product's logo.

use leptos::prelude::*;

/// Icon, hidden from assistive technology: the text beside it has the meaning. Sizes are in CSS
/// pixels at the default font size and scale with the text.
#[component]
pub fn Icon(#[prop(into)] name: String, #[prop(default = 16)] size: u32) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" width=rem(size) height=rem(size) aria-hidden="true" focusable="false">
            <path d=outline(&name) />
        </svg>
    }
}

/// Logo: a doorway with its door ajar.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 24 24" width="1.375rem" height="1.375rem" aria-hidden="true" focusable="false">
            <path class="logo-frame" d="M4 21V6a4 4 0 0 1 4-4h8a4 4 0 0 1 4 4v15" />
            <path class="logo-door" d="M8 21V7.4a1 1 0 0 1 .8-1l5-1.1a1 1 0 0 1 1.2 1V21" />
            <path class="logo-frame" d="M2 21h20" />
            <circle class="logo-knob" cx="12.4" cy="13.4" r="1.1" />
        </svg>
    }
}

/// Returns a length in `rem`, so that icons grow with the browser's font size.
fn rem(pixels: u32) -> String {
    // In whole numbers: the code that writes fractions is large.
    format!("{}.{:04}rem", pixels / 16, pixels % 16 * 625)
}

/// Returns the outline of an icon. Unknown names, as from a newer catalogue, get a window.
fn outline(name: &str) -> &'static str {
    match name {
        "door" | "welcome" | "hand" | "home" => {
            "M3 14V4a2 2 0 0 1 2-2h6a2 2 0 0 1 2 2v10M1.5 14h13M5.5 14V5.5l5-1.2V14M8.6 9.4v.1"
        }
        "folder" | "files" => {
            "M1.75 12.5v-9a.75.75 0 0 1 .75-.75h3.4l1.6 2h6a.75.75 0 0 1 .75.75v7a.75.75 0 0 1-.75.75h-11a.75.75 0 0 1-.75-.75Z"
        }
        "notebook" | "jupyter" | "book" => {
            "M4 1.75h8.5a.75.75 0 0 1 .75.75v11a.75.75 0 0 1-.75.75H4A1.25 1.25 0 0 1 2.75 13V3A1.25 1.25 0 0 1 4 1.75ZM5.75 2v12M8.25 5.25h2.5M8.25 8h2.5M1.5 5h2M1.5 8h2M1.5 11h2"
        }
        "terminal" | "shell" => {
            "M2.5 2.75h11a.75.75 0 0 1 .75.75v9a.75.75 0 0 1-.75.75h-11a.75.75 0 0 1-.75-.75v-9a.75.75 0 0 1 .75-.75ZM4.5 6l2 2-2 2M8.5 10h3"
        }
        "code" | "editor" => "M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5M9 3 7 13",
        "desktop" => "M2 2.75h12v8H2ZM8 10.75v2.5M5 13.25h6",
        "agent" | "robot" => {
            "M3 6.5h10v6.75H3ZM8 6.5v-3M8 3.5v-.6M5.75 9.5v.75M10.25 9.5v.75M1.25 9v1.75M14.75 9v1.75"
        }
        "window" => "M2 3.25h12v9.5H2ZM2 6h12M4 4.6v.05M6 4.6v.05",
        "warning" | "alert" => "M8 2 14.5 13.5h-13ZM8 6.5v3.25M8 11.6v.1",
        "activity" => "M1.5 8h3L6.5 3.25l3 9.5L11.5 8h3",
        "bell" => "M3.5 11.5h9L11.25 9.5V7a3.25 3.25 0 0 0-6.5 0v2.5ZM6.75 13.75h2.5M8 3.75v-1",
        "message" => "M2.5 3h11v8H7.5l-3 2.5V11h-2Z",
        "clip" => {
            "M12.75 7.25 7.9 12.1a2.9 2.9 0 0 1-4.1-4.1l5.2-5.2a1.95 1.95 0 0 1 2.75 2.75L6.6 10.7a1 1 0 0 1-1.4-1.4L9.6 4.9"
        }
        "beside" => "M2 3h12v10H2ZM8.75 3v10",
        "log" => "M3 4h10M3 8h10M3 12h6",
        "plus" => "M8 3v10M3 8h10",
        "minus" => "M3 8h10",
        "whole" => "M2 3v10M14 3v10M4.5 8h7M6.5 6l-2 2 2 2M9.5 6l2 2-2 2",
        "history" => "M2.5 8a5.5 5.5 0 1 0 1.7-4M2.4 2.4v2.7h2.7M8 5v3.2l2.2 1.3",
        "lock" => "M3.5 7h9v6.5h-9ZM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
        "stop" => "M4 4h8v8H4Z",
        "play" => "M5 3.2v9.6L12.5 8Z",
        "restart" => "M13 8a5 5 0 1 1-1.6-3.7M13.2 2.2v2.9h-2.9",
        "trash" => "M2.75 4.25h10.5M6 4.25v-1.5h4v1.5M4 4.25l.6 9.25h6.8L12 4.25M6.75 7v4M9.25 7v4",
        "external" => "M9 2.75h4.25V7M13 3 7.5 8.5M6.5 3.5H3.25v9.25h9.25V9.5",
        "chevron" => "m6 3.5 4.5 4.5L6 12.5",
        "down" => "m3.5 6 4.5 4.5L12.5 6",
        "up" => "m3.5 10 4.5-4.5 4.5 4.5",
        "hammer" => "m2.5 13.5 6-6M7 3.5l5.5 5.5M6 4.5 9.5 2l4.5 4.5-2.5 3.5Z",
        "close" => "m3.75 3.75 8.5 8.5M12.25 3.75l-8.5 8.5",
        "person" => {
            "M8 8.25a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 14c.4-2.6 2.6-3.75 5.5-3.75s5.1 1.15 5.5 3.75"
        }
        "rooms" => "M2 2.75h5.25V7.5H2ZM8.75 2.75H14V13.25H8.75ZM2 9h5.25v4.25H2Z",
        "offline" => {
            "M2 2l12 12M1.5 6.2A9.6 9.6 0 0 1 4.6 4.4M7 3.6a9.6 9.6 0 0 1 7.5 2.6M4 9a6 6 0 0 1 3-1.6M10.4 8A6 6 0 0 1 12 9M8 12.2v.1"
        }
        "search" => "M7 11.75a4.75 4.75 0 1 0 0-9.5 4.75 4.75 0 0 0 0 9.5ZM10.5 10.5l3.25 3.25",
        "hourglass" => "M4 2h8M4 14h8M5 2c0 4 6 4 6 6s-6 2-6 6M11 2c0 4-6 4-6 6s6 2 6 6",
        "question" => {
            "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.2 6.3a1.9 1.9 0 1 1 2.6 1.9c-.6.3-.8.6-.8 1.1M8 11.2v.1"
        }
        "mute" => "M2.5 6v4h2.6L8.5 13V3L5.1 6ZM11 6l3 4M14 6l-3 4",
        "frame" => "M2.5 5V2.5H5M11 2.5h2.5V5M13.5 11v2.5H11M5 13.5H2.5V11M5 5h6v6H5Z",
        "undo" => "M3 6.5h6.5a3.75 3.75 0 0 1 0 7.5H6M6 3.25 2.75 6.5 6 9.75",
        "redo" => "M13 6.5H6.5a3.75 3.75 0 0 0 0 7.5H10M10 3.25l3.25 3.25L10 9.75",
        "more" => "M3.25 8v.05M8 8v.05M12.75 8v.05",
        "check" => "m3 8.5 3.25 3.25L13 4.75",
        "copy" => "M6 6h7.5v7.5H6ZM10 6V2.5H2.5V10H6",
        _ => "M2 3.25h12v9.5H2ZM2 6h12M4 4.6v.05M6 4.6v.05",
    }
}
