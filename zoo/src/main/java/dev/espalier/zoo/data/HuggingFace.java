// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.espalier.api.data.Tokenizer;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * A trained tokenizer of Hugging Face's library, such as a byte-pair vocabulary. It needs DJL's jar
 * {@code ai.djl.huggingface:tokenizers} in {@code plugins/}, which has the library for Linux, macOS
 * and Windows. Special tokens are not added, and nothing is cut off or padded.
 *
 * @param file the file {@code tokenizer.json}
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record HuggingFace(@Setting("file tokenizer.json") String file) implements Tokenizer {

  private static final String LIBRARY = "ai.djl.huggingface.tokenizers.HuggingFaceTokenizer";

  @Override
  public Vocabulary vocabulary(List<String> training) throws IOException {
    int size = size(TextFile.read(Path.of(file)));
    try {
      Class.forName(LIBRARY, false, HuggingFace.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new RefusedException(
          "tokens.id",
          "hugging-face without the jar of its library",
          "one of characters, bytes, words",
          "For hugging-face, put tokenizers-0.36.0.jar of Maven Central's"
              + " ai.djl.huggingface:tokenizers into plugins/");
    }
    return Library.open(file, size);
  }

  /** Reads one more than the largest token of a tokenizer.json. */
  private int size(String json) throws IOException {
    try {
      JsonObject all = JsonParser.parseString(json).getAsJsonObject();
      JsonElement vocabulary = all.getAsJsonObject("model").get("vocab");
      int size =
          vocabulary.isJsonArray()
              ? vocabulary.getAsJsonArray().size()
              : vocabulary.getAsJsonObject().entrySet().stream()
                  .map(Map.Entry::getValue)
                  .mapToInt(token -> token.getAsInt() + 1)
                  .max()
                  .orElse(0);
      if (all.get("added_tokens") != null && all.get("added_tokens").isJsonArray()) {
        for (JsonElement added : all.getAsJsonArray("added_tokens")) {
          size = Math.max(size, added.getAsJsonObject().get("id").getAsInt() + 1);
        }
      }
      return size;
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | ClassCastException
        | NumberFormatException e) {
      throw new IOException(
          file
              + ": expected a tokenizer.json with model.vocab, found another content; save it by"
              + " tokenizer.save(\"tokenizer.json\") of Hugging Face's tokenizers",
          e);
    }
  }

  /** The use of the library, in a class that is loaded where its jar is there. */
  private static final class Library implements Vocabulary {

    private final HuggingFaceTokenizer tokenizer;
    private final int size;

    private Library(HuggingFaceTokenizer tokenizer, int size) {
      this.tokenizer = tokenizer;
      this.size = size;
    }

    static Vocabulary open(String file, int size) throws IOException {
      try {
        return new Library(
            HuggingFaceTokenizer.builder()
                .optTokenizerPath(Path.of(file))
                .optTruncation(false)
                .optPadding(false)
                .build(),
            size);
      } catch (EngineException | LinkageError e) {
        Throwable why = e.getCause() == null ? e : e.getCause();
        throw new IOException(
            "hugging-face: its native library cannot be loaded ("
                + why
                + "); on a machine with CUDA set RUST_FLAVOR=cpu, which downloads nothing",
            e);
      } catch (RuntimeException e) {
        throw new IOException(
            file
                + ": cannot be read as a tokenizer ("
                + e.getMessage()
                + "); save it again by Hugging Face's tokenizers",
            e);
      }
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public int[] encode(String text) {
      return Arrays.stream(tokenizer.encode(text, false, false).getIds())
          .mapToInt(Math::toIntExact)
          .toArray();
    }

    @Override
    public String name(int token) {
      return tokenizer.decode(new long[] {token}, false);
    }
  }
}
