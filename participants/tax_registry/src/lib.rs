//! tax_registry
