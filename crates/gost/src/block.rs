//! How a block cipher of the RustCrypto traits becomes one of `modes`: once for all of them.
//!
//! Which ciphers there are is in `kuznyechik` and `magma`.

/// A cipher under one key, over the crate of this name; its `BLOCK_LEN` is the module's.
macro_rules! block_cipher {
    ($(#[$doc:meta])* $name:ident over $inner:ty, using $library:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name($inner);

        impl crate::modes::sealed::Sealed for $name {}

        impl crate::modes::BlockCipher for $name {
            type Block = [u8; BLOCK_LEN];
            type HalfBlock = [u8; BLOCK_LEN / 2];
            const BLOCK_LEN: usize = BLOCK_LEN;

            fn new(key: &[u8; crate::modes::KEY_LEN]) -> Self {
                use $library::cipher::KeyInit as _;
                Self(<$inner>::new(key.into()))
            }

            fn encrypt_block(&self, block: &mut Self::Block) {
                use $library::cipher::BlockCipherEncrypt as _;
                self.0.encrypt_block(block.into());
            }

            fn decrypt_block(&self, block: &mut Self::Block) {
                use $library::cipher::BlockCipherDecrypt as _;
                self.0.decrypt_block(block.into());
            }

            fn encrypt_blocks(&self, blocks: &mut [Self::Block]) {
                use $library::cipher::BlockCipherEncrypt as _;
                self.0.encrypt_blocks($library::cipher::array::Array::cast_slice_from_core_mut(blocks));
            }

            fn all_ones() -> Self::HalfBlock {
                [0xff; BLOCK_LEN / 2]
            }
        }

        impl std::fmt::Debug for $name {
            /// The key is secret.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

pub(crate) use block_cipher;
