//! Features of WebAssembly that binaryen's programs have to be given.

/// WebAssembly features that the compiler may use; only the main module names them itself.
pub const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
