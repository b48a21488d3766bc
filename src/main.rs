//! Entry point of the console in the browser.

fn main() {
    vestibule_console::start();
}
