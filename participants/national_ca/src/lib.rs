//! national_ca
