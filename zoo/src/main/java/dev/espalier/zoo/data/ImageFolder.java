// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.data.RandomResizedCrop;
import dev.espalier.api.data.Rows;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images in folders: {@code train/<class>/...} and {@code test/<class>/...}, or {@code val} in
 * place of {@code test}; where there are both, {@code val} is the validation part. Classes are
 * numbered in the order of their names. Images are at any depth below the folder of a class, of any
 * size, in a file of JPEG, PNG, GIF, BMP, WBMP or TIFF, whose first picture is taken. Other files
 * are counted and named in a warning.
 *
 * <p>Tiny-ImageNet's own layout is read, too: {@code val/images} with {@code val_annotations.txt}.
 * ImageNet's validation images are in folders of classes, or all in {@code val} with a file in
 * {@code val-labels}. A {@code test} that has no classes, as in both, is ignored.
 *
 * <p>Samples of 16 bits are scaled to 255. Samples of 32 bits or more must be from 0 to 255. CMYK
 * becomes RGB without a profile. Colour profiles, transparency and the orientation in EXIF are
 * ignored, as in torchvision. Layouts without a known meaning, such as LAB, are refused.
 *
 * <p>Each image is resized until its shorter side is {@code size} pixels, and cut to its central
 * square. The bytes of shape (channels, size, size) are stored in files of up to 256 MiB, which are
 * mapped into memory. Several threads decode the images when the folder is first used. Files that
 * are finished are kept if this is ended. A file is decoded again if the names, sizes or times of
 * its images have changed, and so are all after it if an image was added or taken away.
 *
 * <p>By default, training images are cropped to random rectangles of 8 % of the area or more and
 * mirrored at random. This is the augmentation of knowledge evolution (Taha, Shrivastava and Davis,
 * CVPR 2021, arXiv:2103.05152). The rectangles lie in the stored square. Those of torchvision lie
 * in the original image, so that they may reach its margins and have more pixels.
 *
 * @param path the folder that contains {@code train}
 * @param size the side of the stored square, in pixels
 * @param crop the side of the network's input, in pixels: in tests the centre; the whole square if
 *     empty
 * @param normalisation the normalisation of a pixel; if empty, that of ImageNet, or for grey that
 *     of the training images
 * @param colour the channels of an image
 * @param valLabels the file of labels of a {@code val} without folders of classes
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record ImageFolder(
    @Setting("folder that contains train/<class>/ and test/<class>/ (or val/<class>/)") String path,
    @Setting(
            value = "shorter side of a resized image in pixels; its central square is stored",
            range = "[1, 4096]")
        int size,
    @Setting(
            value =
                "side of the network's input in pixels: the centre when testing; by"
                    + " default the whole square",
            range = "[1, 4096]")
        Optional<Integer> crop,
    @Setting(
            value =
                "mean and standard deviation of each channel; from-data: those of the"
                    + " training images; none: x / 255; by default imagenet, for grey from-data")
        Optional<ImageScale> normalisation,
    @Setting(value = "rgb: three channels; grey: one, the luma of colours", defaults = "rgb")
        Colour colour,
    @Setting(
            "file of the labels of images in val/ itself, such as ImageNet's"
                + " LOC_val_solution.csv. Lines are an image and its class, or a class alone in the"
                + " order of the images")
        Optional<String> valLabels)
    implements DataSource {

  private static final Logger LOG = LoggerFactory.getLogger(ImageFolder.class);

  private static final List<Augmentation> STANDARD =
      List.of(new RandomResizedCrop(0.08, 1), new Flip(0.5));

  /** Creates the data source and checks the ranges. */
  public ImageFolder {
    Ranges.check(ImageFolder.class, path, size, crop, normalisation, colour, valLabels);
    if (crop.orElse(size) > size) {
      throw new RefusedException("crop", crop.get(), "at most size, " + size);
    }
    if (colour == Colour.GREY && normalisation.filter(ImageScale::isOfColours).isPresent()) {
      throw new RefusedException(
          "normalisation",
          Names.word(normalisation.get()) + ", which has three colours",
          "from-data or none for grey");
    }
  }

  @Override
  public Data load(Prepared prepared) throws IOException {
    List<String> classes = LabelledImages.classes(train());
    Path test = Path.of(path, "test");
    Path val = Path.of(path, "val");
    boolean hasVal = Files.isDirectory(val);
    boolean hasTest = Files.isDirectory(test);
    if (hasTest && hasVal && LabelledImages.isUnlabelled(test, classes)) {
      LOG.warn("{}: ignored, because its images have no classes; results are those of val", test);
      hasTest = false;
    }
    if (!hasTest && !hasVal) {
      throw new IOException(
          path
              + ": found neither test nor val; results are reported on a test part: move some"
              + " images of each class to test/<class>");
    }
    Optional<Path> labels = valLabels(val, hasVal, classes);
    // All files are listed before the first image is decoded.
    LabelledImages trained = LabelledImages.in(train(), classes, Optional.empty());
    trained.requireEach(classes);
    List<LabelledImages> parts = new ArrayList<>(List.of(trained));
    if (hasTest) {
      parts.add(LabelledImages.in(test, classes, Optional.empty()));
    }
    if (hasVal) {
      parts.add(LabelledImages.in(val, classes, labels));
    }
    List<Examples> decoded = decode(parts, prepared);
    Examples train = decoded.get(0);
    Normalisation scale =
        normalisation
            .orElse(colour == Colour.RGB ? ImageScale.IMAGENET : ImageScale.FROM_DATA)
            .of(train);
    int side = crop.orElse(size);
    Shape input = new Shape(colour.channels(), side, side);
    return new Data(
            "image-folder",
            train,
            hasTest && hasVal
                ? decoded.get(2)
                : Examples.ofBytes(ByteBuffer.allocate(0), train.shape()),
            decoded.get(1),
            scale,
            classes.size())
        .withInputs(new Inputs(input, scale, STANDARD, 0));
  }

  @Override
  public String className(int label) throws IOException {
    return LabelledImages.words(Path.of(path), LabelledImages.classes(train()).get(label));
  }

  private Path train() throws IOException {
    Path train = Path.of(path, "train");
    if (!Files.isDirectory(train)) {
      throw new IOException(
          train + ": found no such folder; set data.path to a folder with train in it");
    }
    return train;
  }

  /** Returns the file of labels, and refuses one that is missing or of no use. */
  private Optional<Path> valLabels(Path val, boolean hasVal, List<String> classes)
      throws IOException {
    boolean isFlat = hasVal && LabelledImages.isUnlabelled(val, classes);
    if (valLabels.isPresent() && !isFlat) {
      throw new RefusedException(
          "val-labels",
          valLabels.get(),
          "a file for images that are in " + val + " itself",
          hasVal ? "There are folders of classes: remove the setting" : "There is no such folder");
    }
    if (isFlat && valLabels.isEmpty()) {
      throw new IOException(
          val
              + ": found images without classes; set data.val-labels to the file of their labels,"
              + " or move each to the folder of its class");
    }
    return valLabels.map(Path::of);
  }

  private List<Examples> decode(List<LabelledImages> images, Prepared prepared) throws IOException {
    List<List<PackedImages.Part>> parts = new ArrayList<>();
    for (LabelledImages some : images) {
      parts.add(new PackedImages(some.folder(), some.entries(), size, colour).parts(prepared));
    }
    List<List<ByteBuffer>> pixels =
        Decoding.pixels(parts, prepared, Runtime.getRuntime().availableProcessors());
    List<Examples> decoded = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      Shape shape = new Shape(colour.channels(), size, size);
      Optional<Digest> digest = PackedImages.digest(parts.get(i), pixels.get(i), prepared);
      Rows rows = Rows.ofBytes(pixels.get(i), shape, digest);
      decoded.add(new Examples(rows, Rows.ofInts(images.get(i).labels(), new Shape())));
    }
    return decoded;
  }
}
