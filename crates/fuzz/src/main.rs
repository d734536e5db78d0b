//! Drives one target by coverage: `bin/fuzz` builds this with instrumentation and says how to call it.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
#[allow(
    unsafe_code,
    reason = "libFuzzer calls a C function of ours; the lint passes over what its macro writes"
)]
mod driver {
    use std::{env, fs, panic, path::Path, process::abort, sync::OnceLock};

    use testkit::fuzz::Target;

    static CHOSEN: OnceLock<Target> = OnceLock::new();

    libfuzzer_sys::fuzz_target!(init: choose(), |bytes: &[u8]| read(bytes));

    /// `FUZZ_TARGET` names it; its seeds are put into the folder `FUZZ_SEEDS`.
    fn choose() {
        let name = env::var("FUZZ_TARGET").unwrap_or_default();
        let Some(target) = fuzz::targets().find(|target| target.name == name) else {
            let names: Vec<&str> = fuzz::targets().map(|target| target.name).collect();
            eprintln!("FUZZ_TARGET is one of: {}", names.join(" "));
            std::process::exit(2);
        };
        if let Ok(folder) = env::var("FUZZ_SEEDS") {
            for (number, seed) in (target.seeds)().iter().enumerate() {
                fs::write(Path::new(&folder).join(format!("seed-{number}")), seed).expect("room for seeds");
            }
        }
        CHOSEN.set(target).expect("chosen once");
        // libFuzzer's own hook ends the program at a panic that a target catches, too.
        panic::set_hook(Box::new(|_| {}));
    }

    fn read(bytes: &[u8]) {
        let target = CHOSEN.get().expect("chosen at the start");
        if let Err(told) = panic::catch_unwind(|| (target.read)(bytes)) {
            let text = told.downcast_ref::<String>().map(String::as_str);
            let text = text.or(told.downcast_ref::<&str>().copied());
            eprintln!("{} panicked: {}", target.name, text.unwrap_or_default());
            abort();
        }
    }
}

#[cfg(not(fuzzing))]
fn main() {
    for target in fuzz::targets() {
        println!("{}", target.name);
    }
    eprintln!("bin/fuzz builds this with instrumentation and runs it");
}
