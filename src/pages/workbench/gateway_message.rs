//! Messages of the gateway from inside a frame, when what is in there is not the app.

use wasm_bindgen::JsValue;

/// Code of the page that the gateway put into the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayError(String);

impl GatewayError {
    /// Reads a message's data. Returns `None` for any other message.
    pub fn read(data: &JsValue) -> Option<Self> {
        let field = |name: &str| {
            js_sys::Reflect::get(data, &JsValue::from_str(name))
                .ok()?
                .as_string()
        };
        let sender = data.is_object().then(|| field("vestibule")).flatten()?;
        (sender == "gateway").then(|| Self(field("code").unwrap_or_default()))
    }

    /// Returns the raw code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Returns what happened and what to do.
    pub fn sentence(&self) -> String {
        match self.code() {
            "no-ticket" => "Access has expired. Try again to be let in.",
            "not-running" => "The app is no longer running.",
            "unreachable" => {
                "The app doesn't respond. It may have just stopped; try again in a moment."
            }
            "timeout" => "The app took too long to respond. Try again in a moment.",
            "unknown" => "There is no app at this address anymore.",
            "framing-refused" => "This app can't be embedded. Open it in a new tab.",
            _ => "The app can't be shown here. Try again, or open it in a new tab.",
        }
        .to_owned()
    }
}

/// Returns the origin of an address: scheme, host and port.
pub fn origin_of(url: &str) -> Option<&str> {
    let scheme_end = url.find("://")? + 3;
    let host_length = url[scheme_end..]
        .find(['/', '?', '#'])
        .unwrap_or(url.len() - scheme_end);
    (host_length > 0).then(|| &url[..scheme_end + host_length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_ends_with_the_port() {
        let origin = "http://wb-1.vestibule.localhost:8080";
        assert_eq!(
            origin_of(&format!("{origin}/.vestibule/enter?ticket=x")),
            Some(origin)
        );
        assert_eq!(origin_of(origin), Some(origin));
        assert_eq!(origin_of("/only/a/path"), None);
        assert_eq!(origin_of("http:///x"), None);
    }
}
