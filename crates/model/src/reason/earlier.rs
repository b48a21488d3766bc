//! Reasons that version 0.1.0 has written, in stored statuses and journals, and the words that
//! replaced them.

/// Word of 0.1.0 and its present one.
const RENAMED: &[(&str, &str)] = &[
    ("VolumePending", "Provisioning"),
    ("ProvisioningFailed", "ProvisionFailed"),
    ("SecretsFound", "AllSecretsFound"),
    ("SecretMissing", "SecretNotFound"),
    ("SecretsUnreadable", "VerificationFailed"),
    ("JobCreated", "Created"),
    ("FailedCreate", "CreationFailed"),
    ("Started", "ContainerRunning"),
    ("ProbeSucceeded", "SessionRunning"),
];

/// Returns the present word for a reason of 0.1.0, and any other word as it is.
pub fn current(word: &str) -> &str {
    let renamed = RENAMED.iter().find(|(earlier, _)| *earlier == word);
    renamed.map_or(word, |(_, present)| present)
}

#[cfg(test)]
mod tests {
    use super::super::{ALL, lookup};
    use super::*;

    #[test]
    fn every_earlier_word_means_its_present_one_and_is_written_no_more() {
        for (earlier, present) in RENAMED {
            assert_eq!(current(earlier), *present);
            assert_eq!(current(present), *present);
            assert_eq!(lookup(earlier).map(|known| known.word), Some(*present));
            assert!(ALL.iter().all(|known| known.word != *earlier), "{earlier}");
        }
        for word in ["UserStopped", "Novelty", ""] {
            assert_eq!(current(word), word);
        }
    }
}
