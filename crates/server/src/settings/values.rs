//! Values of settings, read from text. The errors finish the sentence "the setting … is wrong: ".

use axum::http::HeaderName;
use clap::ValueEnum;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use vestibule_engine::local::Isolation;
use vestibule_engine::local::Mount;
use vestibule_model::config::FRAME_SLOTS;
use vestibule_model::time::Millis;

/// Shortest token: every client of the server can try one.
const MIN_TOKEN: usize = 16;

/// Format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text for a terminal.
    Text,
    /// A JSON object a line.
    Json,
}

/// Isolation of apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IsolationSetting {
    /// A sandbox where the machine allows one.
    Auto,
    /// A sandbox, or the server does not start.
    Sandbox,
    /// No sandbox.
    None,
}

impl From<IsolationSetting> for Isolation {
    fn from(setting: IsolationSetting) -> Self {
        match setting {
            IsolationSetting::Auto => Self::Auto,
            IsolationSetting::Sandbox => Self::Sandbox,
            IsolationSetting::None => Self::None,
        }
    }
}

/// Paths of the machine that apps' sandboxes show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mounts(pub Vec<Mount>);

/// Devices of the machine that apps' sandboxes show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Devices(pub Vec<PathBuf>);

/// Hash of a token; the token itself is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TokenHash(pub(super) String);

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is not an address and port, such as 127.0.0.1:8080"))
}

pub(super) fn isolation(text: &str) -> Result<IsolationSetting, String> {
    IsolationSetting::from_str(text, true)
        .map_err(|_| format!("{text:?} is none of auto, sandbox and none"))
}

pub(super) fn mounts(text: &str) -> Result<Mounts, String> {
    let mounts = list(text).map(|part| {
        Mount::parse(part).ok_or_else(|| {
            format!(
                "{part:?} is not an absolute path, with `:rw` at its end if apps may write there"
            )
        })
    });
    mounts.collect::<Result<_, _>>().map(Mounts)
}

pub(super) fn devices(text: &str) -> Result<Devices, String> {
    let devices = list(text).map(|part| {
        let device = PathBuf::from(part);
        if device.starts_with("/dev") {
            Ok(device)
        } else {
            Err(format!("{part:?} is not a path in /dev"))
        }
    });
    devices.collect::<Result<_, _>>().map(Devices)
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(PathBuf::from(text))
}

/// Resolves a relative path: apps run in other folders and get this path.
pub(super) fn absolute_path(text: &str) -> Result<PathBuf, String> {
    std::path::absolute(path(text)?).map_err(|error| error.to_string())
}

pub(super) fn count(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("{text:?} is not a number from 1 on")),
    }
}

/// Returns a number of frames; the console has a fixed number of places for them.
pub(super) fn frames(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(count) if (1..=FRAME_SLOTS).contains(&count) => {
            u32::try_from(count).map_err(|error| error.to_string())
        }
        _ => Err(format!("{text:?} is not a number from 1 to {FRAME_SLOTS}")),
    }
}

pub(super) fn length_of_time(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err(format!(
            "{text:?} is not a length of time, such as 60s or 5m"
        )),
    }
}

/// Returns a pause between two polls. Shorter ones would only keep the server busy.
pub(super) fn millis(text: &str) -> Result<Millis, String> {
    const SHORTEST: i64 = 100;
    const LONGEST: i64 = 24 * 60 * 60 * 1000;
    let length = i64::try_from(length_of_time(text)?.as_millis()).unwrap_or(i64::MAX);
    if (SHORTEST..=LONGEST).contains(&length) {
        Ok(Millis(length))
    } else {
        Err(format!("{text:?} is not between 100ms and 1day"))
    }
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" | "" => Ok(false),
        other => Err(format!("{other:?} is neither true nor false")),
    }
}

/// Returns the hash of a token. The error does not quote the token.
pub(super) fn token_hash(text: &str) -> Result<TokenHash, String> {
    let fits = text.len() >= MIN_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic());
    match fits {
        true => Ok(TokenHash(crate::tokens::hash(text))),
        false => Err(format!(
            "use at least {MIN_TOKEN} visible ASCII characters without blanks, such as `openssl rand -hex 24` prints"
        )),
    }
}

/// Returns the name of a header for users. Headers with a meaning of their own are refused.
pub(super) fn header(text: &str) -> Result<HeaderName, String> {
    let taken = [
        "accept",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "forwarded",
        "host",
        "origin",
        "referer",
        "user-agent",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
    ];
    match HeaderName::try_from(text) {
        Ok(name) if taken.contains(&name.as_str()) => Err(format!("{text:?} has another meaning")),
        Ok(name) => Ok(name),
        Err(_) => Err(format!("{text:?} is not the name of a header")),
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    LogFormat::from_str(text, false)
        .map_err(|_| format!("{text:?} is not a format; use text or json"))
}

pub(super) fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|error| format!("{text:?} is not a log filter: {error}"))
}
