//! The built-in apps.

/// A built-in app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// The page of a first workbench.
    Welcome,
    /// The file browser.
    Files,
}
