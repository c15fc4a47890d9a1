// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.LanguageModelling;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.data.Rows;
import dev.espalier.api.data.Tokenizer;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apiguardian.api.API;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A text for language modelling: a file of UTF-8, or all {@code .txt} files in a folder, one after
 * the other in the order of their paths. Without a path it is the bundled novel <em>Persuasion</em>
 * by Jane Austen (1818).
 *
 * <p>The end of the text is the test part. Each part is cut into windows of {@code length} tokens
 * that do not overlap; the target of a token is the next one. The last window of a part may be
 * shorter. It is filled up with token 0, and there targets are {@link LanguageModelling#PADDING},
 * which does not count.
 *
 * <p>The vocabulary is made from the training part. Characters and words that occur only in the
 * test part are one token, {@code unknown}. A line in {@code run.log} has their number, and the
 * unigram entropy of the test part, {@link LanguageModelling#unigramEntropy}: a model that has
 * learnt from context has fewer bits per token.
 *
 * @param path the file or folder; if empty, the bundled text
 * @param tokens the division into tokens
 * @param length the number of tokens of a window
 * @param test the share of the characters that is the test part
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Text(
    @Setting(
            "file of UTF-8, or folder of .txt files in the order of their paths; by default the"
                + " bundled text")
        Optional<String> path,
    @Setting(value = "division into tokens", defaults = "characters") Tokenizer tokens,
    @Setting(
            value = "tokens of an example, which the network reads at once",
            defaults = "128",
            range = "[1, inf)")
        int length,
    @Setting(
            value = "share of the characters, at the end of the text, that is the test part",
            defaults = "0.1",
            range = "(0, 1)")
        double test)
    implements DataSource {

  /** The bundled text in the resources. */
  static final String BUNDLED = "text/persuasion.txt.gz";

  private static final Logger LOG = LoggerFactory.getLogger(Text.class);

  /** Creates the data source and checks the ranges. */
  public Text {
    Ranges.check(Text.class, path, tokens, length, test);
  }

  @Override
  public Data load(Prepared prepared) throws IOException {
    Parts parts = read();
    Tokenizer.Vocabulary vocabulary = tokens.vocabulary(List.of(parts.train));
    Examples train = windows("training", vocabulary.encode(parts.train));
    Examples tested = windows("test", vocabulary.encode(parts.test));
    Data data =
        new Data(
            "text",
            train,
            train.take(),
            tested,
            Inputs.ofTokens(length, vocabulary.size()),
            vocabulary.size(),
            new LanguageModelling(),
            Optional.empty());
    log(data, vocabulary);
    return data;
  }

  /** Returns the text of a token. */
  @Override
  public String className(int label) throws IOException {
    return tokens.vocabulary(List.of(read().train)).name(label);
  }

  private void log(Data data, Tokenizer.Vocabulary vocabulary) {
    String unknown = "";
    if (vocabulary instanceof Known) {
      int[] targets = data.test().targets().ints();
      unknown =
          ", %d of %d test tokens unknown"
              .formatted(
                  Arrays.stream(targets).filter(token -> token == 0).count(),
                  Arrays.stream(targets)
                      .filter(token -> token != LanguageModelling.PADDING)
                      .count());
    }
    LOG.info(
        "text: {} different tokens, {} training and {} test windows of {}{}, unigram entropy {} bits"
            + " per token",
        vocabulary.size(),
        data.train().size(),
        data.test().size(),
        length,
        unknown,
        String.format(Locale.ROOT, "%.3f", LanguageModelling.unigramEntropy(data)));
  }

  private record Parts(String train, String test) {}

  private Parts read() throws IOException {
    String text = path.isEmpty() ? bundled() : read(Path.of(path.get()));
    int cut = (int) Math.round(text.length() * (1 - test));
    if (cut > 0 && cut < text.length() && Character.isLowSurrogate(text.charAt(cut))) {
      cut--;
    }
    return new Parts(text.substring(0, cut), text.substring(cut));
  }

  private static String read(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return TextFile.read(path);
    }
    StringBuilder all = new StringBuilder();
    for (Path file : TextFile.in(path)) {
      all.append(TextFile.read(file));
    }
    return all.toString();
  }

  private static String bundled() throws IOException {
    try (InputStream in = Text.class.getResourceAsStream(BUNDLED)) {
      DataFiles.Content content = DataFiles.read(BUNDLED, in);
      return TextFile.decode(content.file(), content.bytes());
    }
  }

  private Examples windows(String part, int... text) {
    if (text.length <= length) {
      throw new RefusedException(
          "length",
          length + " with a " + part + " part of " + text.length + " tokens",
          "less than the tokens of each part",
          "Use a longer text, or shorter windows");
    }
    int windows = (text.length - 2) / length + 1;
    int[] inputs = new int[windows * length];
    int[] targets = new int[windows * length];
    Arrays.fill(targets, LanguageModelling.PADDING);
    System.arraycopy(text, 0, inputs, 0, text.length - 1);
    System.arraycopy(text, 1, targets, 0, text.length - 1);
    Shape shape = new Shape(length);
    return new Examples(Rows.ofInts(inputs, shape), Rows.ofInts(targets, shape));
  }
}
