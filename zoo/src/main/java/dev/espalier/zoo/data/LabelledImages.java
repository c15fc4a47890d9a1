// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
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

  /**
   * An image. There may be more than a million.
   *
   * @param name its path in the folder of the part
   * @param bytes the size of its file
   * @param millis the time of its last change, in ms
   */
  record Entry(Path name, long bytes, long millis) {

    private static Entry of(Path name, BasicFileAttributes attributes) {
      return new Entry(name, attributes.size(), attributes.lastModifiedTime().toMillis());
    }
  }

  /** A file, and whether it is an image. */
  private record Found(Entry entry, boolean isImage) {

    Path name() {
      return entry.name();
    }
  }

  private final Path folder;
  private final List<List<Entry>> byClass = new ArrayList<>();
  private final List<Path> passedOver = new ArrayList<>();

  private LabelledImages(Path folder, List<String> classes) {
    this.folder = folder;
    classes.forEach(name -> byClass.add(new ArrayList<>()));
  }

  /**
   * Finds the images of a part, and logs the files that are passed over.
   *
   * @param folder the folder of the part, in any layout
   * @param classes the names of the classes, in order
   * @param labels the file of labels of images that are in no folder of a class
   * @throws IOException if a file cannot be read, if there is another class, or if there is no
   *     image
   */
  static LabelledImages in(Path folder, List<String> classes, Optional<Path> labels)
      throws IOException {
    LabelledImages images = new LabelledImages(folder, classes);
    if (labels.isPresent()) {
      images.addFlat(labels.get(), classes);
    } else if (isAnnotated(folder)) {
      images.addAnnotated(classes);
    } else {
      images.addByFolder(classes);
    }
    if (images.entries().isEmpty()) {
      throw images.empty(folder);
    }
    images.warning().ifPresent(LOG::warn);
    return images;
  }

  /** Returns whether a part has the layout of Tiny-ImageNet's validation part. */
  static boolean isAnnotated(Path folder) {
    return Files.isRegularFile(annotations(folder)) && Files.isDirectory(folder.resolve(IMAGES));
  }

  /**
   * Returns whether a part has images without classes: in no folder, as ImageNet's validation and
   * test parts, or in one called images, as Tiny-ImageNet's test part.
   */
  static boolean isUnlabelled(Path folder, List<String> classes) throws IOException {
    List<String> folders = classes(folder);
    if (isAnnotated(folder) || !(folders.isEmpty() || folders.equals(List.of(IMAGES)))) {
      return false;
    }
    return folders.isEmpty() ? hasImages(folder) : !classes.contains(IMAGES);
  }

  private static boolean hasImages(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.anyMatch(LabelledImages::isImage);
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
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

  /**
   * Returns the name of a class with its words in ImageNet's lists, if there is one.
   *
   * @param root the folder of the data set
   */
  static String words(Path root, String name) throws IOException {
    for (String list : List.of("LOC_synset_mapping.txt", "words.txt")) {
      Path file = root.resolve(list);
      if (Files.isRegularFile(file)) {
        String text = "\n" + new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        Matcher line = Pattern.compile("\n" + Pattern.quote(name) + "[ \t]+(.+)").matcher(text);
        if (line.find()) {
          return name + " (" + line.group(1).strip() + ")";
        }
      }
    }
    return name;
  }

  /** Returns a sentence about the files that are passed over, if there are any. */
  Optional<String> warning() {
    return passedOver.isEmpty()
        ? Optional.empty()
        : Optional.of(folder + ": passed over " + passedOver() + ". " + remedy());
  }

  /** Returns the folder of the part. */
  Path folder() {
    return folder;
  }

  /** Returns the images. */
  List<Entry> entries() {
    return byClass.stream().flatMap(List::stream).toList();
  }

  /** Returns the class of each image. */
  int[] labels() {
    return IntStream.range(0, byClass.size())
        .flatMap(label -> IntStream.generate(() -> label).limit(byClass.get(label).size()))
        .toArray();
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
    List<Path> tops = list();
    List<List<Found>> found = walk(tops);
    for (int i = 0; i < tops.size(); i++) {
      String first = tops.get(i).getFileName().toString();
      int label = Files.isDirectory(tops.get(i)) ? Collections.binarySearch(classes, first) : -1;
      for (Found file : found.get(i)) {
        if (label >= 0 && file.isImage()) {
          byClass.get(label).add(file.entry());
        } else if (!file.name().endsWith(first + "_boxes.txt")) {
          // Tiny-ImageNet has a file of boxes in each class.
          passedOver.add(file.name());
        }
      }
    }
  }

  private void addFlat(Path labels, List<String> classes) throws IOException {
    List<Entry> images = new ArrayList<>();
    for (Found file : walk(folder)) {
      if (file.name().getNameCount() == 1 && file.isImage()) {
        images.add(file.entry());
      } else {
        passedOver.add(file.name());
      }
    }
    if (images.isEmpty()) {
      throw empty(folder);
    }
    List<String> names = images.stream().map(image -> image.name().toString()).toList();
    int[] found = LabelFile.labels(labels, names, classes);
    for (int i = 0; i < found.length; i++) {
      byClass.get(found[i]).add(images.get(i));
    }
  }

  private void addAnnotated(List<String> classes) throws IOException {
    Map<String, Integer> labels = annotatedLabels(classes);
    for (Found file : walk(folder)) {
      Path name = file.name();
      boolean image = name.getNameCount() == 2 && name.startsWith(IMAGES) && file.isImage();
      Integer label = image ? labels.remove(name.getFileName().toString()) : null;
      if (label != null) {
        byClass.get(label).add(file.entry());
      } else if (!folder.resolve(name).equals(annotations(folder))) {
        passedOver.add(name);
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

  /** Returns the files and folders in the folder, in order. */
  private List<Path> list() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  /** Returns all files in each place; on a network, one place after the other would take long. */
  private List<List<Found>> walk(List<Path> places) throws IOException {
    try {
      return places.parallelStream()
          .map(
              place -> {
                try {
                  return walk(place);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Returns all files in a place, in order; one call of the system reads all facts of a file. */
  private List<Found> walk(Path place) throws IOException {
    List<Found> found = new ArrayList<>();
    try {
      Files.walkFileTree(
          place,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              // A broken link is no regular file.
              boolean isImage = attributes.isRegularFile() && isImage(file);
              found.add(new Found(Entry.of(folder.relativize(file), attributes), isImage));
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw unreadable(place, e);
    }
    found.sort(Comparator.comparing(Found::name));
    return found;
  }

  private static boolean isImage(Path file) {
    String path = file.toString();
    String name = path.substring(path.lastIndexOf(File.separatorChar) + 1);
    return !name.startsWith(".")
        && ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
  }

  private static IOException unreadable(Path place, IOException e) {
    return Unreadable.of(place, e, "mend that, or take it away");
  }
}
