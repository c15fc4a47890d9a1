// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.data.RandomResizedCrop;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * Images in folders: {@code train/<class>/...} and {@code test/<class>/...}, or {@code val} in
 * place of {@code test}; where there are both, {@code val} is the validation part. Classes are
 * numbered in the order of their names. Images have any format and size that Java's ImageIO reads,
 * at any depth below the folder of a class. Files with other name endings are ignored. Grey images
 * become three equal colours; transparency and the orientation in EXIF are ignored.
 *
 * <p>Each image is resized until its shorter side is {@code size} pixels, and cut to its central
 * square. The bytes of shape (3, size, size) are stored in one file for each part. This happens
 * when the folder is first used or has changed (names, sizes and times of its files). The stored
 * file is mapped into memory; a part can have 2 GB. By default, training images are cropped to
 * random rectangles of a fifth of the area or more and mirrored at random. This is the augmentation
 * of knowledge evolution (Taha, Shrivastava and Davis, CVPR 2021, arXiv:2103.05152).
 *
 * @param path the folder that contains {@code train}
 * @param size the side of the stored square, in pixels
 * @param crop the side of the network's input, in pixels: in tests the centre; the whole square if
 *     empty
 * @param normalisation the normalisation of a pixel
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
                "mean and standard deviation of each colour; from-data: those of the"
                    + " training images; none: x / 255",
            defaults = "imagenet")
        ImageScale normalisation)
    implements DataSource {

  private static final List<Augmentation> STANDARD =
      List.of(new RandomResizedCrop(0.2, 1), new Flip(0.5));

  /** Creates the data source and checks the ranges. */
  public ImageFolder {
    Ranges.check(ImageFolder.class, path, size, crop, normalisation);
    if (crop.orElse(size) > size) {
      throw new RefusedException("crop", crop.get(), "at most size, " + size);
    }
  }

  @Override
  public Data load(Prepared prepared) throws IOException {
    Path folder = Path.of(path);
    Path trainFolder = folder.resolve("train");
    if (!Files.isDirectory(trainFolder)) {
      throw new IOException(
          trainFolder + ": found no such folder; set data.path to a folder with train in it");
    }
    boolean test = Files.isDirectory(folder.resolve("test"));
    boolean val = Files.isDirectory(folder.resolve("val"));
    if (!test && !val) {
      throw new IOException(
          folder
              + ": found neither test nor val; results are reported on a test part: move some"
              + " images of each class to test/<class>");
    }
    List<String> classes = classes(trainFolder);
    for (String name : classes) {
      // Before any image is decoded.
      if (images(trainFolder.resolve(name)).isEmpty()) {
        throw new IOException(
            trainFolder.resolve(name)
                + ": found no images; put some there or take the folder away");
      }
    }
    Examples train = part(trainFolder, classes, prepared);
    Shape stored = train.shape();
    int side = crop.orElse(size);
    return new Data(
        "image-folder",
        train,
        test && val
            ? part(folder.resolve("val"), classes, prepared)
            : Examples.ofBytes(ByteBuffer.allocate(0), stored),
        part(folder.resolve(test ? "test" : "val"), classes, prepared),
        normalisation.of(train),
        classes.size(),
        STANDARD,
        new Shape(3, side, side));
  }

  private Examples part(Path folder, List<String> classes, Prepared prepared) throws IOException {
    for (String name : classes(folder)) {
      if (!classes.contains(name)) {
        throw new IOException(
            folder.resolve(name)
                + ": found a class that is not in train; allowed are its "
                + classes.size()
                + " classes");
      }
    }
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (String name : classes) {
      if (Files.isDirectory(folder.resolve(name))) {
        List<Path> images = images(folder.resolve(name));
        files.addAll(images);
        images.forEach(image -> labels.add(classes.indexOf(name)));
      }
    }
    if (files.isEmpty()) {
      throw new IOException(folder + ": found no images; put some into a folder per class");
    }
    return Examples.ofBytes(
        new PackedImages(folder, files, size).pixels(prepared),
        new Shape(3, size, size),
        labels.stream().mapToInt(Integer::intValue).toArray());
  }

  private static List<String> classes(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isDirectory)
          .map(entry -> entry.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    }
  }

  private static List<Path> images(Path folder) throws IOException {
    try (Stream<Path> entries = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
      return entries.filter(PackedImages::isImage).sorted().toList();
    } catch (UncheckedIOException e) {
      throw new IOException(
          folder + ": cannot be read (" + e.getCause() + "); repair it or take it away", e);
    }
  }
}
