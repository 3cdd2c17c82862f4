//! The national CA, seen from outside.

mod hierarchies;
mod life;
mod lists;
mod services;
mod story;
