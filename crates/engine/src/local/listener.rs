//! Whose socket it is that listens on a port, through `/proc`.
//!
//! An answer on the app's port is only the app's when the app has the socket: another program of
//! the machine may have taken the port first.

use super::processes;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

/// Sockets that are reached through 127.0.0.1, as `/proc/net/tcp` and `tcp6` write addresses.
const REACHABLE: &[&str] = &[
    "0100007F",
    "00000000",
    "00000000000000000000000000000000",
    "0000000000000000FFFF00000100007F",
];
const LISTENING: &str = "0A";

/// Whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// A process that the supervisor looks after.
    Ours(Socket),
    /// Another process of this machine.
    Foreign,
    /// It cannot be told here.
    Unknown,
}

/// A socket that was found with one of our processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Socket {
    /// The process's handle on it.
    handle: PathBuf,
    /// What the handle says while it is that socket.
    name: PathBuf,
}

impl Socket {
    /// Whether the process still has it.
    pub(super) fn is_open(&self) -> bool {
        std::fs::read_link(&self.handle).is_ok_and(|name| name == self.name)
    }
}

/// Finds out whose socket listens on a port.
pub(super) fn owner(port: u16, supervisor: i32) -> Owner {
    let sockets = listening_on(port);
    if sockets.is_empty() {
        return Owner::Unknown;
    }
    let mut all_seen = true;
    for pid in processes::descendants(supervisor) {
        let Ok(handles) = std::fs::read_dir(format!("/proc/{pid}/fd")) else {
            // Ended in the meantime, or of another user.
            all_seen &= !Path::new(&format!("/proc/{pid}")).exists();
            continue;
        };
        for handle in handles.flatten() {
            match std::fs::read_link(handle.path()) {
                Ok(name) if sockets.contains(&name) => {
                    return Owner::Ours(Socket {
                        handle: handle.path(),
                        name,
                    });
                }
                _ => {}
            }
        }
    }
    if all_seen {
        Owner::Foreign
    } else {
        Owner::Unknown
    }
}

fn listening_on(port: u16) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let Ok(file) = std::fs::File::open(table) else {
            continue;
        };
        for line in BufReader::new(file).lines().skip(1).map_while(Result::ok) {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let (Some(local), Some(_), Some(state)) = (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            // Listening sockets come first; the others can be very many.
            if state != LISTENING {
                break;
            }
            let is_wanted = local.rsplit_once(':').is_some_and(|(address, local_port)| {
                u16::from_str_radix(local_port, 16) == Ok(port) && REACHABLE.contains(&address)
            });
            if is_wanted && let Some(inode) = fields.nth(5) {
                found.push(PathBuf::from(format!("socket:[{inode}]")));
            }
        }
    }
    found
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_listener_is_told_from_another_process_s() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let me = i32::try_from(std::process::id()).expect("a pid");
        let my_parent = i32::try_from(std::os::unix::process::parent_id()).expect("a pid");
        // Its own process is not below itself: to a supervisor without an app it is foreign.
        assert_eq!(owner(port, me), Owner::Foreign);
        let Owner::Ours(socket) = owner(port, my_parent) else {
            panic!("not found below the parent");
        };
        assert!(socket.is_open());
        drop(listener);
        assert!(!socket.is_open());
        assert_eq!(owner(port, my_parent), Owner::Unknown);
    }
}
