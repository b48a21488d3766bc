//! Rules for new passwords: a length, and not one of those that attackers try first.

use vestibule_model::problem::FieldError;
use vestibule_model::validation::check_password;
use zxcvbn::{Score, zxcvbn};

/// Characters that are judged; the rest of a longer password only adds to its strength.
const JUDGED: usize = 72;

/// Checks a new password. `known` are words that an attacker would try for this user.
pub fn check_new(field: &str, password: &str, known: &[&str]) -> Result<(), FieldError> {
    check_password(field, password)?;
    let judged: String = password.chars().take(JUDGED).collect();
    if zxcvbn(&judged, known).score() < Score::Two {
        return Err(FieldError::new(
            field,
            "This password is easy to guess. Use a longer one, such as four unrelated words.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_passwords_and_the_users_own_name_are_refused() {
        for bad in [
            "short",
            "password123",
            "1234567890",
            "qwertyuiop",
            "aaaaaaaaaaaa",
            "adalovelace1",
        ] {
            let checked = check_new("password", bad, &["adalovelace", "ada@example.org"]);
            assert!(checked.is_err(), "{bad}");
        }
        for good in [
            "correct horse battery",
            "tr0ub4dor&3 elephants",
            &"lamps of seven quiet harbours, ".repeat(30),
        ] {
            assert!(check_new("password", good, &["ada"]).is_ok(), "{good}");
        }
    }
}
