//! An owner's own cut-out network in place of ours: a card for 1024 x 1024 pixels, as ISNet has it.

use std::{fs, process::Command};

use testkit::Garment;

use crate::world::{Said, World, sha256};

/// A whole ONNX network: the mask is how dark a pixel is (`Neg(ReduceMean(x, axis 1))`), 1x3x1024x1024 in, 1x1x1024x1024
/// out.
const DARK_IS_PRODUCT: &str = "08083a80010a300a017812016d220a5265647563654d65616e2a0b0a04617865734001a001072a0f0a086b65657064696d73\
    1801a001020a0b0a016d12017922034e65671201675a1d0a017812180a16080112120a0208010a0208030a030880080a03088008621d0a01\
    7912180a16080112120a0208010a0208010a030880080a0308800842040a00100d";

fn cut_out(world: &World) -> Said {
    let photo = world.given().join("photo.png");
    let garment = Garment {
        side: 500,
        colour: [60, 30, 40],
        ..Garment::default()
    };
    let picture = image::DynamicImage::ImageRgba16(garment.photo()).to_rgb8();
    picture.save(&photo).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_photogen"));
    command
        .env("PHOTOGEN_HOME", world.home())
        .arg("cutout")
        .arg(photo);
    Said::of(command.arg(world.given().join("cut.png")).output().unwrap())
}

#[test]
fn an_owners_network_of_another_size_takes_the_place_of_ours() {
    let network = hex::decode(DARK_IS_PRODUCT).unwrap();
    let world = World::new();
    let (bytes, hash) = (network.len(), sha256(&network));
    let card = format!(
        "[[card]]\nname = 'isnet'\nkind = 'cutout'\ndefault = true\nabout = 'ours'\nlicence = 'Apache-2.0'\n\
         input = {{ side = 1024, mean = [0.5, 0.5, 0.5], std = [1, 1, 1], output = 0 }}\n\
         files = [{{ file = 'isnet.onnx', bytes = {bytes}, sha256 = '{hash}' }}]\n"
    );
    fs::write(world.home().join("models.toml"), card).unwrap();

    let way_out = "run `photogen models pull isnet --from DIR`";
    cut_out(&world).assert(
        2,
        &[
            "isnet (ours) is not here yet",
            "nothing to fetch it from",
            way_out,
        ],
    );
    let model = world.home().join("models/isnet.onnx");
    fs::write(&model, [&network[..], b"x"].concat()).unwrap();
    cut_out(&world).assert(2, &["isnet (ours) has wrong bytes", way_out]);

    fs::write(world.given().join("isnet.onnx"), &network).unwrap();
    let given = world.given();
    world
        .models(&["pull", "isnet", "--from", given.to_str().unwrap()])
        .assert(0, &[]);
    assert!(!world.home().join("models/u2netp.onnx").exists());
    let said = cut_out(&world);
    said.assert(0, &[]);
    let cut = image::open(world.given().join("cut.png")).unwrap().to_rgba8();
    assert_eq!((cut.get_pixel(2, 2)[3], cut.get_pixel(250, 250)[3]), (0, 255));
}
