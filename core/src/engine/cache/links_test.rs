//! Goal: what is told between two headers is all that was changed, or nothing is told.

use super::*;

fn header(number: u64) -> LogHeader {
    LogHeader([number; 6])
}

/// Of commits that have each changed a key of their number, made of and to these headers.
fn links(of: &[(u64, u64)]) -> Links {
    let links = Links::default();
    for &(before, after) in of {
        links.add(header(before), header(after), vec![("a".into(), after.to_string().into())]);
    }
    links
}

fn between(links: &Links, from: u64, to: u64) -> Option<String> {
    let changed = links.between(&header(from), &header(to))?;
    Some(changed.iter().map(|(_, key)| &**key).collect::<Vec<_>>().join(" "))
}

#[test]
fn all_that_was_changed_is_told_in_its_order() {
    let links = links(&[(1, 2), (2, 3), (3, 4)]);
    assert_eq!(between(&links, 1, 4).as_deref(), Some("2 3 4"));
    assert_eq!(between(&links, 2, 3).as_deref(), Some("3"));
    assert_eq!(between(&links, 3, 4).as_deref(), Some("4"));
}

#[test]
fn nothing_is_told_of_what_is_not_known() {
    // Somebody else has committed between 3 and 5.
    let links = links(&[(1, 2), (2, 3), (5, 6)]);
    for (from, to) in [(1, 6), (3, 6), (3, 5), (1, 7), (0, 3), (3, 2), (4, 6)] {
        assert_eq!(between(&links, from, to), None, "{from} to {to}");
    }
    assert_eq!(between(&links, 5, 6).as_deref(), Some("6"));
}

#[test]
fn only_the_last_are_remembered() {
    let most = MOST_LINKS as u64;
    let links = links(&(0..=most).map(|number| (number, number + 1)).collect::<Vec<_>>());
    assert_eq!(between(&links, 0, most + 1), None);
    let told = between(&links, 1, most + 1).expect("these are remembered");
    assert_eq!(told.split(' ').count(), MOST_LINKS);
}
