//! Texts that a worker thread has run lately, with their plans: most statements differ from one of them in their values
//! only, and need neither the lexer nor the plan cache.
//!
//! Each thread has its own, so that finding a plan touches nothing that threads share. Always holds: a shape is used
//! only with the generation of tables, the schema and the lexer's mode that it was made with.

use std::cell::RefCell;
use std::sync::Arc;

use crate::catalog::CachedPlan;
use crate::sql::alike::{self, LONGEST, fingerprint, is_template, lex_alike};
use crate::sql::{LexMode, Lexed};

/// How many a thread keeps; each has its place by its fingerprint.
const PLACES: usize = 256;

/// A text and its plan.
#[derive(Debug)]
pub(super) struct Shape {
    generation: u64,
    schema: Option<Box<str>>,
    mode: LexMode,
    text: Box<[u8]>,
    lexed: Lexed,
    pub(super) plan: Arc<CachedPlan>,
}

/// What a text's meaning rests on beside its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'s> {
    pub(super) generation: u64,
    pub(super) schema: Option<&'s str>,
    pub(super) mode: LexMode,
}

#[derive(Debug, Default)]
struct Place {
    /// Of the text that was missed here last: one that comes once takes nobody's place.
    missed: u64,
    shape: Option<Arc<Shape>>,
}

thread_local! {
    static PLACES_OF_THREAD: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

/// A shape like this text, which is then lexed.
pub(super) fn find(text: &[u8], reading: Reading<'_>, into: &mut Lexed) -> Option<Arc<Shape>> {
    if text.len() > LONGEST {
        return None;
    }
    PLACES_OF_THREAD.with_borrow(|places| {
        let shape = places.get(place_of(fingerprint(text), reading))?.shape.as_ref()?;
        let same = shape.generation == reading.generation
            && shape.mode == reading.mode
            && shape.schema.as_deref() == reading.schema
            && lex_alike(&shape.text, &shape.lexed, text, into);
        same.then(|| Arc::clone(shape))
    })
}

/// Keeps a text that came before, if others may be like it.
pub(super) fn keep(text: &[u8], reading: Reading<'_>, lexed: &Lexed, plan: &Arc<CachedPlan>) {
    if !is_template(text, lexed) {
        return;
    }
    PLACES_OF_THREAD.with_borrow_mut(|places| {
        if places.is_empty() {
            places.resize_with(PLACES, Place::default);
        }
        let print = fingerprint(text);
        let Some(place) = places.get_mut(place_of(print, reading)) else { return };
        if std::mem::replace(&mut place.missed, print) != print {
            return;
        }
        place.shape = Some(Arc::new(Shape {
            generation: reading.generation,
            schema: reading.schema.map(Into::into),
            mode: reading.mode,
            text: text.into(),
            lexed: lexed.clone(),
            plan: Arc::clone(plan),
        }));
    });
}

fn place_of(print: u64, reading: Reading<'_>) -> usize {
    let schema = reading.schema.unwrap_or_default().bytes();
    alike::place_of(schema.fold(print, |hash, byte| hash.rotate_left(5) ^ u64::from(byte)))
}
