//! People: who signs in, and how their words are checked at the border.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An e-mail address that mail can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// The text is not an address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("this is not an e-mail address, such as anna@example.com")]
pub struct EmailError;

impl Email {
    /// The longest address of SMTP (RFC 5321, 4.5.3.1.3).
    pub const LENGTH_MAX: usize = 254;

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one address have in common.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c);
        let (local, host) = text.rsplit_once('@').ok_or(EmailError)?;
        let labels: Vec<&str> = host.split('.').collect();
        let label = |label: &&str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let good = text.len() <= Self::LENGTH_MAX
            && (1..=64).contains(&local.len())
            && !local.contains('@')
            && text.chars().all(plain)
            && labels.len() >= 2
            && labels.iter().all(label);
        good.then(|| Self(text.to_owned())).ok_or(EmailError)
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The fewest signs of a password (NIST SP 800-63B, 3.1.1.2).
pub const PASSWORD_LENGTH_MIN: usize = 8;
/// The most: longer ones only cost time.
pub const PASSWORD_LENGTH_MAX: usize = 256;

/// Why a password is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// Too few signs.
    #[error("use {PASSWORD_LENGTH_MIN} characters or more")]
    Short,
    /// Too many signs.
    #[error("use {PASSWORD_LENGTH_MAX} characters or fewer")]
    Long,
    /// Known to everybody who tries.
    #[error("this password is among the first that are tried; choose another")]
    Common,
    /// Says who it belongs to.
    #[error("do not use your address as the password")]
    IsEmail,
}

/// Passwords of eight signs and more from the top of every published list of leaked ones.
const COMMON: &[&str] = &[
    "00000000",
    "11111111",
    "12341234",
    "12345678",
    "123456789",
    "1234567890",
    "1q2w3e4r",
    "1qaz2wsx",
    "87654321",
    "88888888",
    "abc12345",
    "asdfghjk",
    "baseball",
    "football",
    "iloveyou",
    "letmein1",
    "p@ssw0rd",
    "passw0rd",
    "password",
    "password1",
    "password12",
    "password123",
    "princess",
    "qwerty12",
    "qwerty123",
    "qwertyui",
    "qwertyuiop",
    "sunshine",
    "superman",
    "trustno1",
    "welcome1",
];

/// Checks a new password.
pub fn check_password(password: &str, email: &Email) -> Result<(), PasswordError> {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    if length < PASSWORD_LENGTH_MIN {
        Err(PasswordError::Short)
    } else if length > PASSWORD_LENGTH_MAX {
        Err(PasswordError::Long)
    } else if COMMON.contains(&lower.as_str()) {
        Err(PasswordError::Common)
    } else if lower == email.key() {
        Err(PasswordError::IsEmail)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_text() {
        for good in [
            "a@b.co",
            " Anna.Müller+shop@mail.example.com ",
            "x@xn--bcher-kva.example",
        ] {
            assert!(good.parse::<Email>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@b.co",
            "a@b",
            "a@b..co",
            "a b@c.de",
            "a@b.co\r\nBcc: x@y.z",
            "<a@b.co>",
            "a@-b.co",
            "a@b@c.de",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
        assert!(format!("{}@b.co", "a".repeat(300)).parse::<Email>().is_err());
        assert_eq!("A@B.co".parse::<Email>().unwrap().key(), "a@b.co");
    }

    #[test]
    fn weak_passwords_are_refused() {
        let email: Email = "anna@example.com".parse().unwrap();
        for (password, expected) in [
            ("short", Err(PasswordError::Short)),
            ("Password123", Err(PasswordError::Common)),
            ("ANNA@example.com", Err(PasswordError::IsEmail)),
            ("a long sentence is fine", Ok(())),
        ] {
            assert_eq!(check_password(password, &email), expected, "{password}");
        }
        assert_eq!(check_password(&"x".repeat(257), &email), Err(PasswordError::Long));
    }
}
