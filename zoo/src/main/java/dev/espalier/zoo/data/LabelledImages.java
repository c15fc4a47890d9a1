// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The images in one part of a folder, class by class, and in the order of their paths. */
final class LabelledImages {

  /** The endings of formats that each Java reads; readers of others may decode other pixels. */
  private static final Set<String> ENDINGS =
      Set.of("jpg", "jpeg", "png", "gif", "bmp", "wbmp", "tif", "tiff");

  /** The folder of annotated images. */
  private static final String IMAGES = "images";

  /** The number of files that a message names. */
  private static final int NAMED = 5;

  private static final Logger LOG = LoggerFactory.getLogger(LabelledImages.class);

  private final Path folder;
  private final List<List<Path>> byClass = new ArrayList<>();
  private final List<Path> passedOver = new ArrayList<>();

  private LabelledImages(Path folder, List<String> classes) {
    this.folder = folder;
    classes.forEach(name -> byClass.add(new ArrayList<>()));
  }

  /**
   * Finds the images of a part, and logs the files that are passed over.
   *
   * @param folder the folder of the part, in either layout
   * @param classes the names of the classes, in order
   * @throws IOException if a file cannot be read, if there is another class, or if there is no
   *     image
   */
  static LabelledImages in(Path folder, List<String> classes) throws IOException {
    LabelledImages images = new LabelledImages(folder, classes);
    if (isAnnotated(folder)) {
      images.addAnnotated(classes);
    } else {
      images.addByFolder(classes);
    }
    if (images.files().isEmpty()) {
      throw images.empty(folder);
    }
    images.warning().ifPresent(LOG::warn);
    return images;
  }

  /** Returns whether a part has the layout of Tiny-ImageNet's validation part. */
  static boolean isAnnotated(Path folder) {
    return Files.isRegularFile(annotations(folder)) && Files.isDirectory(folder.resolve(IMAGES));
  }

  /** Returns whether a part has images without classes, as Tiny-ImageNet's test part. */
  static boolean isUnlabelled(Path folder, List<String> classes) throws IOException {
    return !isAnnotated(folder)
        && classes(folder).equals(List.of(IMAGES))
        && !classes.contains(IMAGES);
  }

  /** Returns the names of the folders in a folder that are not hidden, in order. */
  static List<String> classes(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isDirectory)
          .map(entry -> entry.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  /** Returns a sentence about the files that are passed over, if there are any. */
  Optional<String> warning() {
    return passedOver.isEmpty()
        ? Optional.empty()
        : Optional.of(folder + ": passed over " + passedOver() + ". " + remedy());
  }

  /** Returns the images. */
  List<Path> files() {
    return byClass.stream().flatMap(List::stream).toList();
  }

  /** Returns the class of each image. */
  int[] labels() {
    List<Integer> labels = new ArrayList<>();
    for (int label = 0; label < byClass.size(); label++) {
      labels.addAll(Collections.nCopies(byClass.get(label).size(), label));
    }
    return labels.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * Checks that each class has an image.
   *
   * @param classes the names of the classes
   */
  void requireEach(List<String> classes) throws IOException {
    for (int label = 0; label < classes.size(); label++) {
      if (byClass.get(label).isEmpty()) {
        throw empty(folder.resolve(classes.get(label)));
      }
    }
  }

  private IOException empty(Path place) {
    passedOver.removeIf(file -> !folder.resolve(file).startsWith(place));
    return new IOException(
        place
            + ": found no images"
            + (passedOver.isEmpty() ? "" : " in " + passedOver())
            + "; put some there or take the folder away. "
            + remedy());
  }

  private String passedOver() {
    List<String> names = passedOver.stream().limit(NAMED).map(Path::toString).toList();
    return passedOver.size()
        + (passedOver.size() == 1 ? " file, " : " files, ")
        + String.join(", ", names)
        + (passedOver.size() > NAMED ? " and " + (passedOver.size() - NAMED) + " more" : "");
  }

  private static String remedy() {
    return "Images are in the folder of a class, not hidden, and end with one of "
        + String.join(", ", ENDINGS.stream().sorted().toList())
        + ": convert or move others";
  }

  private void addByFolder(List<String> classes) throws IOException {
    for (String name : classes(folder)) {
      if (!classes.contains(name)) {
        throw new IOException(
            folder.resolve(name)
                + ": found a class that is not in train; allowed are its "
                + classes.size()
                + " classes");
      }
    }
    for (Path file : walk()) {
      String first = file.getName(0).toString();
      int label = file.getNameCount() == 1 ? -1 : Collections.binarySearch(classes, first);
      if (label >= 0 && isImage(file)) {
        byClass.get(label).add(folder.resolve(file));
      } else if (!file.endsWith(first + "_boxes.txt")) {
        // Tiny-ImageNet has a file of boxes in each class.
        passedOver.add(file);
      }
    }
  }

  private void addAnnotated(List<String> classes) throws IOException {
    Map<String, Integer> labels = annotatedLabels(classes);
    for (Path file : walk()) {
      boolean image = file.getNameCount() == 2 && file.startsWith(IMAGES) && isImage(file);
      Integer label = image ? labels.remove(file.getFileName().toString()) : null;
      if (label != null) {
        byClass.get(label).add(folder.resolve(file));
      } else if (!folder.resolve(file).equals(annotations(folder))) {
        passedOver.add(file);
      }
    }
    if (!labels.isEmpty()) {
      throw new IOException(
          annotations(folder)
              + ": found "
              + labels.size()
              + " images that are not in "
              + IMAGES
              + ", such as "
              + Collections.min(labels.keySet())
              + "; fetch the data set again");
    }
  }

  /** Reads the lines of annotations: the image, its class, and a box, separated by tabs. */
  private Map<String, Integer> annotatedLabels(List<String> classes) throws IOException {
    Path file = annotations(folder);
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    Map<String, Integer> labels = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String[] columns = lines.get(i).split("\t", 3);
      int label = columns.length < 2 ? -1 : Collections.binarySearch(classes, columns[1]);
      if (label < 0 || labels.put(columns[0], label) != null) {
        throw new IOException(
            file
                + ":"
                + (i + 1)
                + ": found \""
                + lines.get(i)
                + "\", allowed are an image, a tab and a class of train; an image has one line");
      }
    }
    return labels;
  }

  private static Path annotations(Path folder) {
    return folder.resolve(folder.getFileName() + "_annotations.txt");
  }

  /** Returns all files in the folder, relative to it, in order. */
  private List<Path> walk() throws IOException {
    try (Stream<Path> entries = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
      return entries
          .filter(entry -> !Files.isDirectory(entry))
          .map(folder::relativize)
          .sorted()
          .toList();
    } catch (UncheckedIOException e) {
      throw unreadable(folder, e.getCause());
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  private boolean isImage(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return !name.startsWith(".")
        && ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1))
        && Files.isRegularFile(folder.resolve(file));
  }

  private static IOException unreadable(Path place, IOException e) {
    return Unreadable.of(place, e, "mend that, or take it away");
  }
}
