//! The local engine: processes of this machine.
