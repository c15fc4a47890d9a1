// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.data.Rows;
import dev.espalier.api.data.Tokenizer;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * Texts with classes: a file of lines {@code class<TAB>text} of UTF-8, or a folder with {@code
 * train/<class>/...} and {@code test/<class>/...}, whose {@code .txt} files are one text each.
 * Classes are those of the training texts, in the order of their names.
 *
 * <p>Examples are {@code length} tokens. Token 0 is padding, which fills up shorter texts at their
 * end; the tokens of the tokenizer are one more than their number there.
 *
 * @param path the file or folder
 * @param test the share of test texts, whose draw is the same for every experiment, or a file of
 *     test texts; a folder in {@code path} has them
 * @param tokens the division into tokens
 * @param length the number of tokens of an example
 * @param longer what happens to longer texts
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record TextClassification(
    @Setting(
            "file of lines class<TAB>text, or folder that contains train/<class>/ and"
                + " test/<class>/ with .txt files")
        String path,
    @Setting(
            value =
                "if path is a file: share of texts that are drawn for the test part, the same in"
                    + " every experiment; or a file of test texts",
            defaults = "0.2")
        String test,
    @Setting(value = "division into tokens", defaults = "words") Tokenizer tokens,
    @Setting(value = "tokens of an example", defaults = "128", range = "[1, inf)") int length,
    @Setting(
            value = "refuse: longer texts are refused; cut: their first tokens are read",
            defaults = "refuse")
        Longer longer)
    implements DataSource {

  /** What happens to texts of more tokens than an example has. */
  public enum Longer {
    /** They are refused. */
    REFUSE,
    /** Their first tokens are read. */
    CUT
  }

  /** Creates the data source and checks the ranges. */
  public TextClassification {
    Ranges.check(TextClassification.class, path, test, tokens, length, longer);
    TestPart.share(test);
  }

  /**
   * A text.
   *
   * @param place its file, and its line if it is not the whole file
   * @param name the name of its class
   * @param text the text
   */
  private record Labelled(String place, String name, String text) {}

  private record Parts(List<Labelled> train, List<Labelled> test) {

    List<String> classes() {
      return List.copyOf(new TreeSet<>(train.stream().map(Labelled::name).toList()));
    }
  }

  @Override
  public Data load(Prepared prepared) throws IOException {
    Parts parts = read();
    List<String> classes = parts.classes();
    Faults faults = new Faults();
    parts.test.stream()
        .filter(text -> !classes.contains(text.name))
        .forEach(text -> faults.add(text.place + ": " + text.name));
    faults.require(
        path,
        "a training text of the class of each test text",
        "add training texts of the class, or remove these texts");
    Tokenizer.Vocabulary vocabulary =
        tokens.vocabulary(parts.train.stream().map(Labelled::text).toList());
    List<Labelled> all = Stream.concat(parts.train.stream(), parts.test.stream()).toList();
    List<int[]> encoded = encode(all, vocabulary);
    int split = parts.train.size();
    Examples train = examples(parts.train, encoded.subList(0, split), classes);
    return new Data(
        "text-classification",
        train,
        train.take(),
        examples(parts.test, encoded.subList(split, encoded.size()), classes),
        Inputs.ofTokens(length, vocabulary.size() + 1),
        classes.size(),
        new Classification(),
        Optional.empty());
  }

  @Override
  public String className(int label) throws IOException {
    return read().classes().get(label);
  }

  private Parts read() throws IOException {
    OptionalDouble share = TestPart.share(test);
    Path place = Path.of(path);
    if (Files.isDirectory(place)) {
      if (share.isEmpty()) {
        throw new RefusedException(
            "test", test, "no file, as the folder in path has its test texts in test/");
      }
      return new Parts(folder(place.resolve("train")), folder(place.resolve("test")));
    }
    List<Labelled> all = lines(path);
    if (share.isEmpty()) {
      return new Parts(all, lines(test));
    }
    if (all.size() < 2) {
      throw new IOException(
          path + ": expected at least 2 texts, found " + all.size() + "; add texts");
    }
    TestPart split = TestPart.draw(all.size(), share.getAsDouble());
    return new Parts(
        split.train().stream().map(all::get).toList(),
        split.test().stream().map(all::get).toList());
  }

  private static List<Labelled> folder(Path part) throws IOException {
    if (!Files.isDirectory(part)) {
      throw new IOException(
          part
              + ": found no such folder; set data.path to a folder with train/<class>/ and"
              + " test/<class>/, or to a file of lines class<TAB>text");
    }
    List<String> names = LabelledImages.classes(part);
    if (names.isEmpty()) {
      throw new IOException(part + ": expected a folder for each class, found none; make them");
    }
    List<Labelled> texts = new ArrayList<>();
    for (String name : names) {
      for (Path file : TextFile.in(part.resolve(name))) {
        texts.add(new Labelled(file.toString(), name, TextFile.read(file)));
      }
    }
    return texts;
  }

  private static List<Labelled> lines(String file) throws IOException {
    List<Labelled> texts = new ArrayList<>();
    Faults faults = new Faults();
    int line = 0;
    for (String content : TextFile.read(Path.of(file)).split("\r?\n", -1)) {
      line++;
      int tab = content.indexOf('\t');
      if (content.isEmpty()) {
        continue;
      }
      if (tab < 1 || content.substring(tab + 1).isBlank()) {
        faults.add(
            "line "
                + line
                + (tab < 0 ? ": no tab" : tab == 0 ? ": no class" : ": no text after the tab"));
      } else {
        texts.add(
            new Labelled(
                file + ":" + line, content.substring(0, tab).strip(), content.substring(tab + 1)));
      }
    }
    faults.require(file, "lines class<TAB>text", "mend or remove these lines");
    if (texts.isEmpty()) {
      throw new IOException(file + ": expected lines class<TAB>text, found blank lines; add texts");
    }
    return texts;
  }

  private List<int[]> encode(List<Labelled> texts, Tokenizer.Vocabulary vocabulary)
      throws IOException {
    List<int[]> encoded = texts.stream().map(text -> vocabulary.encode(text.text)).toList();
    Faults empty = new Faults();
    Faults beyond = new Faults();
    int longest = 0;
    for (int i = 0; i < encoded.size(); i++) {
      int size = encoded.get(i).length;
      longest = Math.max(longest, size);
      if (size == 0) {
        empty.add(texts.get(i).place);
      }
      if (size > length) {
        beyond.add(texts.get(i).place + " of " + size + " tokens");
      }
    }
    empty.require(path, "texts of one token or more", "remove the texts without tokens");
    if (longer == Longer.REFUSE && !beyond.isEmpty()) {
      throw new RefusedException(
          "length",
          length + " with longer texts: " + beyond,
          "at least " + longest,
          "Or set longer = cut, which reads the first tokens of longer texts");
    }
    return encoded;
  }

  private Examples examples(List<Labelled> texts, List<int[]> encoded, List<String> classes) {
    int[] inputs = new int[texts.size() * length];
    int[] labels = new int[texts.size()];
    for (int i = 0; i < texts.size(); i++) {
      int[] text = encoded.get(i);
      for (int place = 0; place < Math.min(length, text.length); place++) {
        inputs[i * length + place] = text[place] + 1;
      }
      labels[i] = classes.indexOf(texts.get(i).name);
    }
    return new Examples(Rows.ofInts(inputs, new Shape(length)), Rows.ofInts(labels, new Shape()));
  }
}
