//! The store from outside: the contract every implementation keeps, and what is particular to the embedded
//! one.

mod bench;
mod books;
mod chain;
mod claims;
mod contract;
mod crash;
mod database;
mod lists;
mod mailbox;
mod proofs;
mod refunds;
mod registers;
mod samples;
mod sealing;

mod embedded {
    //! The contract, kept by the embedded store.
    crate::contract::kept_by!(crate::samples::open_store());
}
