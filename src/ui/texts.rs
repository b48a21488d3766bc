//! Screen texts of the widgets.

/// Accessible name of the button that closes a toast.
pub const DISMISS: &str = "Dismiss";
/// Announcement after copying.
pub const COPIED: &str = "Copied";
/// Title of the dialog where the browser does not allow copying.
pub const COPY_BY_HAND: &str = "Copy by hand";
/// Instruction in that dialog.
pub const COPY_BY_HAND_HINT: &str =
    "This browser doesn't allow the page to copy. Select the text and copy it.";
/// Accessible name of the text in that dialog.
pub const TEXT_TO_COPY: &str = "Text to copy";
/// Accessible name of a skeleton.
pub const LOADING: &str = "Loading";

/// Returns the message where there is nothing to copy.
pub fn not_copied(why: &str) -> String {
    format!("Nothing was copied. {why}")
}
