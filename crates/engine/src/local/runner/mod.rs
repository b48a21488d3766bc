//! The runner: the process between a run's supervisor and its app.
//!
//! The runner starts the app, relays connections from the run's gate to it, passes signals on, collects
//! every process that the app leaves behind, and reports how the app ended by the wait status that
//! the system returned. It lives no longer than its supervisor, and the app no longer than it.
//!
//! The gate is its standard input, the connection to the supervisor its standard output, the app's
//! output its standard error: descriptors that a program without unsafe code can take over.

mod agents;
pub mod client;
pub mod client_upload;
mod confinement;
mod ending;
mod lines;
pub mod pod;
mod process;
mod progress;
mod relay;
mod request;
mod ring;
mod session;
mod sessions;
pub mod turn;
mod typists;
mod uploads;
pub mod wire;

use super::processes;
use agents::Agents;
use ending::Ending;
use nix::sys::signal::Signal;
use nix::unistd::{Pid, getpid};
use process::{adopt_orphans, collect, pass_on, start};
use progress::Progress;
use relay::Relay;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use sessions::Sessions;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, BufRead as _, BufReader, IoSliceMut, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use wire::{ASK_TO_STOP, Orders, Report, TAKE_GATE};

/// Command-line argument that makes a program run [`main`]; the run's id follows, so that
/// the list of processes shows it.
pub const SUBCOMMAND: &str = "runner";

/// Environment variable that marks a runner with its run's id.
pub const VARIABLE: &str = "VESTIBULE_RUNS";

/// Longest time after the app's end in which connections deliver what it has sent.
const DRAIN: Duration = Duration::from_millis(200);
/// Flags of a received descriptor: the app must not inherit it.
#[cfg(target_os = "linux")]
const RECEIVED: RecvFlags = RecvFlags::CMSG_CLOEXEC;
#[cfg(not(target_os = "linux"))]
const RECEIVED: RecvFlags = RecvFlags::empty();

/// Time limit of the search for processes when the supervisor is gone.
const CLEANUP_PATIENCE: Duration = Duration::from_secs(5);

/// Runs `vestibule runner`. Called before there are threads or a runtime.
pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not by `eprintln!`, which panics when nothing reads the output.
            let _ = writeln!(io::stderr(), "The runner failed: {error}.");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    // Best effort: SECURITY.md names what is not promised without it.
    let _ = confinement::confine();
    let control = UnixStream::from(io::stdout().as_fd().try_clone_to_owned()?);
    let mut orders = BufReader::new(control.try_clone()?);
    let ending = Arc::new(Ending::default());
    // Those that come before the app runs wait.
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    adopt_orphans();
    let mut line = String::new();
    orders.read_line(&mut line)?;
    // The error must not quote the line, which contains secrets.
    let mut order: Orders = serde_json::from_str(&line)
        .map_err(|_| io::Error::other("its supervisor did not say what to start"))?;
    drop(line);
    let progress = order
        .progress_socket
        .take()
        .map(|socket| Progress::open(socket, &mut order.env))
        .transpose()?;
    let output = || io::stderr().as_fd().try_clone_to_owned();
    let output = [output()?, output()?];
    let child = match start(&order.command, &order.env, &order.dir, output) {
        Ok(child) => child,
        Err(how) => return report(&control, &Report::NotStarted(how)),
    };
    let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
    ending.set_group(Some(Pid::from_raw(pid)));
    pass_on(signals, Arc::clone(&ending));
    report(&control, &Report::Started { pid })?;
    let open = Arc::new(AtomicUsize::new(0));
    let (gate_sender, gates) = unbounded_channel();
    let agents = Agents::new(
        order.env.clone(),
        order.dir.clone(),
        &order.secrets,
        Arc::clone(&ending),
    );
    let sessions = Arc::new(Sessions::new(
        std::mem::take(&mut order.env),
        order.dir.clone(),
        agents,
    ));
    if let Some(app) = order.app.clone() {
        let gate = UnixListener::from(io::stdin().as_fd().try_clone_to_owned()?);
        let relay = Relay::new(app, Arc::clone(&open), Arc::clone(&sessions), None, None);
        thread::spawn(move || {
            if let Err(error) = serve(relay, gate, gates, progress) {
                let _ = writeln!(
                    io::stderr(),
                    "The runner cannot relay connections: {error}."
                );
            }
        });
    }
    let obeying = thread::spawn({
        let ending = Arc::clone(&ending);
        move || serve_supervisor(orders, &ending, &gate_sender)
    });
    drop(order);
    let status = collect(Pid::from_raw(pid), child, &ending, &sessions)?;
    let begin = Instant::now();
    while open.load(Ordering::Acquire) > 0 && begin.elapsed() < DRAIN {
        thread::sleep(Duration::from_millis(1));
    }
    // A supervisor that is gone needs no report.
    let _ = report(&control, &Report::Ended(ending.status(status)));
    // The supervisor ends the runner, or the runner ends what is left.
    let _ = obeying.join();
    Ok(())
}

fn report(mut control: &UnixStream, report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    control.write_all(&line)
}

/// Carries out the supervisor's requests until it is gone; then no process of the run may live on.
fn serve_supervisor(
    orders: BufReader<UnixStream>,
    ending: &Ending,
    gates: &UnboundedSender<UnixListener>,
) {
    let obey = |order: u8| {
        if order == ASK_TO_STOP {
            ending.signal(Signal::SIGTERM);
        }
    };
    // What came behind the first line.
    orders.buffer().iter().copied().for_each(obey);
    let control = orders.into_inner();
    while let Ok(Some((order, gate))) = receive_order(&control) {
        match gate.filter(|_| order == TAKE_GATE) {
            // The relay lives as long as the runner.
            Some(gate) => drop(gates.send(UnixListener::from(gate))),
            None => obey(order),
        }
    }
    ending.signal(Signal::SIGKILL);
    let me = getpid().as_raw();
    // The server finds the processes that are left.
    let _ = processes::kill_all(|| processes::descendants(me), CLEANUP_PATIENCE);
}

/// Receives an order, with the descriptor that came with it; `None` once the supervisor is gone.
fn receive_order(control: &UnixStream) -> io::Result<Option<(u8, Option<OwnedFd>)>> {
    let mut order = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = loop {
        let into = &mut [IoSliceMut::new(&mut order)];
        match recvmsg(control, into, &mut ancillary, RECEIVED) {
            Err(rustix::io::Errno::INTR) => {}
            received => break received?,
        }
    };
    let descriptor = ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    Ok((received.bytes > 0).then(|| (order[0], descriptor)))
}

fn serve(
    relay: Arc<Relay>,
    gate: UnixListener,
    mut more: UnboundedReceiver<UnixListener>,
    progress: Option<Progress>,
) -> io::Result<()> {
    gate.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        if let Some(progress) = progress {
            tokio::spawn(progress.serve());
        }
        let gate = tokio::net::UnixListener::from_std(gate)?;
        tokio::spawn(Arc::clone(&relay).serve(gate));
        while let Some(gate) = more.recv().await {
            gate.set_nonblocking(true)?;
            let gate = tokio::net::UnixListener::from_std(gate)?;
            tokio::spawn(Arc::clone(&relay).serve(gate));
        }
        // The first one has no end of its own.
        std::future::pending().await
    })
}
