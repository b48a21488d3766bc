//! Content encodings of the console's files.

use axum::http::{HeaderMap, HeaderValue, header};

/// Encoding in which a file was compressed when the console was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// The smaller encoding.
    Brotli,
    /// The encoding that every client understands.
    Gzip,
}

impl Encoding {
    /// Returns the encodings that the client accepts, the smallest first.
    pub(super) fn accepted(headers: &HeaderMap) -> impl Iterator<Item = Self> {
        [Self::Brotli, Self::Gzip]
            .into_iter()
            .filter(|encoding| takes(headers, encoding.token()))
    }

    /// Returns the name of the compressed file beside the plain one.
    pub(super) fn name_of(self, path: &str) -> String {
        match self {
            Self::Brotli => format!("{path}.br"),
            Self::Gzip => format!("{path}.gz"),
        }
    }

    /// Returns the value for `Content-Encoding`.
    pub(super) fn header(self) -> HeaderValue {
        HeaderValue::from_static(self.token())
    }

    const fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// Returns `true` if `Accept-Encoding` names this encoding without `q=0` (RFC 9110 section 12.5.3).
pub(crate) fn takes(headers: &HeaderMap, token: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|choice| {
            let mut parts = choice.split(';').map(str::trim);
            let is_named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(token));
            let is_refused = parts.any(|part| {
                part.strip_prefix("q=")
                    .is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0))
            });
            is_named && !is_refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(value: &'static str) -> Vec<Encoding> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
        Encoding::accepted(&headers).collect()
    }

    #[test]
    fn only_accepted_encodings_are_sent() {
        assert_eq!(
            accepted("gzip, deflate, br, zstd"),
            [Encoding::Brotli, Encoding::Gzip]
        );
        assert_eq!(accepted("gzip;q=0.5, br;q=0"), [Encoding::Gzip]);
        assert_eq!(accepted("identity"), []);
    }
}
