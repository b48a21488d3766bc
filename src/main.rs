//! What the browser runs.

fn main() {
    vestibule_console::start();
}
