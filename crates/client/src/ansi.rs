//! Colours and styles from escape sequences ("SGR") of a program's output, reduced to sixteen
//! colours that are readable in every theme.

mod colour;

pub use colour::Colour;

/// Style of text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Text colour; `None`: the default.
    pub ink: Option<Colour>,
    /// Background colour; `None`: the default.
    pub ground: Option<Colour>,
    /// Bold.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underlined: bool,
    /// Struck through.
    pub struck: bool,
    /// Text and background colours are swapped.
    pub inverse: bool,
}

impl Style {
    /// Applies the parameters of one SGR sequence, each with its colon-separated parts. Unknown or
    /// unsuitable ones (blinking, hiding) are ignored.
    pub fn apply<'a>(&mut self, parameters: impl IntoIterator<Item = &'a [u16]>) {
        let mut parameters = parameters.into_iter();
        while let Some(parameter) = parameters.next() {
            let Some((code, rest)) = parameter.split_first() else {
                continue;
            };
            match *code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                3 => self.italic = true,
                // 4:0 is none; 4:1 to 4:5 are kinds of underlines.
                4 => self.underlined = rest.first() != Some(&0),
                21 => self.underlined = true,
                7 => self.inverse = true,
                9 => self.struck = true,
                22 => (self.bold, self.dim) = (false, false),
                23 => self.italic = false,
                24 => self.underlined = false,
                27 => self.inverse = false,
                29 => self.struck = false,
                code @ 30..=37 => self.ink = Some(Colour::indexed(code - 30)),
                code @ 90..=97 => self.ink = Some(Colour::indexed(code - 90 + 8)),
                code @ 40..=47 => self.ground = Some(Colour::indexed(code - 40)),
                code @ 100..=107 => self.ground = Some(Colour::indexed(code - 100 + 8)),
                39 => self.ink = None,
                49 => self.ground = None,
                38 => self.ink = extended(rest, &mut parameters).or(self.ink),
                48 => self.ground = extended(rest, &mut parameters).or(self.ground),
                58 => drop(extended(rest, &mut parameters)),
                _ => {}
            }
        }
    }

    /// Returns the class names with spaces between them; empty for plain text.
    pub fn classes(self) -> String {
        let (ink, ground) = match (self.inverse, self.ink, self.ground) {
            (false, ink, ground) => (ink, ground),
            (true, None, None) => (None, None),
            (true, ink, ground) => (ground, ink),
        };
        let mut classes = String::new();
        let mut add = |before: &str, name: &str| {
            if !classes.is_empty() {
                classes.push(' ');
            }
            classes.push_str("sgr-");
            classes.push_str(before);
            classes.push_str(name);
        };
        // Text with a background uses the theme's text colour: two arbitrary colours may be
        // unreadable together.
        match (ground, ink) {
            (Some(ground), _) => add("on-", ground.name()),
            (None, Some(ink)) => add("", ink.name()),
            (None, None) if self.inverse => add("", "inverse"),
            (None, None) => {}
        }
        for (is_so, name) in [
            (self.bold, "bold"),
            (self.dim, "dim"),
            (self.italic, "italic"),
            (self.underlined, "underlined"),
            (self.struck, "struck"),
        ] {
            if is_so {
                add("", name);
            }
        }
        classes
    }
}

/// Returns the colour after a 38 or a 48: `5;n`, `2;r;g;b`, or the same with colons, where a colour
/// space may precede the red.
fn extended<'a>(rest: &[u16], parameters: &mut impl Iterator<Item = &'a [u16]>) -> Option<Colour> {
    let mut next = || parameters.next().and_then(|p| p.first()).copied();
    match rest {
        [] => match next()? {
            5 => Some(Colour::indexed(next()?)),
            2 => Some(Colour::rgb(next()?, next()?, next()?)),
            _ => None,
        },
        [5, index, ..] => Some(Colour::indexed(*index)),
        [2, r, g, b] | [2, _, r, g, b, ..] => Some(Colour::rgb(*r, *g, *b)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the style that a sequence without colons gives plain text.
    fn classes(parameters: &[u16]) -> String {
        let mut style = Style::default();
        style.apply(parameters.iter().map(std::slice::from_ref));
        style.classes()
    }

    #[test]
    fn sequences_set_the_style() {
        assert_eq!(classes(&[]), "");
        assert_eq!(classes(&[1, 31]), "sgr-red sgr-bold");
        assert_eq!(classes(&[4, 92]), "sgr-bright-green sgr-underlined");
        assert_eq!(
            classes(&[1, 2, 3, 9]),
            "sgr-bold sgr-dim sgr-italic sgr-struck"
        );
        assert_eq!(classes(&[1, 31, 0]), "");
        assert_eq!(classes(&[1, 31, 4, 22, 39, 24]), "");
        assert_eq!(classes(&[38, 5, 196]), "sgr-bright-red");
        assert_eq!(classes(&[38, 2, 0, 128, 0]), "sgr-green");
        assert_eq!(classes(&[38, 5, 12, 1]), "sgr-bright-blue sgr-bold");
        assert_eq!(classes(&[58, 5, 1, 3]), "sgr-italic");
    }

    #[test]
    fn text_on_a_background_stays_readable() {
        assert_eq!(classes(&[33, 43]), "sgr-on-yellow");
        assert_eq!(classes(&[30, 101]), "sgr-on-bright-red");
        assert_eq!(classes(&[7]), "sgr-inverse");
        assert_eq!(classes(&[7, 31]), "sgr-on-red");
        assert_eq!(classes(&[7, 41]), "sgr-red");
        assert_eq!(classes(&[7, 41, 27]), "sgr-on-red");
    }

    #[test]
    fn colons_are_read_too() {
        let read = |parameters: &[&[u16]]| {
            let mut style = Style::default();
            style.apply(parameters.iter().copied());
            style.classes()
        };
        assert_eq!(read(&[&[4, 3]]), "sgr-underlined");
        assert_eq!(read(&[&[4], &[4, 0]]), "");
        assert_eq!(read(&[&[38, 5, 2], &[1]]), "sgr-green sgr-bold");
        assert_eq!(read(&[&[38, 2, 0, 255, 0, 0]]), "sgr-bright-red");
        assert_eq!(read(&[&[48, 2, 0, 0, 128]]), "sgr-on-blue");
    }

    #[test]
    fn invalid_sequences_change_nothing() {
        for odd in [
            &[38][..],
            &[38, 5],
            &[38, 2, 1],
            &[38, 9],
            &[5],
            &[8],
            &[777],
        ] {
            assert_eq!(classes(odd), "", "{odd:?}");
        }
        assert_eq!(classes(&[31, 38]), "sgr-red");
    }
}
