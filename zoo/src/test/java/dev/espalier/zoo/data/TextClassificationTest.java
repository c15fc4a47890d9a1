// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.data.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextClassificationTest {

  private static final Tokenizer WORDS = new Words(100);

  @TempDir private Path folder;

  private Path write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  private static TextClassification source(Path path, Path test, int length) {
    return new TextClassification(
        path.toString(),
        test == null ? "0.25" : test.toString(),
        WORDS,
        length,
        TextClassification.Longer.REFUSE);
  }

  private static Data load(Path path, Path test, int length) throws IOException {
    return source(path, test, length).load(Prepared.inMemory());
  }

  @Test
  void shorterTextsArePaddedWithToken0() throws IOException {
    Path train = write("train.tsv", "spam\tbuy now buy\r\nham\thello\t\n");
    Path test = write("test.tsv", "ham\thello you");
    Data data = load(train, test, 4);
    assertThat(data.input()).isEqualTo(new Shape(4));
    // The words buy, hello and now, after padding and the unknown word.
    assertThat(data.inputs().vocabulary()).isEqualTo(5);
    assertThat(data.train().features().ints()).containsExactly(2, 4, 2, 0, 3, 0, 0, 0);
    assertThat(data.train().labels()).containsExactly(1, 0);
    assertThat(data.test().features().ints()).containsExactly(3, 1, 0, 0);
    assertThat(source(train, test, 4).className(1)).isEqualTo("spam");
  }

  @Test
  void aFolderHasAFolderForEachClass() throws IOException {
    write("train/good/1.txt", "fine\nday");
    write("train/bad/1.txt", "rain");
    write("test/bad/x/2.txt", "fine rain");
    Data data = load(folder, null, 2);
    assertThat(data.train().labels()).containsExactly(0, 1);
    assertThat(data.train().features().ints()).containsExactly(4, 0, 3, 2);
    assertThat(data.test().labels()).containsExactly(0);
  }

  @Test
  void withoutATestFileAShareIsDrawnTheSameEachTime() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      lines.append(i % 2 == 0 ? "even\t" : "odd\t").append("word").append(i).append('\n');
    }
    Data data = load(write("all.tsv", lines.toString()), null, 2);
    assertThat(data.train().size()).isEqualTo(30);
    assertThat(data.test().size()).isEqualTo(10);
  }

  @Test
  void linesOfAnotherFormAreNamedTogether() throws IOException {
    Path file = write("bad.tsv", "a\tx\nno tab\n\n\ttext\nb\t \n");
    assertThatThrownBy(() -> load(file, null, 2))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file
                + ": expected lines class<TAB>text, found line 2: no tab; line 4: no class; line 5:"
                + " no text after the tab; mend or remove these lines");
  }

  @Test
  void longerTextsAreRefusedWithTheirPlaces() throws IOException {
    Path file = write("long.tsv", "a\tone two three\nb\tone\na\tone two three four\n");
    Path test = write("test.tsv", "a\tone\nb\tone two three four five\n");
    assertThatThrownBy(() -> load(file, test, 2))
        .hasMessage(
            "length: found 2 with longer texts: "
                + file
                + ":1 of 3 tokens; "
                + file
                + ":3 of 4 tokens; "
                + test
                + ":2 of 5 tokens, allowed is at least 5. Or set longer = cut, which reads the first"
                + " tokens of longer texts");
  }

  @Test
  void longerTextsAreCutWhereThatIsAskedFor() throws IOException {
    Path file = write("long.tsv", "a\tone two two\nb\ttwo\n");
    Data data =
        new TextClassification(
                file.toString(), file.toString(), WORDS, 2, TextClassification.Longer.CUT)
            .load(Prepared.inMemory());
    assertThat(data.train().features().ints()).containsExactly(3, 2, 2, 0);
  }

  @Test
  void aClassWithoutATrainingTextIsNamed() throws IOException {
    Path train = write("train.tsv", "a\tx\nb\ty\n");
    Path test = write("test.tsv", "a\tx\nc\tz\n");
    assertThatThrownBy(() -> load(train, test, 2))
        .isInstanceOf(IOException.class)
        .hasMessage(
            train
                + ": expected a training text of the class of each test text, found "
                + test
                + ":2: c; add training texts of the class, or remove these texts");
  }

  @Test
  void aFolderWithoutTestTextsIsNamed() throws IOException {
    write("train/good/1.txt", "fine");
    assertThatThrownBy(() -> load(folder, null, 2))
        .isInstanceOf(IOException.class)
        .hasMessage(
            folder.resolve("test")
                + ": found no such folder; set data.path to a folder with train/<class>/ and"
                + " test/<class>/, or to a file of lines class<TAB>text");
  }

  @Test
  void aFolderHasNoOtherTestTexts() {
    assertThatThrownBy(() -> load(folder, folder.resolve("test.tsv"), 2))
        .hasMessage(
            "test: found "
                + folder.resolve("test.tsv")
                + ", allowed is no file, as the folder in path has its test texts in test/");
  }

  @Test
  void aShareIsMoreThan0AndLessThan1() {
    assertThatThrownBy(
            () ->
                new TextClassification("texts.tsv", "1.0", WORDS, 2, TextClassification.Longer.CUT))
        .hasMessage("test: found 1.0, allowed is a share in (0, 1), or a file");
  }

  @Test
  void aTextWithoutTokensIsNamed() throws IOException {
    write("train/good/1.txt", " \n");
    write("test/good/1.txt", "x");
    assertThatThrownBy(() -> load(folder, null, 2))
        .isInstanceOf(IOException.class)
        .hasMessage(
            folder
                + ": expected texts of one token or more, found "
                + folder.resolve("train/good/1.txt")
                + "; remove the texts without tokens");
  }
}
