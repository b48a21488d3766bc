//! Sixteen colours, and the nearest of them to any other.

/// Colour out of the sixteen of a terminal; the theme decides its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(u8);

const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// Red, yellow, green, cyan, blue, magenta: one for each sixth of the colour wheel.
const CIRCLE: [u8; 6] = [1, 3, 2, 6, 4, 5];
/// Bit of the bright colours.
const BRIGHT: u8 = 8;
/// Difference between strongest and weakest component below which a colour is grey.
const GREY: i32 = 32;
/// Threshold from which a colour counts as bright.
const STRONG: i32 = 192;

impl Colour {
    /// Returns one of the usual 256: sixteen by name, a cube of 6 × 6 × 6, and 24 greys. Larger
    /// numbers count as the last.
    pub fn indexed(index: u16) -> Self {
        let level = |part: u16| if part == 0 { 0 } else { 55 + 40 * part };
        match index {
            0..=15 => Self(index.to_le_bytes()[0]),
            16..=231 => {
                let cube = index - 16;
                Self::rgb(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
            }
            _ => {
                let grey = 8 + 10 * (index.min(255) - 232);
                Self::rgb(grey, grey, grey)
            }
        }
    }

    /// Returns the colour nearest to an RGB value, by its hue.
    pub fn rgb(red: u16, green: u16, blue: u16) -> Self {
        let [red, green, blue] = [red, green, blue].map(|part| i32::from(part.min(255)));
        let most = red.max(green).max(blue);
        let span = most - red.min(green).min(blue);
        if span < GREY {
            return Self(match most {
                0..64 => 0,
                64..160 => BRIGHT,
                160..224 => 7,
                _ => 15,
            });
        }
        // In degrees, from red through green and blue to red.
        let hue = if most == red {
            60 * (green - blue) / span
        } else if most == green {
            120 + 60 * (blue - red) / span
        } else {
            240 + 60 * (red - green) / span
        };
        let sixth = usize::try_from((hue + 30).rem_euclid(360) / 60).unwrap_or(0);
        let bright = if most >= STRONG { BRIGHT } else { 0 };
        Self(CIRCLE[sixth] + bright)
    }

    /// Returns the class name.
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0 % 16)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reduced_colours_look_similar() {
        for (index, name) in [
            (1, "red"),
            (15, "bright-white"),
            (16, "black"),
            (21, "bright-blue"),
            (22, "green"),
            (46, "bright-green"),
            (51, "bright-cyan"),
            (160, "bright-red"),
            (201, "bright-magenta"),
            (214, "bright-yellow"),
            (231, "bright-white"),
            (232, "black"),
            (242, "bright-black"),
            (250, "white"),
            (999, "bright-white"),
        ] {
            assert_eq!(Colour::indexed(index).name(), name, "{index}");
        }
    }

    proptest! {
        #[test]
        fn every_number_has_a_colour(r: u16, g: u16, b: u16) {
            prop_assert!(NAMES.contains(&Colour::rgb(r, g, b).name()));
            prop_assert!(NAMES.contains(&Colour::indexed(r).name()));
        }
    }
}
