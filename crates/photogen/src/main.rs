//! photogen
fn main() {}
