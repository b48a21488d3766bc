//! A runner with its orders, and clients of its gate.

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::ffi::OsStr;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use vestibule_engine::local::catalogue::Readiness;
use vestibule_engine::local::runner::client;
use vestibule_engine::local::runner::wire::ListenAddress;
use vestibule_engine::pod::{
    self, ClientCredentials, Credentials, GateOrders, PodOrders, TerminationMessage,
};

/// Longer than anything takes here, even on a slow and busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Script of an app that answers on its port.
pub const SERVES: &str = "exec python3 -u -m http.server $PORT --bind 127.0.0.1";

/// A runner, which is killed when it is dropped.
pub struct Runner {
    pub child: Child,
    pub credentials: ClientCredentials,
    pub folder: tempfile::TempDir,
    pub port: u16,
    gate: u16,
    health: u16,
}

impl Runner {
    /// Starts a runner whose app is this script of a shell.
    pub fn of(script: &str) -> Self {
        Self::with(&["sh", "-c", script], &[])
    }

    /// Starts a runner whose app is this script, with a variable of any bytes.
    pub fn with_raw(script: &str, variable: (&str, &OsStr)) -> Self {
        Self::start(&["sh", "-c", script], &[], Some(variable), None)
    }

    /// Starts a runner with this command, and these variables, which hold secrets.
    pub fn with(command: &[&str], secrets: &[(&str, &str)]) -> Self {
        Self::start(command, secrets, None, None)
    }

    /// Starts a runner whose gate has a port that is taken, and returns who has it.
    pub fn with_a_taken_port() -> (Self, TcpListener) {
        let taken = TcpListener::bind("[::]:0").expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let command = ["sh", "-c", "touch began; exec sleep 600"];
        (Self::start(&command, &[], None, Some(port)), taken)
    }

    fn start(
        command: &[&str],
        secrets: &[(&str, &str)],
        variable: Option<(&str, &OsStr)>,
        taken: Option<u16>,
    ) -> Self {
        loop {
            let mut runner = Self::spawn(command, secrets, variable, taken);
            // Another test may have taken a port that was free.
            if taken.is_some() || runner.listens() {
                return runner;
            }
        }
    }

    fn spawn(
        command: &[&str],
        secrets: &[(&str, &str)],
        variable: Option<(&str, &OsStr)>,
        taken: Option<u16>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let files = folder.path().join("files");
        std::fs::create_dir(&files).expect("a folder");
        let credentials = Credentials::issue("wb-test-1").expect("credentials");
        let [port, gate, health] = free_ports();
        let gate = taken.unwrap_or(gate);
        let orders = PodOrders {
            command: command.iter().map(|&part| part.to_owned()).collect(),
            dir: files,
            app: ListenAddress::Port(port),
            readiness: Readiness::default(),
            secrets: secrets.iter().map(|(name, _)| (*name).to_owned()).collect(),
            gate: GateOrders::new(gate, &credentials),
            health_port: health,
            termination_log: folder.path().join("termination-log"),
        };
        let file = folder.path().join("orders.json");
        let text = serde_json::to_string(&orders).expect("JSON");
        std::fs::write(&file, text).expect("written");
        let child = Command::new(env!("CARGO_BIN_EXE_vestibule_supervise"))
            .arg(pod::SUBCOMMAND)
            .arg(&file)
            .env("PORT", port.to_string())
            .env(
                "VESTIBULE_PROGRESS_URL",
                "http://127.0.0.1/api/runs/run-1/progress",
            )
            .envs(secrets.iter().copied())
            .envs(variable)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        Self {
            child,
            credentials: credentials.client,
            folder,
            port,
            gate,
            health,
        }
    }

    /// Waits until it listens or has ended; returns `false` if a port was taken.
    fn listens(&mut self) -> bool {
        let begin = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.gate)).is_err() {
            if self.child.try_wait().expect("a status").is_some() {
                let message = std::fs::read_to_string(self.folder.path().join("termination-log"));
                return !message.is_ok_and(|text| text.contains("cannot be used"));
            }
            assert!(begin.elapsed() < PATIENCE, "it neither listens nor ends");
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a number");
        kill(Pid::from_raw(pid), signal).expect("it is there");
    }

    /// Waits for the end, and returns the exit code, the termination message and the output.
    pub fn end(&mut self) -> (Option<i32>, TerminationMessage, String) {
        let mut output = String::new();
        let mut pipe = self.child.stdout.take().expect("a pipe");
        pipe.read_to_string(&mut output).expect("text");
        let status = self.child.wait().expect("it ends");
        assert_eq!(status.signal(), None, "a process 1 exits");
        let message = std::fs::read_to_string(self.folder.path().join("termination-log"));
        let message = TerminationMessage::parse(&message.expect("a message"));
        (status.code(), message, output)
    }

    /// Opens a connection to the gate, without a handshake.
    pub async fn dial(&self) -> io::Result<TcpStream> {
        TcpStream::connect(("127.0.0.1", self.gate)).await
    }

    /// Opens the gate.
    pub async fn open(&self) -> io::Result<impl client::GateStream + use<>> {
        self.open_with(&self.credentials).await
    }

    /// Opens the gate with other credentials.
    pub async fn open_with(
        &self,
        credentials: &ClientCredentials,
    ) -> io::Result<impl client::GateStream + use<>> {
        pod::connect(self.dial().await?, credentials).await
    }

    /// Returns the status and the text with which a path of the health port is answered, or `None` while
    /// nothing answers.
    pub fn health(&self, path: &str) -> Option<(u16, String)> {
        let address = SocketAddr::from(([127, 0, 0, 1], self.health));
        let mut stream = std::net::TcpStream::connect(address).ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        let (_, text) = answer.split_once("\r\n\r\n")?;
        Some((status, text.to_owned()))
    }

    /// Waits until the app is ready.
    pub async fn ready(&self) {
        until("a ready app", async || {
            (self.health("/ready")?.0 == 200).then_some(())
        })
        .await;
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // In a container its processes end with it.
        let children = format!("/proc/{0}/task/{0}/children", self.child.id());
        let children = std::fs::read_to_string(children).unwrap_or_default();
        for child in children
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok())
        {
            // It leads a group, or has ended.
            let _ = killpg(Pid::from_raw(child), Signal::SIGKILL);
            let _ = kill(Pid::from_raw(child), Signal::SIGKILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
    listeners.map(|listener| listener.local_addr().expect("an address").port())
}

/// Repeats a call until it returns something.
pub async fn until<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(begin.elapsed() < PATIENCE, "there was no {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
