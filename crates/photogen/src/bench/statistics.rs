//! The few statistics of a benchmark of judges.

/// The chance that a judge gives a faithful picture more than a tampered one, ties counting half: the area under the
/// ROC curve. None without pictures of both sorts.
pub(crate) fn auc(faithful: &[f64], tampered: &[f64]) -> Option<f64> {
    if faithful.is_empty() || tampered.is_empty() {
        return None;
    }
    let wins = |f: f64| -> f64 {
        let above = |t: &f64| match f.total_cmp(t) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        tampered.iter().map(above).sum()
    };
    let total: f64 = faithful.iter().map(|f| wins(*f)).sum();
    Some(total / (faithful.len() * tampered.len()) as f64)
}

/// The share of faithful pictures that a judge keeps when its threshold lets `passes` of the tampered through.
pub(crate) fn kept_at(faithful: &[f64], tampered: &[f64], passes: f64) -> Option<f64> {
    if faithful.is_empty() || tampered.is_empty() {
        return None;
    }
    let mut sorted = tampered.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let threshold = sorted.get((passes * sorted.len() as f64).floor() as usize)?;
    let kept = faithful.iter().filter(|f| *f > threshold).count();
    Some(kept as f64 / faithful.len() as f64)
}

/// The middle value, the lower of two; none of none.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied()
}

/// The largest value; none of none.
pub(crate) fn worst(values: &[f64]) -> Option<f64> {
    values.iter().copied().max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auc_counts_pairs_in_order_and_halves_ties() {
        assert_eq!(auc(&[0.9, 0.8], &[0.1, 0.2]), Some(1.0));
        assert_eq!(auc(&[0.1], &[0.9]), Some(0.0));
        assert_eq!(auc(&[0.5, 0.5], &[0.5]), Some(0.5));
        // 3 of 4 pairs are in order.
        assert_eq!(auc(&[0.9, 0.3], &[0.1, 0.5]), Some(0.75));
        assert_eq!(auc(&[], &[0.5]), None);
    }

    #[test]
    fn a_threshold_lets_just_the_asked_share_through() {
        let tampered: Vec<f64> = (0..100).map(f64::from).collect();
        // Five of 100 score 95 or more.
        assert_eq!(kept_at(&[93.0, 94.0, 94.5, 99.0], &tampered, 0.05), Some(0.5));
        assert_eq!(kept_at(&[1.0], &[0.0], 0.05), Some(1.0));
    }

    #[test]
    fn middle_and_worst() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.0));
        assert_eq!(median(&[]), None);
        assert_eq!(worst(&[3.0, 5.0, 2.0]), Some(5.0));
    }
}
