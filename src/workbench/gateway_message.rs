//! What the gateway says from inside the frame, when what is in there is not the app.

use wasm_bindgen::JsValue;

/// Why the gateway put a page of its own into the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayTrouble(String);

impl GatewayTrouble {
    /// Reads a message's data; anything but a message of the gateway is none.
    pub fn read(data: &JsValue) -> Option<Self> {
        let field = |name: &str| js_sys::Reflect::get(data, &JsValue::from_str(name)).ok();
        let sender = data.is_object().then(|| field("vestibule")).flatten()?;
        (sender.as_string()? == "gateway").then(|| {
            Self(
                field("code")
                    .and_then(|code| code.as_string())
                    .unwrap_or_default(),
            )
        })
    }

    /// The gateway's word.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// What happened and what to do.
    pub fn sentence(&self) -> String {
        match self.code() {
            "no-ticket" => "The way in has expired. Try again to be let in anew.",
            "not-running" => "The app is not running any more.",
            "unreachable" => {
                "The app does not answer. It may have just stopped; try again in a moment."
            }
            "timeout" => "The app took too long to answer. Try again in a moment.",
            "unknown" => "There is no app at this address any more.",
            "framing-refused" => {
                "The app refuses to be shown inside another page. Open it in a new tab."
            }
            _ => "The app cannot be shown here. Try again, or open it in a new tab.",
        }
        .to_owned()
    }
}

/// The origin of an address: scheme, host and port.
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
