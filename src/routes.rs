//! The addresses of all pages: one enum builds every URL. The routes in `app` match them.

use std::fmt;
use std::str::FromStr;
use vestibule_model::auth::is_own_path;
use vestibule_model::ids::{BuildId, TabId, UserId, WorkbenchId, WorkspaceId};

/// A page of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// Sign-in form, and the path to go to after that.
    SignIn { next: Option<String> },
    /// All workspaces.
    Workspaces,
    /// A workspace with its workbenches.
    Workspace(WorkspaceId),
    /// Form for a new workbench.
    NewWorkbench(WorkspaceId),
    /// A workbench: its waiting room, then its app. Its address is that of version 0.1.0.
    Workbench(WorkspaceId, WorkbenchId),
    /// A tab of a workbench, on the workbench's page.
    Tab(WorkspaceId, WorkbenchId, TabId),
    /// A run of a workbench, by its number.
    Run(WorkspaceId, WorkbenchId, u64),
    /// Settings of a workspace.
    Settings(WorkspaceId),
    /// Builds of a workspace.
    Builds(WorkspaceId),
    /// A build with its log.
    Build(WorkspaceId, BuildId),
    /// The signed-in user's own account.
    Account,
    /// All users of the installation.
    Users,
    /// A user.
    User(UserId),
    /// Roles and their permissions.
    Roles,
    /// The audit log.
    AuditLog,
    /// Default and longest times of the installation.
    Limits,
}

impl Page {
    /// Returns the page's path, with its query.
    pub fn path(&self) -> String {
        match self {
            Self::SignIn { next: None } => "/sign-in".to_owned(),
            Self::SignIn { next: Some(next) } => format!("/sign-in?next={}", encode(next)),
            Self::Workspaces => "/workspaces".to_owned(),
            Self::Workspace(id) => format!("/workspaces/{}", encode(id.as_str())),
            Self::NewWorkbench(id) => format!("/workspaces/{}/new", encode(id.as_str())),
            Self::Workbench(workspace, workbench) => format!(
                "/workspaces/{}/sessions/{}",
                encode(workspace.as_str()),
                encode(workbench.as_str())
            ),
            Self::Tab(workspace, workbench, tab) => {
                let page = Self::Workbench(workspace.clone(), workbench.clone());
                format!("{}{TABS}{}", page.path(), encode(tab.as_str()))
            }
            Self::Run(workspace, workbench, number) => {
                let page = Self::Workbench(workspace.clone(), workbench.clone());
                format!("{}/runs/{number}", page.path())
            }
            Self::Settings(id) => format!("/workspaces/{}/settings", encode(id.as_str())),
            Self::Builds(id) => format!("/workspaces/{}/builds", encode(id.as_str())),
            Self::Build(workspace, build) => {
                let builds = Self::Builds(workspace.clone());
                format!("{}/{}", builds.path(), encode(build.as_str()))
            }
            Self::Account => "/account".to_owned(),
            Self::Users => "/admin/users".to_owned(),
            Self::User(id) => format!("/admin/users/{}", encode(id.as_str())),
            Self::Roles => "/admin/roles".to_owned(),
            Self::AuditLog => "/admin/audit".to_owned(),
            Self::Limits => "/admin/limits".to_owned(),
        }
    }
}

/// Part of a tab's address between its workbench's address and its identifier.
const TABS: &str = "/tabs/";

/// Returns the tab that a path names, if it is the path of a tab or of the page of a workbench whose
/// page has the path `page`.
pub fn tab_in(path: &str, page: &str) -> Option<Option<TabId>> {
    match path.strip_prefix(page)?.trim_end_matches('/') {
        "" => Some(None),
        rest => TabId::parse(rest.strip_prefix(TABS)?).map(Some),
    }
}

/// The end of the address of a workbench's page: of any of its tabs. All are equal, since the page
/// stays when another tab is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnyTab;

/// Error: the address is not that of a tab.
#[derive(Debug, Clone, Copy)]
pub struct NoTab;

impl fmt::Display for NoTab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no such tab")
    }
}

impl std::error::Error for NoTab {}

impl FromStr for AnyTab {
    type Err = NoTab;

    fn from_str(rest: &str) -> Result<Self, NoTab> {
        let rest = match rest {
            "" => String::new(),
            rest => format!("/{rest}"),
        };
        tab_in(&rest, "").map(|_| Self).ok_or(NoTab)
    }
}

/// Returns the path to go to after signing in: `next`, if it is a path of this console.
pub fn path_after_sign_in(next: Option<&str>) -> String {
    match next.filter(|next| is_own_path(next)) {
        Some(next) => next.to_owned(),
        None => Page::Workspaces.path(),
    }
}

/// Encodes, by percent signs, everything but RFC 3986's unreserved characters.
pub fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_nest_below_their_workspace() {
        let workspace = WorkspaceId::new("ws-1");
        let workbench = WorkbenchId::new("wb-1");
        let session = Page::Workbench(workspace.clone(), workbench.clone());
        assert_eq!(session.path(), "/workspaces/ws-1/sessions/wb-1");
        let run = Page::Run(workspace.clone(), workbench, 12);
        assert_eq!(run.path(), "/workspaces/ws-1/sessions/wb-1/runs/12");
        let build = Page::Build(workspace, BuildId::new("bld-1"));
        assert_eq!(build.path(), "/workspaces/ws-1/builds/bld-1");
    }

    #[test]
    fn tabs_are_on_the_page_of_their_workbench() {
        let tab = TabId::new("01939f6e-7b2a-7c4d-9e1f-0a1b2c3d4e5f");
        let (workspace, workbench) = (WorkspaceId::new("ws-1"), WorkbenchId::new("wb-1"));
        let page = Page::Workbench(workspace.clone(), workbench.clone()).path();
        let path = Page::Tab(workspace, workbench, tab.clone()).path();
        assert_eq!(path, format!("{page}/tabs/{tab}"));
        assert_eq!(tab_in(&path, &page), Some(Some(tab.clone())));
        assert_eq!(tab_in(&page, &page), Some(None));
        assert_eq!(tab_in("/workspaces", &page), None);
        assert!(AnyTab::from_str("").is_ok());
        assert!(AnyTab::from_str(&format!("tabs/{tab}")).is_ok());
        for other in ["tabs/x", "tabs", "logs", "runs/1"] {
            assert!(AnyTab::from_str(other).is_err(), "{other}");
        }
    }

    #[test]
    fn sign_in_returns_to_this_console_only() {
        let path = "/workspaces/ws-1?x=1";
        assert_eq!(path_after_sign_in(Some(path)), path);
        let away = [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "",
            "/a\nb",
        ];
        for next in away {
            assert_eq!(path_after_sign_in(Some(next)), "/workspaces", "{next}");
        }
        assert_eq!(path_after_sign_in(None), "/workspaces");
    }

    #[test]
    fn reserved_characters_are_encoded() {
        let page = Page::SignIn {
            next: Some("/a b?c=é".to_owned()),
        };
        assert_eq!(page.path(), "/sign-in?next=%2Fa%20b%3Fc%3D%C3%A9");
    }
}
