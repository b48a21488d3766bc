//! Owner of the socket that listens on a port, through `/proc`.
//!
//! An answer on the app's port is only the app's when the app has the socket: another program of
//! the machine may have taken the port first.

use super::processes;
use super::record::{is_absent, is_shortage};
use std::io::{self, BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

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
    /// Unknown: a process below the supervisor hides its sockets.
    Hidden,
}

/// Listening socket of one of the run's processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Socket {
    /// The process's descriptor for it.
    handle: PathBuf,
    /// Target of that link while the socket is open.
    name: PathBuf,
    /// The address that it listens on.
    pub(super) address: SocketAddr,
}

/// Entry of the system's table of listening sockets.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listening {
    address: SocketAddr,
    name: PathBuf,
}

impl Socket {
    /// Returns `true` if the process still has it open.
    pub(super) fn is_open(&self) -> bool {
        std::fs::read_link(&self.handle).is_ok_and(|name| name == self.name)
    }
}

/// Finds the owner of the socket that listens on a port.
pub(super) fn owner(port: u16, supervisor: i32) -> io::Result<Owner> {
    let mut sockets = listening("self")?;
    sockets.retain(|socket| socket.address.port() == port && is_reachable(socket.address.ip()));
    if sockets.is_empty() {
        return Ok(Owner::Nobody);
    }
    let (owned, all_seen) = owned(&sockets, supervisor, None, true)?;
    Ok(match owned.into_iter().next() {
        Some(socket) => Owner::Ours(socket),
        None if all_seen => Owner::Foreign,
        None => Owner::Hidden,
    })
}

/// Returns every address on which the processes below the supervisor listen in the network of the app's
/// process, but for those of the runner, the app's parent, which takes progress messages in a sandbox.
pub(super) fn addresses(supervisor: i32, app: i32) -> io::Result<Vec<SocketAddr>> {
    let runner = processes::parent(app)?.filter(|parent| *parent != supervisor);
    let (owned, _) = owned(&listening(&app.to_string())?, supervisor, runner, false)?;
    let mut addresses: Vec<_> = owned.into_iter().map(|socket| socket.address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

/// Returns `true` if connections to 127.0.0.1 reach a socket that listens on this address.
fn is_reachable(ip: IpAddr) -> bool {
    ip.is_unspecified() || ip.to_canonical() == Ipv4Addr::LOCALHOST
}

/// Returns those of the sockets that processes below the supervisor have open, all but one process,
/// only the first if `is_one_enough`, and whether every process could be observed.
fn owned(
    sockets: &[Listening],
    supervisor: i32,
    except: Option<i32>,
    is_one_enough: bool,
) -> io::Result<(Vec<Socket>, bool)> {
    let mut found = Vec::new();
    let mut all_seen = true;
    for pid in processes::descendants(supervisor)? {
        if except == Some(pid) {
            continue;
        }
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
            let Ok(name) = std::fs::read_link(handle.path()) else {
                continue;
            };
            if let Some(socket) = sockets.iter().find(|socket| socket.name == name) {
                found.push(Socket {
                    handle: handle.path(),
                    name,
                    address: socket.address,
                });
                if is_one_enough {
                    return Ok((found, all_seen));
                }
            }
        }
    }
    Ok((found, all_seen))
}

/// Reads an address as `/proc/net/tcp` and `tcp6` write it: words of 32 bits in the order of bytes
/// of this machine, in hexadecimal digits.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.rsplit_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| u32::from_str_radix(ip.get(at..at + 8)?, 16).ok();
    let ip = match ip.len() {
        8 => Ipv4Addr::from(word(0)?.to_ne_bytes()).into(),
        32 => {
            let mut bytes = [0; 16];
            for (i, part) in bytes.chunks_exact_mut(4).enumerate() {
                part.copy_from_slice(&word(8 * i)?.to_ne_bytes());
            }
            Ipv6Addr::from(bytes).into()
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// Returns the sockets that listen in the network of a process.
fn listening(process: &str) -> io::Result<Vec<Listening>> {
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let table = format!("/proc/{process}/net/{table}");
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
            if let (Some(address), Some(inode)) = (address(local), fields.nth(5)) {
                let name = PathBuf::from(format!("socket:[{inode}]"));
                found.push(Listening { address, name });
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
    fn addresses_are_read_as_the_system_writes_them() {
        if cfg!(target_endian = "little") {
            for (text, read) in [
                ("0100007F:1F90", "127.0.0.1:8080"),
                ("00000000:0050", "0.0.0.0:80"),
                ("00000000000000000000000001000000:2137", "[::1]:8503"),
                (
                    "0000000000000000FFFF00000100007F:0001",
                    "[::ffff:127.0.0.1]:1",
                ),
            ] {
                assert_eq!(address(text), Some(read.parse().expect("an address")));
            }
        }
        assert_eq!(address("0100007:1F90"), None);
    }

    /// Reliability review, finding 7.
    #[test]
    fn addresses_of_a_process_are_found() {
        let one = TcpListener::bind("127.0.0.1:0").expect("a port");
        let other = TcpListener::bind("0.0.0.0:0").expect("a port");
        let my_parent = i32::try_from(std::os::unix::process::parent_id()).expect("a pid");
        let me = i32::try_from(std::process::id()).expect("a pid");
        let found = addresses(my_parent, me).expect("known");
        for listener in [one, other] {
            let address = listener.local_addr().expect("an address");
            assert!(found.contains(&address), "{address} {found:?}");
        }
    }

    /// Seen once: an app in a sandbox that did not listen at all was reported as listening where its runner
    /// takes progress messages.
    #[test]
    fn addresses_of_the_runner_are_not_the_apps() {
        let of_runner = TcpListener::bind("127.0.0.1:0").expect("a port");
        let supervisor = i32::try_from(std::os::unix::process::parent_id()).expect("a pid");
        let mut app = std::process::Command::new("sleep")
            .arg("600")
            .spawn()
            .expect("sleep");
        let pid = i32::try_from(app.id()).expect("a pid");
        let found = addresses(supervisor, pid).expect("known");
        app.kill().expect("killed");
        app.wait().expect("ended");
        let address = of_runner.local_addr().expect("an address");
        assert!(!found.contains(&address), "{found:?}");
    }

    /// Returns `true` if `port` is `wanted`'s within ten seconds: a child of another test of this process holds the
    /// descriptors of its parent until it executes its program.
    fn becomes(port: u16, above: i32, matches: impl Fn(&Owner) -> bool) -> Owner {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            let found = owner(port, above).expect("known");
            if matches(&found) {
                return found;
            }
            assert!(std::time::Instant::now() < until, "still {found:?}");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    #[test]
    fn listener_of_another_process_is_foreign() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let me = i32::try_from(std::process::id()).expect("a pid");
        let my_parent = i32::try_from(std::os::unix::process::parent_id()).expect("a pid");
        // Its own process is not below itself: to a supervisor without an app it is foreign.
        becomes(port, me, |found| *found == Owner::Foreign);
        let socket = |found: &Owner| match found {
            Owner::Ours(socket) => Some(socket.handle.clone()),
            _ => None,
        };
        let own = format!("/proc/{me}/fd/");
        let found = becomes(port, my_parent, |found| {
            socket(found).is_some_and(|handle| handle.starts_with(&own))
        });
        let Owner::Ours(socket) = found else {
            unreachable!("waited for");
        };
        assert!(socket.is_open());
        drop(listener);
        assert!(!socket.is_open());
        becomes(port, my_parent, |found| *found == Owner::Nobody);
    }
}
