//! Lenient JSON: unreadable values from an older, newer or broken server don't affect the rest.
//!
//! FIELD 7: one unknown enum value or one bad row must never take a whole list with it.
//!
//! Everything is read from a [`Value`], so that serde's derived code is compiled for one source
//! only: the console downloads all of it.

mod source;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use source::Source;

/// Parses JSON, or returns `None` if the text is not JSON or not of this type.
pub fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(Source(json(text)?)).ok()
}

/// Parses JSON. Not generic, so that it is compiled once.
fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// Reads a field, for `#[serde(default, deserialize_with = "…")]`: absent, null, `""` and values of
/// another type become the default.
pub fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(read(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// Reads an optional field: unreadable values become `None`.
pub fn or_none<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    or_default(deserializer)
}

/// Reads an optional field of a request, and distinguishes null from an absent field: null is an error
/// unless the type has it. Another type is an error.
pub fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Returns `true` if a field is left out, for `skip_serializing_if`.
pub fn is_none<T>(value: &Option<T>) -> bool {
    value.is_none()
}

/// Reads a list without its unreadable rows.
pub fn rows<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(items) => items.into_iter().filter_map(read).collect(),
        _ => Vec::new(),
    })
}

/// Reads a value, or returns `None` if it is empty or not of this type.
pub fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        value => T::deserialize(Source(value)).ok(),
    }
}

/// Defines an enum whose wire form is a word, and which keeps unknown words.
///
/// Empty, null and absent words become `Unknown("")`.
#[macro_export]
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// Word that this version does not know, verbatim.
            Unknown(String),
        }

        impl $name {
            /// Every known word, in its natural order.
            pub const KNOWN: &'static [$name] = &[$($name::$variant),+];

            /// Returns the word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unknown(word) => word,
                }
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::schema::open_words(&[$($word),+])
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}

        impl Default for $name {
            fn default() -> Self {
                Self::Unknown(String::new())
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = Option::<String>::deserialize(deserializer)?;
                Ok(word.as_deref().unwrap_or_default().into())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    open_enum!(
        /// Enum of the tests.
        Colour { Red = "red", Blue = "blue" }
    );

    #[derive(Debug, Deserialize, PartialEq)]
    struct Row {
        #[serde(default, deserialize_with = "or_default")]
        colour: Colour,
        #[serde(default, deserialize_with = "or_default")]
        count: Option<u32>,
    }

    fn row(text: &str) -> Row {
        serde_json::from_str(text).expect("a row is always readable")
    }

    #[test]
    fn absent_null_empty_and_wrong_types_are_read() {
        for text in [
            "{}",
            r#"{"colour":null}"#,
            r#"{"colour":"","count":""}"#,
            r#"{"colour":7,"count":"x"}"#,
        ] {
            assert_eq!(
                row(text),
                Row {
                    colour: Colour::default(),
                    count: None
                },
                "{text}"
            );
        }
        assert_eq!(Colour::KNOWN, [Colour::Red, Colour::Blue]);
        assert_eq!(
            row(r#"{"colour":"mauve"}"#).colour,
            Colour::Unknown("mauve".into())
        );
        assert_eq!(
            row(r#"{"colour":"red","count":3}"#),
            Row {
                colour: Colour::Red,
                count: Some(3)
            }
        );
    }

    #[test]
    fn a_bad_row_does_not_take_the_list_with_it() {
        #[derive(Deserialize)]
        struct List {
            #[serde(deserialize_with = "rows")]
            items: Vec<Row>,
        }
        let list: List =
            serde_json::from_str(r#"{"items":[{"colour":"red"},7,null,{"colour":"blue"}]}"#)
                .expect("a list with bad rows is readable");
        assert_eq!(list.items.len(), 2);
    }

    #[test]
    fn sound_values_are_read_strictly() {
        #[derive(Debug, Deserialize, PartialEq)]
        #[serde(deny_unknown_fields)]
        struct Whole {
            scope: Vec<crate::access::Scope>,
            env: std::collections::BTreeMap<String, String>,
            numbers: (u8, i16, f64),
            letter: char,
            nothing: Option<bool>,
            something: Option<Box<Whole>>,
            nested: crate::ids::RunId,
        }
        let inner = r#""scope":[{"platform":true},{"workspace":"*"}],"env":{"A":"1"},
            "numbers":[255,-3,0.5],"letter":"é","nothing":null,"nested":"run-1""#;
        let sound = format!(r#"{{{inner},"something":{{{inner}}}}}"#);
        let read: Option<Whole> = parse(&sound);
        assert!(read.is_some());
        assert_eq!(read, serde_json::from_str(&sound).ok());
        for (part, broken) in [
            ("255", "256"),
            ("-3", "-3.5"),
            ("platform", "universe"),
            ("true", "1"),
            (r#""é""#, r#""éé""#),
            (r#""1""#, "1"),
            (r#""run-1""#, "[]"),
            ("\"letter\"", "\"other\""),
            ("{\"A\":\"1\"}", "[]"),
            ("}", ""),
        ] {
            let text = sound.replace(part, broken);
            assert_ne!(text, sound);
            assert_eq!(parse::<Whole>(&text), None, "{text}");
            assert!(serde_json::from_str::<Whole>(&text).is_err(), "{text}");
        }
    }
}
