// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file with the classes of images that are in one folder. Its lines are an image, a comma, a tab
 * or a space, and its class, as in ImageNet's {@code LOC_val_solution.csv}; the rest of a line and
 * a header are ignored. Images may be without their ending. Or each line is a class alone, in the
 * order of the names of the images.
 */
final class LabelFile {

  /** The separator is a comma or a tab, if there is one, because names may have spaces. */
  private static final Pattern NAMED = Pattern.compile("([^,\t]+?)\\s*[,\t]\\s*(.+)|(\\S+) +(.+)");

  private static final int NONE = -1;
  private static final int AMBIGUOUS = -2;

  private final Path file;
  private final List<String> lines;
  private final List<String> images;
  private final List<String> classes;

  private LabelFile(Path file, List<String> lines, List<String> images, List<String> classes) {
    this.file = file;
    this.lines = lines;
    this.images = images;
    this.classes = classes;
  }

  /**
   * Reads the class of each image.
   *
   * @param images the names of the images, in order
   * @param classes the names of the classes, in order
   * @return the label of each image
   * @throws IOException if a line has another form, with its number, or if an image has no line
   */
  static int[] labels(Path file, List<String> images, List<String> classes) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file).stream().map(String::strip).toList();
    } catch (IOException e) {
      throw Unreadable.of(file, e, "set data.val-labels to a file of labels");
    }
    LabelFile labels = new LabelFile(file, lines, images, classes);
    boolean isOrdered =
        lines.stream().allMatch(line -> labels.isClass(line) || !NAMED.matcher(line).matches());
    return isOrdered ? labels.ordered() : labels.named();
  }

  private int[] ordered() throws IOException {
    int[] labels = new int[images.size()];
    for (int i = 0; i < lines.size(); i++) {
      if (!isClass(lines.get(i))) {
        throw problem(i);
      }
      if (i < labels.length) {
        labels[i] = Collections.binarySearch(classes, lines.get(i));
      }
    }
    if (lines.size() != labels.length) {
      throw new IOException(
          file
              + ": found "
              + lines.size()
              + " lines for "
              + labels.length
              + " images, allowed is one line for each; use the file of these images");
    }
    return labels;
  }

  private int[] named() throws IOException {
    Map<String, Integer> places = places();
    int[] labels = new int[images.size()];
    Arrays.fill(labels, NONE);
    for (int i = 0; i < lines.size(); i++) {
      Matcher line = NAMED.matcher(lines.get(i));
      boolean isNamed = line.matches();
      boolean hasSpace = isNamed && line.group(1) == null;
      String image = isNamed ? line.group(hasSpace ? 3 : 1) : "";
      int place = places.getOrDefault(image, NONE);
      int label = isNamed ? label(line.group(hasSpace ? 4 : 2)) : NONE;
      if (i == 0 && isNamed && place == NONE && label == NONE) {
        continue; // a header
      }
      if (place < 0 || label == NONE || labels[place] != NONE) {
        throw problem(i);
      }
      labels[place] = label;
    }
    long missing = Arrays.stream(labels).filter(label -> label == NONE).count();
    if (missing > 0) {
      int first = 0;
      while (labels[first] != NONE) {
        first++;
      }
      throw new IOException(
          file
              + ": found no line for "
              + missing
              + " of "
              + images.size()
              + " images, such as "
              + images.get(first)
              + "; add their lines, or take the images away");
    }
    return labels;
  }

  /** Returns the place of each image, by its name and by its name without the ending. */
  private Map<String, Integer> places() {
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < images.size(); i++) {
      String name = images.get(i);
      places.merge(name.substring(0, name.lastIndexOf('.')), i, (a, b) -> AMBIGUOUS);
    }
    for (int i = 0; i < images.size(); i++) {
      places.put(images.get(i), i);
    }
    return places;
  }

  private boolean isClass(String text) {
    return Collections.binarySearch(classes, text) >= 0;
  }

  /** Returns the class at the beginning of a text. */
  private int label(String text) {
    String name = isClass(text) ? text : text.split("[,\t ]", 2)[0];
    return isClass(name) ? Collections.binarySearch(classes, name) : NONE;
  }

  private IOException problem(int line) {
    String found = lines.get(line);
    return new IOException(
        file
            + ":"
            + (line + 1)
            + ": found \""
            + found
            + "\", allowed are an image of val, a comma or a space, and a class of train, or a class"
            + " alone; an image has one line"
            + (found.matches("[0-9]+")
                ? ". Numbers of ImageNet's development kit are not classes; use LOC_val_solution.csv"
                : ""));
  }
}
