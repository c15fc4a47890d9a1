// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.data.Tokenizer;
import dev.espalier.api.data.Tokenizer.Vocabulary;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizersTest {

  @TempDir private Path folder;

  @Test
  void anyTextHasTokensOfTheVocabularyEachWithAName() throws Exception {
    String text = "Low, l\u00f6w \uD83D\uDE00\t\n'x";
    for (Tokenizer tokenizer :
        List.of(
            new Characters(),
            new Bytes(),
            new Words(2),
            new HuggingFace(file("byte-pairs.json")))) {
      Vocabulary vocabulary = tokenizer.vocabulary(List.of("low", "a low one"));
      assertThat(vocabulary.encode("")).isEmpty();
      int[] tokens = vocabulary.encode(text);
      assertThat(tokens).isNotEmpty();
      assertThat(tokens).isEqualTo(tokenizer.vocabulary(List.of("low", "a low one")).encode(text));
      for (int token : tokens) {
        assertThat(token).isBetween(0, vocabulary.size() - 1);
        assertThat(vocabulary.name(token)).as(tokenizer + " " + token).isNotEmpty();
      }
    }
  }

  @Test
  void charactersAreCodePointsInOrderBehindTheUnknown() {
    Vocabulary vocabulary = new Characters().vocabulary(List.of("ba", "c\uD83D\uDE00a"));
    assertThat(vocabulary.size()).isEqualTo(5);
    assertThat(vocabulary.encode("ab\uD83D\uDE00x")).containsExactly(1, 2, 4, 0);
    assertThat(vocabulary.name(4)).isEqualTo("\uD83D\uDE00");
  }

  @Test
  void bytesAreThoseOfUtf8() throws IOException {
    Vocabulary vocabulary = new Bytes().vocabulary(List.of());
    assertThat(vocabulary.size()).isEqualTo(256);
    assertThat(vocabulary.encode("a\u00e9")).containsExactly(0x61, 0xc3, 0xa9);
    assertThat(vocabulary.name(0xc3)).isEqualTo("0xC3");
  }

  @Test
  void wordsAreTheMostFrequentInLowerCase() {
    Vocabulary vocabulary = new Words(3).vocabulary(List.of("It's fine, it's; fine fine.", "Xy"));
    assertThat(vocabulary.size()).isEqualTo(4);
    assertThat(List.of(vocabulary.name(1), vocabulary.name(2), vocabulary.name(3)))
        .containsExactly("fine", "it's", ",");
    assertThat(vocabulary.encode("Fine it's XY ,!")).containsExactly(1, 2, 0, 3, 0);
  }

  @Test
  void bytePairsOfATokenizerJsonAreItsTokens() throws Exception {
    Vocabulary vocabulary = new HuggingFace(file("byte-pairs.json")).vocabulary(List.of());
    assertThat(vocabulary.size()).isEqualTo(8);
    // Merges: l o -> lo, lo w -> low; "<pad>" is an added token of number 7.
    assertThat(vocabulary.encode("lowlow")).containsExactly(6, 6);
    assertThat(vocabulary.encode("lol")).containsExactly(5, 1);
    assertThat(vocabulary.name(6)).isEqualTo("low");
  }

  @Test
  void aTextOfManyTokensIsNotCut() throws Exception {
    Vocabulary vocabulary = new HuggingFace(file("byte-pairs.json")).vocabulary(List.of());
    assertThat(vocabulary.encode("low".repeat(3000))).hasSize(3000);
  }

  @Test
  void anotherJsonThanATokenizersIsNamed() throws IOException {
    for (String content : new String[] {"[]", "{", "{\"model\": {}}", "{\"model\": 1}", "word"}) {
      Path file = Files.writeString(folder.resolve("config.json"), content);
      assertThatThrownBy(() -> new HuggingFace(file.toString()).vocabulary(List.of()))
          .as(content)
          .isInstanceOf(IOException.class)
          .hasMessage(
              file
                  + ": expected a tokenizer.json with model.vocab, found another content; save it"
                  + " by tokenizer.save(\"tokenizer.json\") of Hugging Face's tokenizers");
    }
  }

  @Test
  void aVocabularyThatTheLibraryRefusesIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("t.json"), "{\"model\": {\"vocab\": {\"a\": 0}}}");
    assertThatThrownBy(() -> new HuggingFace(file.toString()).vocabulary(List.of()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + ": cannot be read as a tokenizer (");
  }

  private static String file(String name) throws URISyntaxException {
    return Path.of(TokenizersTest.class.getResource(name).toURI()).toString();
  }
}
