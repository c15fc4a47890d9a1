// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.LanguageModelling;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.data.Tokenizer;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTest {

  @TempDir private Path folder;

  private Data load(String content, Tokenizer tokens, int length, double test) throws IOException {
    Path file = Files.writeString(folder.resolve("text"), content);
    return load(file, tokens, length, test);
  }

  private static Data load(Path path, Tokenizer tokens, int length, double test)
      throws IOException {
    return new Text(Optional.of(path.toString()), tokens, length, test).load(Prepared.inMemory());
  }

  @Test
  void targetsAreTheNextTokensAndTheLastWindowIsFilledUp() throws IOException {
    Data data = load("abcabcabca" + "bcabc", new Characters(), 4, 5.0 / 15);
    assertThat(data.input()).isEqualTo(new Shape(4));
    assertThat(data.classes()).isEqualTo(4);
    assertThat(data.task().output()).isEqualTo(new Shape(4, 4));
    assertThat(data.train().features().ints()).containsExactly(1, 2, 3, 1, 2, 3, 1, 2, 3, 0, 0, 0);
    assertThat(data.train().targets().ints())
        .containsExactly(2, 3, 1, 2, 3, 1, 2, 3, 1, -1, -1, -1);
  }

  @Test
  void aTextOfWholeWindowsHasNoPadding() throws IOException {
    Data data = load("abababababab", new Characters(), 2, 5.0 / 12);
    assertThat(data.train().size()).isEqualTo(3);
    assertThat(data.test().size()).isEqualTo(2);
    assertThat(data.train().targets().ints()).containsExactly(2, 1, 2, 1, 2, 1);
    assertThat(data.test().targets().ints()).containsExactly(1, 2, 1, 2);
  }

  @Test
  void theEndIsTheTestPartAndItsNewCharactersAreOneToken() throws IOException {
    Data data = load("aabb" + "axby", new Characters(), 3, 0.5);
    assertThat(data.inputs().vocabulary()).isEqualTo(3);
    assertThat(data.test().features().ints()).containsExactly(1, 0, 2);
    assertThat(data.test().targets().ints()).containsExactly(0, 2, 0);
  }

  @Test
  void aPairOfSurrogatesIsNotCut() throws IOException {
    Data data = load("ab\uD83D\uDE00cd", new Characters(), 1, 0.5);
    assertThat(data.train().features().ints()).containsExactly(1);
    assertThat(data.test().features().ints()).containsExactly(0, 0);
  }

  @Test
  void textsInAFolderFollowEachOtherInTheOrderOfTheirPaths() throws IOException {
    Files.createDirectory(folder.resolve("b"));
    Files.writeString(folder.resolve("b/1.txt"), "cd");
    Files.writeString(folder.resolve("a.txt"), "\uFEFFab");
    Files.writeString(folder.resolve("c.txt"), "efghij");
    Files.writeString(folder.resolve("notes.md"), "zzz");
    Data data = load(folder, new Bytes(), 3, 0.4);
    assertThat(data.train().features().ints()).containsExactly('a', 'b', 'c', 'd', 'e', 0);
    assertThat(data.train().targets().ints()).containsExactly('b', 'c', 'd', 'e', 'f', -1);
  }

  @Test
  void theUnigramEntropyOfEquallyFrequentTokensIsTheirLogarithm() throws IOException {
    Data data = load("abcd".repeat(2500), new Characters(), 4, 0.5);
    assertThat(LanguageModelling.unigramEntropy(data)).isCloseTo(2, within(1e-3));
  }

  @Test
  void theUnigramEntropyIsACrossEntropyWithOneMoreOfEachToken() throws IOException {
    // Training targets are a, a, b; test targets b, unknown. Counts are 1, 3 and 2 of 6.
    Data data = load("aaab" + "abz", new Characters(), 1, 3.0 / 7);
    assertThat(LanguageModelling.unigramEntropy(data))
        .isCloseTo((Math.log(3) + Math.log(6)) / Math.log(2) / 2, within(1e-12));
  }

  @Test
  void theBundledTextIsANovelOfMoreThanFourBitsPerCharacter() throws IOException {
    Text text = new Text(Optional.empty(), new Characters(), 128, 0.1);
    Data data = text.load(Prepared.inMemory());
    assertThat(data.train().size()).isEqualTo(3283);
    assertThat(data.test().size()).isEqualTo(365);
    assertThat(data.classes()).isEqualTo(76);
    assertThat(LanguageModelling.unigramEntropy(data)).isCloseTo(4.423, within(0.01));
    assertThat(text.className(0)).isEqualTo("unknown");
    assertThat(text.className(75)).isEqualTo("z");
  }

  @Test
  void aModelOfPairsOfCharactersHasFewerBitsThanTheUnigramEntropy() throws IOException {
    Data data = new Text(Optional.empty(), new Characters(), 128, 0.02).load(Prepared.inMemory());
    int vocabulary = data.inputs().vocabulary();
    NamedBlocks pairs =
        new NamedBlocks()
            .add(batch -> new NDList(batch.singletonOrThrow().oneHot(vocabulary)))
            .add("pairs", Linear.builder().setUnits(vocabulary).build());
    Training training =
        new Training(
            new Adam(0.1),
            new Constant(),
            Span.iterations(0),
            8,
            Span.iterations(80),
            Span.iterations(80));
    try (Network network = Network.builder("pairs", pairs, data.input()).build();
        LocalTrial trial = new LocalTrial(network, data, training, new Seed(1, 0))) {
      double bits =
          trial
              .train(trial.initial(), Parametrization.dense(), trial.plan())
              .history()
              .last()
              .orElseThrow()
              .test()
              .score();
      // The entropy of a character given the one before it is about 3.4 bits in English.
      assertThat(bits).isBetween(3.0, LanguageModelling.unigramEntropy(data) - 0.8);
    }
  }

  @Test
  void aByteThatIsNotUtf8IsNamedWithItsPlace() throws IOException {
    Path file =
        Files.write(
            folder.resolve("old.txt"), "one\ntwo caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> load(file, new Characters(), 2, 0.1))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file
                + ": expected UTF-8, found byte 0xE9 at offset 11 in line 2; convert the file, for"
                + " example by iconv --to-code UTF-8");
  }

  @Test
  void anEmptyFileIsNamed() throws IOException {
    Path file = Files.createFile(folder.resolve("empty.txt"));
    assertThatThrownBy(() -> load(file, new Characters(), 2, 0.1))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": expected a text, found an empty file; replace it");
  }

  @Test
  void aFolderWithoutTextsIsNamed() {
    assertThatThrownBy(() -> load(folder, new Characters(), 2, 0.1))
        .isInstanceOf(IOException.class)
        .hasMessage(
            folder
                + ": expected files named *.txt, found none; rename the texts, or check the path");
  }

  @Test
  void aMissingFileIsNamed() {
    Path file = folder.resolve("none.txt");
    assertThatThrownBy(() -> load(file, new Characters(), 2, 0.1))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": cannot be read (it does not exist); check the path");
  }

  @Test
  void aPartShorterThanAWindowAndItsTargetIsRefused() {
    assertThatThrownBy(() -> load("abcdefgh", new Characters(), 4, 0.5))
        .hasMessage(
            "length: found 4 with a training part of 4 tokens, allowed is less than the tokens of"
                + " each part. Use a longer text, or shorter windows");
  }
}
