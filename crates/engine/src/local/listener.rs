//! Owner of the socket that listens on a port, through `/proc`.
//!
//! An answer on the app's port is only the app's when the app has the socket: another program of
//! the machine may have taken the port first.

use super::processes;
use super::record::{is_absent, is_shortage};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

/// Addresses that are reached through 127.0.0.1, as `/proc/net/tcp` and `tcp6` write addresses.
const REACHABLE: &[&str] = &[
    "0100007F",
    "00000000",
    "00000000000000000000000000000000",
    "0000000000000000FFFF00000100007F",
];
const LISTENING: &str = "0A";

/// Owner of the socket that listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// A process below the supervisor.
    Ours(Socket),
    /// Another process of this machine.
    Foreign,
    /// No process: nothing listens there.
    Nobody,
    /// Not known: a process below the supervisor hides its sockets.
    Hidden,
}

/// Listening socket of one of the run's processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Socket {
    /// The process's descriptor for it.
    handle: PathBuf,
    /// Target of that link while the socket is open.
    name: PathBuf,
}

impl Socket {
    /// Returns whether the process still has it open.
    pub(super) fn is_open(&self) -> bool {
        std::fs::read_link(&self.handle).is_ok_and(|name| name == self.name)
    }
}

/// Finds the owner of the socket that listens on a port.
pub(super) fn owner(port: u16, supervisor: i32) -> io::Result<Owner> {
    let sockets = listening_on(port)?;
    if sockets.is_empty() {
        return Ok(Owner::Nobody);
    }
    let mut all_seen = true;
    for pid in processes::descendants(supervisor)? {
        let handles = match std::fs::read_dir(format!("/proc/{pid}/fd")) {
            Ok(handles) => handles,
            Err(error) if is_shortage(&error) => return Err(error),
            // Ended in the meantime, or of another user.
            Err(_) => {
                all_seen &= !Path::new(&format!("/proc/{pid}")).exists();
                continue;
            }
        };
        for handle in handles.flatten() {
            match std::fs::read_link(handle.path()) {
                Ok(name) if sockets.contains(&name) => {
                    return Ok(Owner::Ours(Socket {
                        handle: handle.path(),
                        name,
                    }));
                }
                _ => {}
            }
        }
    }
    Ok(if all_seen {
        Owner::Foreign
    } else {
        Owner::Hidden
    })
}

fn listening_on(port: u16) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let file = match std::fs::File::open(table) {
            Err(error) if is_absent(&error) => continue,
            opened => opened?,
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
    Ok(found)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn listener_of_another_process_is_foreign() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let me = i32::try_from(std::process::id()).expect("a pid");
        let my_parent = i32::try_from(std::os::unix::process::parent_id()).expect("a pid");
        // Its own process is not below itself: to a supervisor without an app it is foreign.
        assert_eq!(owner(port, me).expect("known"), Owner::Foreign);
        let Owner::Ours(socket) = owner(port, my_parent).expect("known") else {
            panic!("not found below the parent");
        };
        assert!(socket.is_open());
        drop(listener);
        assert!(!socket.is_open());
        assert_eq!(owner(port, my_parent).expect("known"), Owner::Nobody);
    }
}
