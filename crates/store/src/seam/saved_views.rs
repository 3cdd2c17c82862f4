//! What officers keep for themselves: pages of the console with everything that narrows them, under a name.

use terms::{Iin, Moment, ShortText};

use crate::Kept;

/// The most that one officer keeps.
pub const MOST_SAVED_VIEWS: usize = 30;

/// A page under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its place; of use to its owner only.
    pub id: u64,
    /// Whose it is.
    pub owner: Iin,
    /// What the officer calls it.
    pub name: ShortText,
    /// The page's address within the console.
    pub address: String,
    /// Since when.
    pub at: Moment,
}

/// What can be looked at of it.
pub trait SavedViewsView {
    /// An officer's own, in the order in which they were kept.
    fn saved_views(&self, owner: Iin) -> Kept<Vec<SavedView>>;
}

/// What can be written of it.
pub trait SavedViewsTx {
    /// Keeps a page, whatever its id says; [`crate::StoreError::Taken`] where the officer keeps [`MOST_SAVED_VIEWS`], or one
    /// of this name.
    fn keep_view(&mut self, view: &SavedView) -> Kept<()>;
    /// Forgets one of an officer's own; whether there was one.
    fn forget_view(&mut self, owner: Iin, id: u64) -> Kept<bool>;
}
