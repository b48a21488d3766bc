//! Rules of compressed delivery: which responses have a compressed copy, and how its headers differ.

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};

/// Shortest body that is worth a compressed copy, in bytes.
const SHORTEST: u64 = 1024;
/// Longest body that is read whole before it is delivered, in bytes.
pub(super) const LONGEST: u64 = 8 * 1024 * 1024;
/// Shortest lifetime of a file that counts as unchanging, in seconds: a day.
const LONG_LIFE: u64 = 24 * 60 * 60;

/// Media types whose files are compressed already, among those of `font/`, `image/` and `application/`.
const TEXT_TYPES: [&str; 9] = [
    "application/javascript",
    "application/json",
    "application/wasm",
    "application/xml",
    "application/manifest+json",
    "application/x-javascript",
    "font/otf",
    "font/ttf",
    "image/svg+xml",
];

/// Digests of the bytes that are sent (RFC 9530 section 2 and the fields before it).
const DIGESTS: [HeaderName; 3] = [
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
];

/// Facts of a request that decide how its response is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    is_get: bool,
    is_head: bool,
    takes_brotli: bool,
    is_partial: bool,
    if_none_match: Vec<HeaderValue>,
}

/// Delivery of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// As the app sent it.
    Unchanged,
    /// The headers of a response that may be compressed, without its body.
    HeadersOnly,
    /// Confirmation that the client's compressed copy is current.
    NotModified,
    /// As the app sent it, though another client may get it compressed.
    Plain,
    /// Compressed, if there is a copy.
    Compressed,
}

impl Asked {
    /// Reads a browser's request.
    pub fn of(method: &Method, headers: &HeaderMap) -> Self {
        let none_match = headers.get_all(header::IF_NONE_MATCH);
        Self {
            is_get: method == Method::GET,
            is_head: method == Method::HEAD,
            takes_brotli: takes_brotli(headers),
            is_partial: headers.contains_key(header::RANGE),
            if_none_match: none_match.iter().cloned().collect(),
        }
    }

    /// Returns `true` if the request is for the headers alone.
    pub fn is_head(&self) -> bool {
        self.is_head
    }

    /// Returns how a response with this status and these headers is delivered.
    pub(super) fn delivery(&self, status: StatusCode, headers: &HeaderMap) -> Delivery {
        if status == StatusCode::NOT_MODIFIED && self.has_weak_tag(headers) {
            return Delivery::NotModified;
        }
        let is_whole = status == StatusCode::OK && (self.is_get || self.is_head);
        if !is_whole || !is_unchanging(headers) || !is_worth_it(headers) {
            return Delivery::Unchanged;
        }
        match (self.is_partial, self.is_head, self.takes_brotli) {
            (true, _, _) | (_, _, false) => Delivery::Plain,
            (_, true, _) => Delivery::HeadersOnly,
            (_, false, true) => Delivery::Compressed,
        }
    }

    /// Returns `true` if the client has a compressed copy of the version with the response's tag.
    fn has_weak_tag(&self, headers: &HeaderMap) -> bool {
        let Some(weak) = headers.get(header::ETAG).and_then(weak_tag) else {
            return false;
        };
        self.if_none_match
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .any(|tag| tag.trim_ascii() == weak.as_bytes())
    }
}

/// States in the headers that the representation depends on `Accept-Encoding` (RFC 9110 section 12.5.5).
pub(super) fn vary(headers: &mut HeaderMap) {
    let varies = headers.get_all(header::VARY).iter().any(|value| {
        let mut names = value.as_bytes().split(|byte| *byte == b',');
        names.any(|name| name.trim_ascii().eq_ignore_ascii_case(b"accept-encoding"))
    });
    if !varies {
        headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
}

/// Makes the entity tag weak: the compressed representation has other bytes and the same meaning (RFC 9110
/// section 8.8.1).
pub(super) fn weaken_tag(headers: &mut HeaderMap) {
    if let Some(weak) = headers.get(header::ETAG).and_then(weak_tag) {
        headers.insert(header::ETAG, weak);
    }
}

/// Turns the headers of the app's response into those of the compressed copy of this length.
pub(super) fn compressed(headers: &mut HeaderMap, length: usize) {
    vary(headers);
    weaken_tag(headers);
    headers.remove(header::ACCEPT_RANGES);
    for name in DIGESTS {
        headers.remove(name);
    }
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
}

/// Returns the length of the body that the app announced.
pub(super) fn length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Returns the weak form of a strong tag, or `None` for a weak one.
fn weak_tag(tag: &HeaderValue) -> Option<HeaderValue> {
    let text = tag.to_str().ok()?;
    if !text.starts_with('"') {
        return None;
    }
    HeaderValue::from_str(&format!("W/{text}")).ok()
}

/// Returns `true` if every user of the app may be sent these bytes for a long time.
fn is_unchanging(headers: &HeaderMap) -> bool {
    if headers.contains_key(header::SET_COOKIE) || varies_by_all(headers) {
        return false;
    }
    let mut is_long = false;
    for directive in directives(headers) {
        let (name, value) = directive.split_once('=').unwrap_or((&directive, ""));
        match name.trim() {
            "private" | "no-store" | "no-transform" | "no-cache" => return false,
            "immutable" => is_long = true,
            "max-age" => {
                let seconds = value.trim().trim_matches('"').parse::<u64>();
                is_long |= seconds.is_ok_and(|seconds| seconds >= LONG_LIFE);
            }
            _ => {}
        }
    }
    is_long
}

fn varies_by_all(headers: &HeaderMap) -> bool {
    let mut all = headers.get_all(header::VARY).iter();
    all.any(|value| value.as_bytes().trim_ascii() == b"*")
}

fn directives(headers: &HeaderMap) -> impl Iterator<Item = String> {
    headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
}

/// Returns `true` if the body is of a size and a type that compression makes smaller.
fn is_worth_it(headers: &HeaderMap) -> bool {
    let encoding = headers.get(header::CONTENT_ENCODING);
    let is_plain = encoding.is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    let is_of_size = length(headers).is_some_and(|length| (SHORTEST..=LONGEST).contains(&length));
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|media| media.trim().to_ascii_lowercase());
    let is_text = media.is_some_and(|media| {
        media.starts_with("text/") && media != "text/event-stream"
            || TEXT_TYPES.contains(&media.as_str())
    });
    is_plain && is_of_size && is_text
}

/// Returns `true` if `Accept-Encoding` names brotli without `q=0` (RFC 9110 section 12.5.3).
fn takes_brotli(headers: &HeaderMap) -> bool {
    crate::assets::takes(headers, "br")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: [(&str, &str); 4] = [
        ("content-type", "text/javascript; charset=UTF-8"),
        ("content-length", "50000"),
        ("cache-control", "max-age=315360000"),
        ("etag", "\"v1\""),
    ];

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        pairs.collect()
    }

    fn asked(method: &Method, more: &[(&'static str, &'static str)]) -> Asked {
        let mut all = vec![("accept-encoding", "gzip, br")];
        all.extend(more);
        Asked::of(method, &headers(&all))
    }

    fn with(name: &'static str, value: &'static str) -> Delivery {
        let mut file = headers(&FILE);
        file.insert(name, HeaderValue::from_static(value));
        asked(&Method::GET, &[]).delivery(StatusCode::OK, &file)
    }

    #[test]
    fn unchanging_files_for_everybody_are_compressed() {
        let file = headers(&FILE);
        let get = asked(&Method::GET, &[]);
        assert_eq!(get.delivery(StatusCode::OK, &file), Delivery::Compressed);
        let immutable = with("cache-control", "public, immutable");
        assert_eq!(immutable, Delivery::Compressed);
        for (name, value) in [
            ("set-cookie", "a=b"),
            ("cache-control", "private, max-age=315360000"),
            ("cache-control", "immutable, no-store"),
            ("cache-control", "immutable, No-Transform"),
            ("cache-control", "no-cache, max-age=315360000"),
            ("cache-control", "max-age=600"),
            ("cache-control", "max-age=many"),
            ("content-encoding", "gzip"),
            ("content-type", "image/png"),
            ("content-type", "text/event-stream"),
            ("content-length", "100"),
            ("content-length", "900000000"),
            ("vary", "*"),
        ] {
            assert_eq!(with(name, value), Delivery::Unchanged, "{name}: {value}");
        }
        for status in [StatusCode::PARTIAL_CONTENT, StatusCode::NOT_FOUND] {
            assert_eq!(get.delivery(status, &file), Delivery::Unchanged);
        }
        let post = asked(&Method::POST, &[]);
        assert_eq!(post.delivery(StatusCode::OK, &file), Delivery::Unchanged);
    }

    #[test]
    fn ranges_heads_and_clients_without_brotli_get_plain_files() {
        let file = headers(&FILE);
        let range = asked(&Method::GET, &[("range", "bytes=0-9")]);
        assert_eq!(range.delivery(StatusCode::OK, &file), Delivery::Plain);
        let head = asked(&Method::HEAD, &[]);
        assert_eq!(head.delivery(StatusCode::OK, &file), Delivery::HeadersOnly);
        let old = Asked::of(
            &Method::GET,
            &headers(&[("accept-encoding", "br;q=0, gzip")]),
        );
        assert_eq!(old.delivery(StatusCode::OK, &file), Delivery::Plain);
    }

    #[test]
    fn tag_of_a_compressed_copy_is_weak_also_when_it_is_confirmed() {
        let mut file = headers(&FILE);
        compressed(&mut file, 9);
        assert_eq!(file["etag"], "W/\"v1\"");
        assert_eq!(file["content-length"], "9");
        assert_eq!(file["vary"], "Accept-Encoding");
        let again = asked(&Method::GET, &[("if-none-match", "\"v0\", W/\"v1\"")]);
        let confirmed = headers(&[("etag", "\"v1\"")]);
        let delivery = again.delivery(StatusCode::NOT_MODIFIED, &confirmed);
        assert_eq!(delivery, Delivery::NotModified);
        let plain = asked(&Method::GET, &[("if-none-match", "\"v1\"")]);
        let delivery = plain.delivery(StatusCode::NOT_MODIFIED, &confirmed);
        assert_eq!(delivery, Delivery::Unchanged);
    }

    #[test]
    fn vary_is_stated_once() {
        let mut file = headers(&[("vary", "Origin, accept-encoding")]);
        vary(&mut file);
        assert_eq!(file.get_all("vary").iter().count(), 1);
    }
}
