//! Screen texts of pages that could not be loaded.

/// Text where the code of a page could not be fetched.
pub const NOT_LOADED: &str =
    "This page could not be loaded. The server may be unreachable, or Vestibule was updated.";
/// Button that renders the page again.
pub const TRY_AGAIN: &str = "Try again";
/// Link that loads the whole console again.
pub const RELOAD: &str = "Reload page";
