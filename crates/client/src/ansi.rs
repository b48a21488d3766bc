//! Colours and styles that a program's output asks for by escape sequences ("SGR"), brought down to
//! sixteen colours that are readable in every theme.

mod colour;

pub use colour::Colour;

/// Style of text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// The colour of the letters; `None`: as usual.
    pub ink: Option<Colour>,
    /// The colour behind them.
    pub ground: Option<Colour>,
    /// Heavy letters.
    pub bold: bool,
    /// Letters that stand back.
    pub dim: bool,
    /// Slanted letters.
    pub italic: bool,
    /// A line below.
    pub underlined: bool,
    /// A line through.
    pub struck: bool,
    /// Ink and ground change places.
    pub inverse: bool,
}

impl Style {
    /// Takes in the parameters of one SGR sequence, each with what follows it after colons. What
    /// is unknown, or has no place in a log (blinking, hiding), is passed over.
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
                // 4:0 is none, 4:1 to 4:5 are kinds of lines.
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

    /// Returns the names that a style sheet knows it by, with spaces between them; empty for plain
    /// text.
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
        // On a ground of its own, text has the theme's ink: two colours of a program's choice
        // need not be readable on each other.
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

/// Returns the colour after a 38 or a 48: `5;n`, `2;r;g;b`, or the same after colons, where a
/// colour space may stand before the red.
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

    /// Returns what a sequence without colons makes of plain text.
    fn classes(parameters: &[u16]) -> String {
        let mut style = Style::default();
        style.apply(parameters.iter().map(std::slice::from_ref));
        style.classes()
    }

    #[test]
    fn what_programs_ask_for_is_what_they_get() {
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
    fn two_colours_of_a_programs_choice_stay_readable() {
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
    fn nonsense_and_half_a_colour_change_nothing() {
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
