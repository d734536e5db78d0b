//! Numbers as people write them: `1 photo`, `2,400 photos`.

/// `1 photo`, `2,400 photos`. The plural takes an `s`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// 12345 as `12,345`.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_thousands_are_grouped() {
        assert_eq!(counted(1, "picture"), "1 picture");
        assert_eq!(counted(0, "picture"), "0 pictures");
        assert_eq!(counted(12_345, "picture"), "12,345 pictures");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
