//! Orders in which the rules of a case are tried.

/// Most rules whose every order is tried: 720 orders.
const MOST_PERMUTED: usize = 6;

/// The orders of `count` rules: as written and reversed, or every one.
pub(super) fn orders(count: usize, every: bool) -> Vec<Vec<usize>> {
    let written: Vec<usize> = (0..count).collect();
    if every && count <= MOST_PERMUTED {
        return permutations(&written);
    }
    vec![written.clone(), written.into_iter().rev().collect()]
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let with_first = |first: &usize| {
        let rest: Vec<usize> = items.iter().copied().filter(|item| item != first).collect();
        let first = *first;
        permutations(&rest).into_iter().map(move |tail| std::iter::once(first).chain(tail).collect())
    };
    items.iter().flat_map(with_first).collect()
}
