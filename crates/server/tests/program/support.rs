//! Starting the program, and a minimal HTTP client.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Time limit of every wait.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Returns a command for the program without the machine's settings.
pub fn vestibule() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VESTIBULE_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// Returns `vestibule serve` for this data folder and any free port.
pub fn serve(data_dir: &Path) -> Command {
    let mut command = vestibule();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data_dir);
    command
}

/// Returns the levels of isolation, as settings, that this machine has.
pub fn levels() -> Vec<&'static str> {
    let dir = tempfile::tempdir().expect("a folder");
    let server = Running::start(serve(dir.path()).args(["--log", "error"]));
    let (_, ready) = server.ask("GET", "/readyz", "");
    assert_eq!(server.end(), Some(0));
    if ready.contains("isolation: sandbox") {
        vec!["none", "sandbox"]
    } else {
        eprintln!("not tried: {ready}");
        vec!["none"]
    }
}

/// Runs the program to its end. If it does not end by itself, it is killed and the test fails.
#[track_caller]
pub fn run(command: &mut Command) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().expect("it can be watched").is_none() {
        if Instant::now() > deadline {
            let _ = child.kill();
            let output = child.wait_with_output();
            panic!("it should have ended by itself: {output:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().expect("its output")
}

/// Runs the program, which must fail; returns its stderr.
#[track_caller]
pub fn refusal(command: &mut Command) -> String {
    let output = run(command);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it should have refused: {said}");
    assert_eq!(output.stdout, b"", "{said}");
    said
}

/// Server that runs until this is dropped.
pub struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    pub port: u16,
    pub cookie: String,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        Self::start_with_log(command, Stdio::inherit())
    }

    /// Starts the server with its log in a file or pipe.
    pub fn start_with_log(command: &mut Command, log: impl Into<Stdio>) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program can be started");
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        let mut address = String::new();
        lines.read_line(&mut address).expect("a line");
        let port = address
            .trim()
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok())
            .unwrap_or_else(|| panic!("no address: {address:?}"));
        Self {
            child,
            lines,
            port,
            cookie: String::new(),
        }
    }

    /// Returns the next printed line after the address.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        line.trim().to_owned()
    }

    /// Starts the server and continues an earlier session.
    pub fn start_again(command: &mut Command, cookie: String) -> Self {
        let mut server = Self::start(command);
        server.cookie = cookie;
        server
    }

    /// Sends a request to a server that may be killed before it responds; returns `None` then.
    pub fn try_to_ask(&self, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
        let answer = self.try_to_exchange(method, path, body).ok()?;
        let (head, rest) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse::<usize>().ok())?
        });
        // A truncated response counts as none.
        (length == Some(rest.len())).then(|| (status, rest.to_owned()))
    }

    /// Sends a request; returns status and body.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let answer = self.exchange(method, path, body);
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status(&answer), body.to_owned())
    }

    /// Creates something; returns its id.
    #[track_caller]
    pub fn create(&self, path: &str, body: &str) -> String {
        let (status, made) = self.ask("POST", path, body);
        assert_eq!(status, 201, "{made}");
        let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
        made["id"].as_str().expect("an id").to_owned()
    }

    /// Creates a workspace with a workbench of this app; returns the workbench's id.
    pub fn create_workbench(&self, app: &str) -> String {
        let workspace = self.create("/api/workspaces", r#"{"name":"Lab"}"#);
        let path = format!("/api/workspaces/{workspace}/workbenches");
        self.create(&path, &format!(r#"{{"name":"Bench","app":"{app}"}}"#))
    }

    /// Sends a request without a cookie to another host; returns the status.
    pub fn ask_as(&self, host: &str, method: &str, path: &str) -> u16 {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )
        .expect("it takes the request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        status(&answer)
    }

    /// Signs in for the following requests; returns the status.
    pub fn sign_in(&mut self, username: &str, password: &str) -> u16 {
        let body = format!(r#"{{"username":"{username}","password":"{password}"}}"#);
        let answer = self.exchange("POST", "/api/auth/sign-in", &body);
        let cookie = answer
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .and_then(|cookie| cookie.split(';').next());
        self.cookie = cookie.unwrap_or_default().to_owned();
        status(&answer)
    }

    fn exchange(&self, method: &str, path: &str, body: &str) -> String {
        self.try_to_exchange(method, path, body)
            .expect("it answers")
    }

    /// Sends a request whose response the test reads.
    pub fn open(&self, path: &str) -> TcpStream {
        self.send("GET", path, "").expect("it takes the request")
    }

    fn try_to_exchange(&self, method: &str, path: &str, body: &str) -> io::Result<String> {
        let mut stream = self.send(method, path, body)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    fn send(&self, method: &str, path: &str, body: &str) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: vestibule.localhost:{}\r\nConnection: close\r\n\
             Cookie: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            self.cookie,
            body.len()
        )?;
        Ok(stream)
    }

    /// Returns the cookie of the session.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills the server with SIGKILL; returns its session.
    pub fn kill(mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        std::mem::take(&mut self.cookie)
    }

    /// Asks the server to end, as a service manager does; returns its exit code.
    pub fn end(mut self) -> Option<i32> {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(asked.expect("kill can be started").success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    status.unwrap_or_else(|| panic!("no status: {answer:?}"))
}

/// Ends every process that a server on this data folder has left, so that no process outlives a
/// test.
pub fn end_all_of(data_dir: &Path) {
    let data = data_dir.display().to_string();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let read = |file| std::fs::read(entry.path().join(file)).unwrap_or_default();
        let all = [read("environ"), read("cmdline")].concat();
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_one = name.bytes().all(|byte| byte.is_ascii_digit())
            && name != std::process::id().to_string()
            && String::from_utf8_lossy(&all).contains(&data);
        if is_one {
            let _ = Command::new("kill").args(["-KILL", &name]).status();
        }
    }
}

/// Waits until the check succeeds.
#[track_caller]
pub fn eventually(what: &str, mut has_come: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !has_come() {
        assert!(Instant::now() < deadline, "it never came about: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A small file system of its own, unmounted at the end.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts it, or returns `None` where this user may not.
    pub fn mount(folder: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs"]);
        let status = mount.arg(folder).status().ok()?;
        status.success().then(|| Self(folder.to_owned()))
    }

    /// Fills it; returns the file to remove.
    pub fn fill(&self) -> PathBuf {
        let path = self.0.join("filling");
        let mut file = File::create(&path).expect("a file");
        while file.write_all(&[1; 64 * 1024]).is_ok() {}
        while file.write_all(&[1]).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        end_all_of(&self.0);
        // Lazily: a process may still be in it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
