//! Intents and outcomes that come at the same time share one transaction, and its one sync.
//!
//! Whoever comes while nobody writes writes at once, as if alone. Who comes meanwhile waits; when the first has
//! committed, one of those who waited writes for all of them, while the disk still works for the first. Where one is
//! refused, all are written again, each in its own savepoint, so that it takes nothing from the others.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use rusqlite::Connection;
use tgp_audit::AuditHead;

use crate::connection::Durability;
use crate::error::StoreError;
use crate::note::{Intent, Outcome};
use crate::store::Inner;

/// What is noted.
#[derive(Clone)]
pub(crate) enum Joined {
    Intent(Box<Intent>),
    Outcome(Box<Outcome>),
}

impl Joined {
    fn durability(&self) -> Durability {
        match self {
            Self::Intent(_) => Durability::Synced,
            Self::Outcome(_) => Durability::Lazy,
        }
    }
}

/// Those who wait.
#[derive(Default)]
pub(crate) struct Joint {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: Vec<Waiting>,
    results: HashMap<u64, Result<(), StoreError>>,
    next: u64,
    someone_writes: bool,
}

struct Waiting {
    ticket: u64,
    note: Joined,
    thread: Thread,
}

/// Notes one thing inside a transaction, after this head.
pub(crate) type Apply = fn(&Connection, &mut AuditHead, &Joined) -> Result<(), StoreError>;

impl Joint {
    /// Notes `note`, alone or together with others.
    pub(crate) fn note(&self, note: Joined, inner: &Inner, apply: Apply) -> Result<(), StoreError> {
        let mut state = self.lock();
        let ticket = state.next;
        state.next += 1;
        state.waiting.push(Waiting { ticket, note, thread: thread::current() });
        loop {
            if let Some(result) = state.results.remove(&ticket) {
                return result;
            }
            // One whose note was taken waits for the disk, also where nobody writes.
            if !state.someone_writes && state.waiting.iter().any(|one| one.ticket == ticket) {
                break;
            }
            drop(state);
            thread::park(); // Woken when this note is on the disk, or when it is this one's turn to write.
            state = self.lock();
        }
        state.someone_writes = true;
        let notes = std::mem::take(&mut state.waiting);
        drop(state);
        let mut writing = Writing { joint: self, notes, results: Vec::new(), has_turn: true };
        let head = writing.commit(inner, apply);
        writing.pass_turn();
        if let Some(Err(error)) = head.map(|head| inner.sync(head)) {
            writing.fail(&error);
        }
        drop(writing);
        self.lock().results.remove(&ticket).unwrap_or_else(|| Err(lost()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes on the turn and hands out the results when it goes, also where writing panicked: nobody waits for ever.
struct Writing<'a> {
    joint: &'a Joint,
    notes: Vec<Waiting>,
    results: Vec<Result<(), StoreError>>,
    has_turn: bool,
}

impl Writing<'_> {
    fn commit(&mut self, inner: &Inner, apply: Apply) -> Option<AuditHead> {
        let (results, head) = write_all(&self.notes, inner, apply);
        self.results = results;
        head
    }

    /// The next one writes.
    fn pass_turn(&mut self) {
        self.has_turn = false;
        let mut state = self.joint.lock();
        state.someone_writes = false;
        let next = state.waiting.first().map(|one| one.thread.clone());
        drop(state);
        next.iter().for_each(Thread::unpark);
    }

    /// Nothing of it is known to be on the disk, which is what who wanted that is told.
    fn fail(&mut self, error: &StoreError) {
        for (result, one) in self.results.iter_mut().zip(&self.notes) {
            if result.is_ok() && one.note.durability() == Durability::Synced {
                *result = Err(error.clone());
            }
        }
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if self.has_turn {
            self.pass_turn();
        }
        self.results.resize_with(self.notes.len(), || Err(lost()));
        let tickets = self.notes.iter().map(|one| one.ticket);
        self.joint.lock().results.extend(tickets.zip(self.results.drain(..)));
        for one in &self.notes {
            if one.thread.id() != thread::current().id() {
                one.thread.unpark();
            }
        }
    }
}

fn lost() -> StoreError {
    StoreError::Other { message: "the transaction was not finished".to_owned() }
}

fn write_all(
    notes: &[Waiting],
    inner: &Inner,
    apply: Apply,
) -> (Vec<Result<(), StoreError>>, Option<AuditHead>) {
    let synced = notes.iter().any(|one| one.note.durability() == Durability::Synced);
    let durability = if synced { Durability::Synced } else { Durability::Lazy };
    let mut results = Vec::new();
    // Nearly always none is refused, and a savepoint for each costs as much as the notes: the first try is without.
    let together = inner.commit(durability, |connection| {
        let mut head = tgp_audit::head(connection)?;
        notes.iter().try_for_each(|one| apply(connection, &mut head, &one.note))
    });
    let written = match together {
        Err(error) if notes.len() > 1 && !is_everybodys(&error) => inner.commit(durability, |connection| {
            results.clear();
            let mut head = tgp_audit::head(connection)?;
            for one in notes {
                results.push(apply_apart(connection, &mut head, &one.note, apply)?);
            }
            Ok(())
        }),
        written => written,
    };
    match written {
        Ok(((), head)) => {
            results.resize_with(notes.len(), || Ok(()));
            (results, head)
        }
        // Nothing of the transaction stayed: not one of them is noted.
        Err(error) => (notes.iter().map(|_| Err(error.clone())).collect(), None),
    }
}

/// Whether it is the database that fails, and not one note.
fn is_everybodys(error: &StoreError) -> bool {
    matches!(error, StoreError::Disk { .. } | StoreError::Damaged { .. } | StoreError::Busy)
}

/// The inner result is that of the note, the outer one that of the transaction all share.
fn apply_apart(
    connection: &Connection,
    head: &mut AuditHead,
    note: &Joined,
    apply: Apply,
) -> Result<Result<(), StoreError>, StoreError> {
    let run = |sql: &str| connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    run("SAVEPOINT one")?;
    let before = *head;
    let applied = apply(connection, head, note);
    if let Err(error) = &applied {
        if is_everybodys(error) {
            return Err(error.clone());
        }
        *head = before;
        run("ROLLBACK TO one")?;
    }
    run("RELEASE one")?;
    Ok(applied)
}
