// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Properties of data that no error hides, but that are rarely intended. */
final class Oddities {

  /** The share of test examples among the training examples that is reported. */
  private static final double OVERLAP = 0.1;

  /** The number of classes that a message names. */
  private static final int NAMED = 5;

  /** The number of values of a part that are read: more would take minutes. */
  private static final long MOST_READ = 1L << 31;

  private final Data data;
  private final DataSource source;
  private final List<String> found = new ArrayList<>();

  private Oddities(Data data, DataSource source) {
    this.data = data;
    this.source = source;
  }

  /** Returns a sentence for each oddity. */
  static List<String> of(Data data, DataSource source) throws IOException {
    Oddities oddities = new Oddities(data, source);
    Set<Integer> trained = new HashSet<>();
    oddities.add("training", data.train(), trained, false);
    oddities.add("validation", data.validation(), trained, true);
    oddities.add("test", data.test(), trained, true);
    return oddities.found;
  }

  private void add(String part, Examples examples, Set<Integer> trained, boolean held)
      throws IOException {
    if (examples.size() == 0) {
      return;
    }
    if (examples.isLabelled()) {
      addClasses(part, examples);
    }
    long each = examples.shape().size();
    int read = (int) Math.min(examples.size(), MOST_READ / each);
    int width = examples.type().getNumOfBytes();
    byte[] row = new byte[Math.toIntExact(each * width)];
    int constant = 0;
    int first = -1;
    int repeated = 0;
    for (int i = 0; i < read; i++) {
      examples.features().copyTo(ByteBuffer.wrap(row), i);
      int hash = Arrays.hashCode(row);
      boolean isConstant = Arrays.equals(row, width, row.length, row, 0, row.length - width);
      if (isConstant && each > 1) {
        first = constant == 0 ? i : first;
        constant++;
      }
      if (held) {
        repeated += trained.contains(hash) ? 1 : 0;
      } else {
        trained.add(hash);
      }
    }
    if (constant > 0) {
      add(
          constant
              + " of the "
              + read
              + (read < examples.size() ? " first " : " ")
              + part
              + " examples have the same number in all places; the first is example "
              + first
              + " of the part, counted from 0"
              + (examples.isLabelled()
                  ? ", of class " + source.className(examples.labels()[first])
                  : "")
              + ". Take away what is no example");
    }
    if (repeated >= OVERLAP * read && repeated > 0) {
      add(
          repeated
              + " of the "
              + read
              + (read < examples.size() ? " first " : " ")
              + part
              + " examples are training examples, too. Use other examples for "
              + part);
    }
  }

  private void addClasses(String part, Examples examples) throws IOException {
    boolean[] there = new boolean[data.classes()];
    int count = 0;
    for (int label : examples.labels()) {
      count += there[label] ? 0 : 1;
      there[label] = true;
    }
    if (count == 1) {
      add(
          "each of the "
              + examples.size()
              + " "
              + part
              + " examples is of class "
              + source.className(examples.labels()[0])
              + ". Add examples of another class");
    } else if (count < data.classes()) {
      List<String> names = new ArrayList<>();
      for (int label = 0; label < there.length && names.size() < NAMED; label++) {
        if (!there[label]) {
          names.add(source.className(label));
        }
      }
      int missing = data.classes() - count;
      add(
          "no "
              + part
              + " example is of class "
              + String.join(", ", names)
              + (missing > names.size() ? " and " + (missing - names.size()) + " more" : "")
              + ". Add examples, or take the class away");
    }
  }

  private void add(String sentence) {
    found.add(data.name() + ": " + sentence);
  }
}
