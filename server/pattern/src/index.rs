//! Many patterns at once: one walk along a text finds every rule whose pattern matches it.
//!
//! A tree of segments. Names without stars are found by hash; globs by their fixed beginning or end, so that a
//! thousand patterns `module_17*` cost what ten cost. Only globs fixed at neither end are tried one by one.

use std::collections::HashMap;

use crate::glob::{Pattern, Segment};
use crate::segment::SegmentGlob;

/// Patterns and whose they are.
#[derive(Debug, Clone)]
pub struct PatternIndex {
    nodes: Vec<Node>,
    patterns: usize,
}

#[derive(Debug, Clone, Default)]
struct Node {
    literals: HashMap<Box<str>, u32>,
    globs: GlobChildren,
    /// The node behind `**`.
    any_depth: Option<u32>,
    /// Whether this is such a node: it stays where it is for any segment.
    stays: bool,
    ends: Vec<u32>,
}

/// Globs by what is fixed in them: for each length of it, a table from the text to their numbers.
type Tables = Vec<(usize, HashMap<Box<str>, Vec<u32>>)>;

/// Globs below a node and the node each leads to.
#[derive(Debug, Clone, Default)]
struct GlobChildren {
    all: Vec<(SegmentGlob, u32)>,
    stars: Vec<u32>,
    by_prefix: Tables,
    by_suffix: Tables,
    loose: Vec<u32>,
}

impl Default for PatternIndex {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], patterns: 0 }
    }
}

impl PatternIndex {
    /// Takes in a pattern of `owner`.
    pub fn insert(&mut self, pattern: &Pattern, owner: u32) {
        for alternative in pattern.alternatives() {
            let mut at = 0;
            for segment in alternative {
                at = self.child(at, segment);
            }
            let node = &mut self.nodes[at as usize];
            if node.ends.last() != Some(&owner) {
                node.ends.push(owner);
            }
        }
        self.patterns += 1;
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.patterns == 0
    }

    /// Tells `found` the owner of each pattern that matches the text; an owner of several may be told several times.
    pub fn find(&self, parts: &[&str], found: &mut dyn FnMut(u32)) {
        if self.is_empty() {
            return;
        }
        let mut active: Vec<u32> = Vec::with_capacity(8);
        let mut next: Vec<u32> = Vec::with_capacity(8);
        self.enter(0, &mut active);
        for part in parts {
            for at in &active {
                self.step(*at, part, &mut next);
            }
            // Two ways to one node are one way.
            next.sort_unstable();
            next.dedup();
            std::mem::swap(&mut active, &mut next);
            next.clear();
            if active.is_empty() {
                return;
            }
        }
        for at in active {
            self.nodes[at as usize].ends.iter().for_each(|owner| found(*owner));
        }
    }

    /// Enters a node and, because `**` may cover nothing, the node behind it.
    fn enter(&self, at: u32, into: &mut Vec<u32>) {
        into.push(at);
        if let Some(behind) = self.nodes[at as usize].any_depth {
            into.push(behind);
        }
    }

    fn step(&self, at: u32, part: &str, into: &mut Vec<u32>) {
        let node = &self.nodes[at as usize];
        if node.stays {
            into.push(at);
        }
        if let Some(child) = node.literals.get(part) {
            self.enter(*child, into);
        }
        node.globs.find(part, &mut |child| self.enter(child, into));
    }

    fn child(&mut self, at: u32, segment: &Segment) -> u32 {
        let new = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let node = &mut self.nodes[at as usize];
        let found = match segment {
            Segment::Literal(text) => *node.literals.entry(text.as_str().into()).or_insert(new),
            Segment::AnyDepth => *node.any_depth.get_or_insert(new),
            Segment::Glob(glob) => node.globs.child(glob, new),
        };
        if found == new {
            self.nodes.push(Node { stays: *segment == Segment::AnyDepth, ..Node::default() });
        }
        found
    }
}

impl GlobChildren {
    /// The node a glob leads to: the one it has, or `new`.
    fn child(&mut self, glob: &SegmentGlob, new: u32) -> u32 {
        if glob.is_star() {
            return self.stars.first().copied().unwrap_or_else(|| {
                self.stars.push(new);
                new
            });
        }
        let (prefix, suffix) = (glob.prefix(), glob.suffix());
        let place = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let list = if !prefix.is_empty() {
            bucket(&mut self.by_prefix, &prefix)
        } else if !suffix.is_empty() {
            bucket(&mut self.by_suffix, &suffix)
        } else {
            &mut self.loose
        };
        let all = &mut self.all;
        if let Some(known) = list.iter().find(|known| all[**known as usize].0 == *glob) {
            return all[*known as usize].1;
        }
        list.push(place);
        all.push((glob.clone(), new));
        new
    }

    fn find(&self, part: &str, found: &mut dyn FnMut(u32)) {
        self.stars.iter().for_each(|child| found(*child));
        let mut try_all = |places: &Vec<u32>| {
            for place in places {
                let (glob, child) = &self.all[*place as usize];
                if glob.matches(part) {
                    found(*child);
                }
            }
        };
        for (length, table) in &self.by_prefix {
            part.get(..*length).and_then(|prefix| table.get(prefix)).into_iter().for_each(&mut try_all);
        }
        for (length, table) in &self.by_suffix {
            let from = part.len().checked_sub(*length);
            let suffix = from.and_then(|from| part.get(from..));
            suffix.and_then(|suffix| table.get(suffix)).into_iter().for_each(&mut try_all);
        }
        try_all(&self.loose);
    }
}

fn bucket<'a>(tables: &'a mut Tables, key: &str) -> &'a mut Vec<u32> {
    let at = tables.iter().position(|(length, _)| *length == key.len()).unwrap_or_else(|| {
        tables.push((key.len(), HashMap::new()));
        tables.len() - 1
    });
    tables[at].1.entry(key.into()).or_default()
}
