// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.data.RandomResizedCrop;
import dev.espalier.api.state.Digest;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {

  private static final int RED = 0xff0000;
  private static final int GREEN = 0x00ff00;
  private static final List<String> CLASSES = List.of("apple", "pear");

  @TempDir Path temp;
  private final Kept kept = new Kept();
  private Path images;
  private Optional<String> labels = Optional.empty();

  /** Two classes, two training images and one test image each, of 4 x 4 pixels. */
  @BeforeEach
  void images() throws IOException {
    images = temp.resolve("images");
    plain("train/apple/2.png", RED, 4, 4);
    plain("train/apple/10.png", GREEN, 4, 4);
    plain("train/pear/a.png", 0x102030, 4, 4);
    plain("train/pear/deep/b.png", 0, 4, 4);
    plain("test/apple/x.png", 0xffffff, 4, 4);
    plain("test/pear/y.png", 0x030201, 4, 4);
  }

  @Test
  void numbersClassesByNameAndReadsImagesInTheOrderOfTheirs() throws IOException {
    Data data = load(4);
    assertThat(data.train().labels()).containsExactly(0, 0, 1, 1);
    assertThat(data.test().labels()).containsExactly(0, 1);
    assertThat(data.validation().size()).isZero();
    assertThat(data.classes()).isEqualTo(2);
    assertThat(data.train().shape()).isEqualTo(new Shape(3, 4, 4)).isEqualTo(data.input());
    // Names are texts: 10 comes before 2.
    assertThat(planes(data.train(), 0)).containsExactly(0, 255, 0);
    assertThat(planes(data.train(), 1)).containsExactly(255, 0, 0);
    assertThat(planes(data.train(), 2)).containsExactly(0x10, 0x20, 0x30);
    assertThat(planes(data.test(), 1)).containsExactly(3, 2, 1);
    assertThat(data.augmentations()).containsExactly(new RandomResizedCrop(0.08, 1), new Flip(0.5));
  }

  @Test
  void networksSeeTheCropAndOtherwiseTheWholeSquare() throws IOException {
    ImageFolder source = folder(6, Optional.of(5));
    Data data = source.load(Prepared.inMemory());
    assertThat(data.train().shape()).isEqualTo(new Shape(3, 6, 6));
    assertThat(data.input()).isEqualTo(new Shape(3, 5, 5));
    assertThatThrownBy(() -> folder(6, Optional.of(7)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("crop", "found 7", "6");
  }

  @Test
  void takesValForTheTestPartAndBesideOneForTheValidationPart() throws IOException {
    Files.move(images.resolve("test"), images.resolve("val"));
    assertThat(load(4).test().size()).isEqualTo(2);
    plain("test/pear/z.png", GREEN, 4, 4);
    Data data = load(4);
    assertThat(data.validation().size()).isEqualTo(2);
    assertThat(data.test().labels()).containsExactly(1);
  }

  @Test
  void shrinksToTheShorterSideAndCutsTheCentre() throws IOException {
    // Columns of 0, 40, 80, ..., 200 in an image of 2 x 6: no row is resized, the centre is 80,
    // 120.
    BufferedImage wide = new BufferedImage(6, 2, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < 6; x++) {
      wide.setRGB(x, 0, (40 * x) << 16);
      wide.setRGB(x, 1, (40 * x) << 16);
    }
    write("train/apple/wide.png", "png", wide);
    byte[] same = ImageFile.square(images.resolve("train/apple/wide.png"), 2, Colour.RGB);
    assertThat(unsigned(same, 4)).containsExactly(80, 120, 80, 120);
    // To half: each pixel of three covers four with weights 1, 3, 3, 1 of 8 (the ends 3, 3, 1 of
    // 7).
    // The middle one: (40 + 3 * 80 + 3 * 120 + 160) / 8.
    byte[] half = ImageFile.square(images.resolve("train/apple/wide.png"), 1, Colour.RGB);
    assertThat(unsigned(half, 1)).containsExactly(100);
    // To double: the centre, 4 pixels of 12, lies at 3/4 + 1, 1/4 + 2, 3/4 + 2, 1/4 + 3.
    byte[] twice = ImageFile.square(images.resolve("train/apple/wide.png"), 4, Colour.RGB);
    assertThat(Arrays.copyOf(unsigned(twice, 4), 4)).containsExactly(70, 90, 110, 130);
  }

  @Test
  void greyImagesBecomeThreeEqualColoursOfTheSameNumbers() throws IOException {
    BufferedImage grey = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY);
    BufferedImage deep = new BufferedImage(4, 4, BufferedImage.TYPE_USHORT_GRAY);
    for (int i = 0; i < 16; i++) {
      grey.getRaster().setSample(i % 4, i / 4, 0, 100);
      deep.getRaster().setSample(i % 4, i / 4, 0, 100 * 257);
    }
    write("train/apple/grey.png", "png", grey);
    write("train/apple/deep.png", "png", deep);
    for (String name : List.of("grey", "deep")) {
      byte[] square =
          ImageFile.square(images.resolve("train/apple/" + name + ".png"), 2, Colour.RGB);
      assertThat(unsigned(square, 12)).containsOnly(100);
    }
  }

  @Test
  void readsAllFormatsAndPassesOverOtherFiles() throws IOException {
    plain("train/apple/c.jpg", GREEN, 8, 8);
    plain("train/apple/d.BMP", GREEN, 8, 8);
    plain("train/apple/e.gif", GREEN, 8, 8);
    Files.writeString(images.resolve("train/apple/boxes.txt"), "no image");
    Files.writeString(images.resolve("train/apple/.hidden.png"), "no image");
    Data data = load(4);
    assertThat(data.train().size()).isEqualTo(7);
    int[] jpeg = planes(data.train(), 2);
    assertThat(jpeg[1]).isCloseTo(255, within(2));
    assertThat(planes(data.train(), 3)).containsExactly(0, 255, 0);
    assertThat(planes(data.train(), 4)).containsExactly(0, 255, 0);
  }

  @Test
  void countsAndNamesAllFilesThatItPassesOver() throws IOException {
    assertThat(LabelledImages.in(images.resolve("train"), CLASSES, Optional.empty()).warning())
        .isEmpty();
    for (String name :
        List.of(
            "train/apple/.hidden.png",
            "train/apple/boxes.txt",
            "train/pear/deep/photo.webp",
            "train/pear/noending",
            "train/.cache/a.png",
            "train/loose.png")) {
      Files.createDirectories(images.resolve(name).getParent());
      Files.writeString(images.resolve(name), "no image");
    }
    Files.createSymbolicLink(
        images.resolve("train/pear/broken.png"), images.resolve("train/nowhere.png"));
    LabelledImages found = LabelledImages.in(images.resolve("train"), CLASSES, Optional.empty());
    assertThat(found.entries()).hasSize(4);
    assertThat(found.warning().orElseThrow())
        .startsWith(
            images.resolve("train")
                + ": passed over 7 files, .cache/a.png, apple/.hidden.png, apple/boxes.txt,"
                + " loose.png, pear/broken.png and 2 more. Images ")
        .contains("convert");
  }

  @Test
  void namesTheFilesOfAClassWithoutImages() throws IOException {
    Files.delete(images.resolve("test/pear/y.png"));
    Files.createDirectories(images.resolve("train/plum"));
    Files.writeString(images.resolve("train/plum/photo.webp"), "no image");
    assertThatThrownBy(() -> load(4))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            images.resolve("train/plum") + ": found no images in 1 file, plum/photo.webp", "png");
  }

  @Test
  void readsTinyImageNetsOwnLayout() throws IOException {
    Digest ordinary = load(4).digest();
    Path tiny = temp.resolve("tiny");
    move("train/apple/2.png", tiny.resolve("train/apple/images/2.png"));
    move("train/apple/10.png", tiny.resolve("train/apple/images/10.png"));
    move("train/pear/a.png", tiny.resolve("train/pear/images/a.png"));
    move("train/pear/deep/b.png", tiny.resolve("train/pear/images/b.png"));
    move("test/pear/y.png", tiny.resolve("val/images/val_0.png"));
    move("test/apple/x.png", tiny.resolve("val/images/val_1.png"));
    Files.writeString(tiny.resolve("train/apple/apple_boxes.txt"), "2.png\t0\t0\t3\t3\n");
    Path annotations = tiny.resolve("val/val_annotations.txt");
    Files.writeString(annotations, "val_0.png\tpear\t0\t0\t3\t3\nval_1.png\tapple\t0\t0\t3\t3\n");
    Files.createDirectories(tiny.resolve("test/images"));
    Files.writeString(tiny.resolve("test/images/test_0.png"), "has no class");
    Files.writeString(tiny.resolve("wnids.txt"), "pear\napple\n");
    images = tiny;
    assertThat(load(4).digest()).isEqualTo(ordinary);
    for (String part : List.of("train", "val")) {
      assertThat(LabelledImages.in(tiny.resolve(part), CLASSES, Optional.empty()).warning())
          .isEmpty();
    }
    Files.writeString(tiny.resolve("val/images/val_2.png"), "has no line");
    assertThat(
            LabelledImages.in(tiny.resolve("val"), CLASSES, Optional.empty())
                .warning()
                .orElseThrow())
        .contains("1 file, images/val_2.png.");
    for (String wrong : List.of("val_2.png\tplum", "val_2.png", "val_0.png\tpear", "")) {
      Files.writeString(annotations, "val_0.png\tpear\nval_1.png\tapple\n" + wrong + "\n");
      assertThatThrownBy(() -> load(4))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(annotations + ":3: found \"" + wrong + "\"");
    }
    Files.writeString(annotations, "val_0.png\tpear\nval_9.png\tapple\n");
    assertThatThrownBy(() -> load(4))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(annotations.toString(), "1 images that are not in", "val_9.png");
  }

  @Test
  void greyImagesHaveOneChannelNormalisedByTheTrainingImages() throws IOException {
    Data rgb = load(4);
    Data grey =
        new ImageFolder(images.toString(), 4, Optional.of(3), Optional.empty(), Colour.GREY, labels)
            .load(kept);
    assertThat(grey.train().shape()).isEqualTo(new Shape(1, 4, 4));
    assertThat(grey.input()).isEqualTo(new Shape(1, 3, 3));
    assertThat(unsigned(bytes(grey.train()), 64)).startsWith(150).endsWith(0);
    assertThat(grey.normalisation()).isEqualTo(Colours.of(grey.train()));
    // Both are stored, neither in place of the other.
    assertThat(kept.entries).hasSize(4);
    assertThat(load(4).digest()).isEqualTo(rgb.digest());
    assertThatThrownBy(
            () ->
                new ImageFolder(
                    images.toString(),
                    4,
                    Optional.empty(),
                    Optional.of(ImageScale.TINY_IMAGENET),
                    Colour.GREY,
                    labels))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("normalisation", "found tiny-imagenet", "from-data or none");
  }

  @Test
  void namesClassesByTheirFolders() throws IOException {
    ImageFolder source = folder(4, Optional.empty());
    assertThat(source.load(kept).oddities(source))
        .hasSize(2)
        .allMatch(t -> t.contains("same number"));
    Files.delete(images.resolve("test/apple/x.png"));
    assertThat(source.load(kept).oddities(source))
        .anyMatch(t -> t.contains("test examples is of class pear"));
  }

  @Test
  void namesAFolderThatCannotBeRead() throws IOException {
    Path loop = images.resolve("train/pear/loop");
    Files.createSymbolicLink(loop, images.resolve("train"));
    assertThatThrownBy(() -> load(4))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("cannot be read (a link leads to a folder that contains it)");
  }

  @Test
  void decodesOnceAndAgainWhenAFileHasChanged() throws IOException {
    Digest first = load(4).train().digest();
    assertThat(kept.entries).hasSize(2);
    Map<String, Digest> origins = Map.copyOf(kept.origins);
    // The pixels come from the entry, not from the images.
    kept.entries.values().stream().filter(e -> e.length == 4 * 48).findFirst().get()[0] = 77;
    assertThat(unsigned(bytes(load(4).train()), 1)).containsExactly(77);
    Path image = images.resolve("train/apple/10.png");
    Files.setLastModifiedTime(image, FileTime.fromMillis(1_000_000));
    assertThat(load(4).train().digest()).isEqualTo(first);
    plain("train/apple/10.png", RED, 4, 4);
    assertThat(planes(load(4).train(), 0)).containsExactly(255, 0, 0);
    assertThat(kept.origins).hasSize(2).isNotEqualTo(origins);
    load(2);
    assertThat(kept.origins).hasSize(4);
  }

  @Test
  void namesABrokenImageAndKeepsNoPartOfIt() throws IOException {
    Path broken = images.resolve("train/pear/deep/b.png");
    byte[] png = Files.readAllBytes(broken);
    for (byte[] content :
        List.of("no image".getBytes(UTF_8), new byte[0], Arrays.copyOf(png, png.length / 2))) {
      Files.write(broken, content);
      assertThatThrownBy(() -> load(4))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll(broken.toString(), "cannot be decoded", "replace it");
    }
    assertThat(kept.entries).hasSize(1);
    assertThat(kept.entries.firstEntry().getValue()).hasSize(2 * 48);
  }

  @Test
  void namesAnEmptyClass() throws IOException {
    Files.createDirectories(images.resolve("train/plum"));
    assertThatThrownBy(() -> load(4))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(images.resolve("train/plum").toString(), "found no images");
  }

  @Test
  void namesATestClassThatIsNotTrained() throws IOException {
    plain("test/plum/1.png", RED, 4, 4);
    assertThatThrownBy(() -> load(4))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(images.resolve("test/plum").toString(), "not in train");
  }

  @Test
  void namesMissingParts() throws IOException {
    assertThatThrownBy(
            () ->
                new ImageFolder(
                        "nowhere",
                        4,
                        Optional.empty(),
                        Optional.of(ImageScale.NONE),
                        Colour.RGB,
                        labels)
                    .load(Prepared.inMemory()))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("nowhere", "train", "data.path");
    Files.move(images.resolve("test"), temp.resolve("elsewhere"));
    assertThatThrownBy(() -> load(4))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(images.toString(), "neither test nor val");
  }

  @Test
  void refusesADiskWithoutSpaceBeforeItDecodes() {
    Prepared full =
        new Prepared() {
          @Override
          public ByteBuffer get(String name, Digest origin, int length, Content content) {
            throw new AssertionError(name);
          }

          @Override
          public long free() {
            return 287;
          }
        };
    assertThatThrownBy(() -> folder(4, Optional.empty()).load(full))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            images.toString(),
            "6 images at 4 pixels need 288 bytes of disk, 287 bytes are free",
            "data.size");
  }

  @Test
  void readsImageNetsOwnLayout() throws IOException {
    Digest ordinary = load(4).digest();
    Path val = images.resolve("val");
    move("test/apple/x.png", val.resolve("ILSVRC2012_val_2.JPEG"));
    move("test/pear/y.png", val.resolve("ILSVRC2012_val_1.JPEG"));
    Files.delete(images.resolve("test/apple"));
    Files.delete(images.resolve("test/pear"));
    Files.writeString(images.resolve("test/ILSVRC2012_test_1.JPEG"), "has no class");
    assertThatThrownBy(() -> load(4))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(val + ": found images without classes", "data.val-labels");
    for (String lines :
        List.of(
            """
            ImageId,PredictionString
            ILSVRC2012_val_2,apple 1 2 3 4 apple 5 6 7 8
            ILSVRC2012_val_1,pear 1 2 3 4
            """,
            "ILSVRC2012_val_1.JPEG pear\r\nILSVRC2012_val_2.JPEG apple\r\n",
            "ILSVRC2012_val_2.JPEG\tapple\nILSVRC2012_val_1.JPEG\tpear",
            "pear\napple\n")) {
      assertThat(withLabels(lines).load(kept).digest()).isEqualTo(ordinary);
    }
    assertThatThrownBy(() -> withLabels("2\n1\n").load(kept))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(labels.get() + ":1: found \"2\"", "LOC_val_solution.csv");
    for (String wrong :
        List.of("ILSVRC2012_val_1,plum", "ILSVRC2012_val_9,pear", "ILSVRC2012_val_2 pear", "")) {
      String lines = "ILSVRC2012_val_2,apple\n" + wrong + "\nILSVRC2012_val_1,pear\n";
      assertThatThrownBy(() -> withLabels(lines).load(kept))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(labels.get() + ":2: found \"" + wrong + "\", allowed ");
    }
    assertThatThrownBy(() -> withLabels("ILSVRC2012_val_2,apple\n").load(kept))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(labels.get() + ": found no line for 1 of 2", "val_1.JPEG");
    assertThatThrownBy(() -> withLabels("pear\napple\npear\n").load(kept))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(labels.get() + ": found 3 lines for 2 images");
    plain("val/pear/1.png", RED, 4, 4);
    assertThatThrownBy(() -> withLabels("pear\napple\n").load(kept))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("val-labels", "found " + labels.get(), "remove the setting");
  }

  private ImageFolder withLabels(String lines) throws IOException {
    labels = Optional.of(Files.writeString(temp.resolve("labels.txt"), lines).toString());
    return folder(4, Optional.empty());
  }

  @Test
  void namesAClassByTheWordsOfImageNetToo() throws IOException {
    ImageFolder source = folder(4, Optional.empty());
    assertThat(source.className(1)).isEqualTo("pear");
    Files.writeString(images.resolve("LOC_synset_mapping.txt"), "apple fruit\npear tree, wood\n");
    assertThat(source.className(1)).isEqualTo("pear (tree, wood)");
  }

  @Test
  void namesAllBrokenImagesAndKeepsTheOtherPart() throws IOException {
    Path first = images.resolve("train/apple/2.png");
    Path second = images.resolve("train/pear/a.png");
    Files.writeString(first, "no image");
    Files.writeString(second, "no image");
    assertThatThrownBy(() -> load(4))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("2 images are broken: " + first, "; " + second);
    assertThat(kept.entries).hasSize(1);
    assertThat(kept.entries.firstEntry().getValue()).hasSize(2 * 48);
  }

  private void move(String from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.move(images.resolve(from), to);
  }

  private Data load(int size) throws IOException {
    return folder(size, Optional.empty()).load(kept);
  }

  private ImageFolder folder(int size, Optional<Integer> crop) {
    return new ImageFolder(
        images.toString(), size, crop, Optional.of(ImageScale.IMAGENET), Colour.RGB, labels);
  }

  private void plain(String name, int rgb, int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, rgb);
    }
    write(name, name.substring(name.lastIndexOf('.') + 1), image);
  }

  private void write(String name, String format, BufferedImage image) throws IOException {
    Path file = images.resolve(name);
    Files.createDirectories(file.getParent());
    assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
  }

  private static byte[] bytes(Examples examples) {
    ByteBuffer pixels = (ByteBuffer) examples.features().values();
    byte[] bytes = new byte[pixels.remaining()];
    pixels.get(bytes);
    return bytes;
  }

  private static int[] unsigned(byte[] bytes, int count) {
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = Byte.toUnsignedInt(bytes[i]);
    }
    return values;
  }

  /** The first pixel of each plane of an example. */
  private static int[] planes(Examples examples, int example) {
    byte[] bytes = bytes(examples);
    int plane = (int) examples.shape().size() / 3;
    int[] values = new int[3];
    for (int c = 0; c < 3; c++) {
      values[c] = Byte.toUnsignedInt(bytes[(example * 3 + c) * plane]);
    }
    return values;
  }
}
