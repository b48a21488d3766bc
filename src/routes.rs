//! Every page has a place here: one enum builds every URL and reads it again.

use vestibule_model::ids::{BuildId, WorkbenchId, WorkspaceId};

/// A page of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// Leads on to the workspaces.
    Home,
    /// Signing in, and where to go after that.
    SignIn { next: Option<String> },
    /// Making the first administrator.
    SetUp { token: String },
    /// All workspaces.
    Workspaces,
    /// One workspace with its workbenches.
    Workspace(WorkspaceId),
    /// The form for a new workbench.
    NewWorkbench(WorkspaceId),
    /// One workbench: its waiting room, and then its inside.
    Session(WorkspaceId, WorkbenchId),
    /// One attempt to run a workbench, by its number.
    Run(WorkspaceId, WorkbenchId, u64),
    /// The settings of a workspace: its name, its secrets, and its end.
    Settings(WorkspaceId),
    /// The builds of a workspace.
    Builds(WorkspaceId),
    /// One build with its log.
    Build(WorkspaceId, BuildId),
    /// No page has this address.
    Unknown,
}

impl Page {
    /// The page's address, from the root.
    pub fn path(&self) -> String {
        match self {
            Self::Home | Self::Unknown => "/".to_owned(),
            Self::SignIn { next: None } => "/sign-in".to_owned(),
            Self::SignIn { next: Some(next) } => format!("/sign-in?next={}", encode(next)),
            Self::SetUp { token } => format!("/set-up?token={}", encode(token)),
            Self::Workspaces => "/workspaces".to_owned(),
            Self::Workspace(id) => format!("/workspaces/{}", encode(id.as_str())),
            Self::NewWorkbench(id) => format!("/workspaces/{}/new", encode(id.as_str())),
            Self::Session(workspace, workbench) => format!(
                "/workspaces/{}/sessions/{}",
                encode(workspace.as_str()),
                encode(workbench.as_str())
            ),
            Self::Run(workspace, workbench, number) => {
                let session = Self::Session(workspace.clone(), workbench.clone());
                format!("{}/runs/{number}", session.path())
            }
            Self::Settings(id) => format!("/workspaces/{}/settings", encode(id.as_str())),
            Self::Builds(id) => format!("/workspaces/{}/builds", encode(id.as_str())),
            Self::Build(workspace, build) => {
                let builds = Self::Builds(workspace.clone());
                format!("{}/{}", builds.path(), encode(build.as_str()))
            }
        }
    }

    /// Reads an address; `query` answers what a query parameter says.
    pub fn parse(path: &str, query: impl Fn(&str) -> Option<String>) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Self::Home,
            ["sign-in"] => Self::SignIn {
                next: query("next").filter(|next| is_own_path(next)),
            },
            ["set-up"] => Self::SetUp {
                token: query("token").unwrap_or_default(),
            },
            ["workspaces"] => Self::Workspaces,
            ["workspaces", id] => Self::Workspace(WorkspaceId::new(*id)),
            ["workspaces", id, "new"] => Self::NewWorkbench(WorkspaceId::new(*id)),
            ["workspaces", workspace, "sessions", workbench] => {
                Self::Session(WorkspaceId::new(*workspace), WorkbenchId::new(*workbench))
            }
            [
                "workspaces",
                workspace,
                "sessions",
                workbench,
                "runs",
                number,
            ] => number.parse().map_or(Self::Unknown, |number| {
                let workbench = WorkbenchId::new(*workbench);
                Self::Run(WorkspaceId::new(*workspace), workbench, number)
            }),
            ["workspaces", id, "settings"] => Self::Settings(WorkspaceId::new(*id)),
            ["workspaces", id, "builds"] => Self::Builds(WorkspaceId::new(*id)),
            ["workspaces", workspace, "builds", build] => {
                Self::Build(WorkspaceId::new(*workspace), BuildId::new(*build))
            }
            _ => Self::Unknown,
        }
    }

    /// Whether one may be here without being signed in.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::SignIn { .. } | Self::SetUp { .. })
    }
}

/// Whether an address leads to this console and nowhere else: `//host` and `/\host` lead away.
fn is_own_path(path: &str) -> bool {
    path.starts_with('/') && !path[1..].starts_with(['/', '\\']) && !path.contains(char::is_control)
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
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
    fn every_page_is_found_again_by_its_address() {
        let workspace = WorkspaceId::new("ws-bcdfghjk");
        for page in [
            Page::Home,
            Page::Workspaces,
            Page::Workspace(workspace.clone()),
            Page::NewWorkbench(workspace.clone()),
            Page::Session(workspace.clone(), WorkbenchId::new("wb-bcdfghjk")),
            Page::Run(workspace.clone(), WorkbenchId::new("wb-bcdfghjk"), 12),
            Page::Settings(workspace.clone()),
            Page::Builds(workspace.clone()),
            Page::Build(workspace, BuildId::new("bld-bcdfghjk")),
        ] {
            assert_eq!(Page::parse(&page.path(), |_| None), page);
        }
        for nowhere in ["/nowhere", "/workspaces/ws-1/sessions/wb-1/runs/last"] {
            assert_eq!(Page::parse(nowhere, |_| None), Page::Unknown);
        }
    }

    #[test]
    fn one_comes_back_only_to_this_console() {
        let read = |next: &str| Page::parse("/sign-in", |_| Some(next.to_owned()));
        assert_eq!(
            read("/workspaces/ws-1?x=1"),
            Page::SignIn {
                next: Some("/workspaces/ws-1?x=1".to_owned())
            }
        );
        for away in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "",
            "/a\nb",
        ] {
            assert_eq!(read(away), Page::SignIn { next: None }, "{away}");
        }
    }

    #[test]
    fn what_is_odd_is_encoded() {
        let page = Page::SignIn {
            next: Some("/a b?c=é".to_owned()),
        };
        assert_eq!(page.path(), "/sign-in?next=%2Fa%20b%3Fc%3D%C3%A9");
    }
}
