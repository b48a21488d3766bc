//! Screen texts of the frame around the pages.

/// Link that skips the header.
pub const SKIP: &str = "Skip to content";
/// Second line while the server cannot be reached.
pub const RETRYING: &str = "Retrying…";
/// Heading of an address without a page.
pub const NOT_FOUND: &str = "Not found";
/// Title of an address without a page.
pub const NO_PAGE: &str = "No page at this address";
/// Likely reasons.
pub const NO_PAGE_HINT: &str = "It may have been deleted, or the address is mistyped.";
/// Menu item that opens the user's own account.
pub const ACCOUNT: &str = "Account";
/// Menu item that opens the pages about users, roles and the audit log.
pub const ADMINISTRATION: &str = "Administration";
/// Title of the theme choices.
pub const THEME: &str = "Theme";
/// Theme that follows the operating system.
pub const THEME_SYSTEM: &str = "System";
/// Light theme.
pub const THEME_LIGHT: &str = "Light";
/// Dark theme.
pub const THEME_DARK: &str = "Dark";
/// Button that opens the switcher.
pub const GO_TO: &str = "Go to a workbench or workspace (Ctrl K)";
/// Keys.
pub const GO_TO_KEYS: [&str; 2] = ["Ctrl", "K"];
/// Menu item that lists the keyboard shortcuts.
pub const SHORTCUTS: &str = "Keyboard shortcuts";
/// Menu item that ends the session.
pub const SIGN_OUT: &str = "Sign out";
/// Name of the navigation in the header.
pub const BREADCRUMB: &str = "Breadcrumb";
/// Name of the link around the logo.
pub const HOME: &str = "Vestibule, all workspaces";
