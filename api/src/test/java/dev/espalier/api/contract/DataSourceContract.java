// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.LanguageModelling;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The rules for every {@link DataSource}; extend it in a plugin's tests. */
public abstract class DataSourceContract {

  /** For subclasses. */
  protected DataSourceContract() {}

  /**
   * The data source under test.
   *
   * @return equal ones in every call of one test
   * @throws IOException if its files cannot be made
   */
  protected abstract DataSource source() throws IOException;

  private Data load() throws IOException {
    return source().load(Prepared.inMemory());
  }

  @Test
  void isAValue() throws IOException {
    assertThat(source()).isInstanceOf(Record.class).isEqualTo(source());
  }

  @Test
  void loadsTheSameEachTimePreparedOrNot() throws IOException {
    Digest digest = load().digest();
    assertThat(load().digest()).isEqualTo(digest);
    Prepared kept = new Kept();
    assertThat(source().load(kept).digest()).isEqualTo(digest);
    assertThat(source().load(kept).digest()).isEqualTo(digest);
  }

  @Test
  void hasTrainingAndTestExamplesOfOneShapeAndType() throws IOException {
    Data data = load();
    assertThat(data.name()).isNotBlank();
    assertThat(data.train().size()).isPositive();
    assertThat(data.test().size()).isPositive();
    for (Examples part : List.of(data.train(), data.validation(), data.test())) {
      assertThat(part.shape()).isEqualTo(data.train().shape());
      assertThat(part.type()).isEqualTo(data.train().type());
      assertThat((long) part.features().values().remaining())
          .isEqualTo(part.size() * data.train().shape().size());
    }
    assertThat(data.input().dimension()).isEqualTo(data.train().shape().dimension());
  }

  @Test
  void targetsAreClassesTokensOrNumbersThatDiffer() throws IOException {
    Data data = load();
    for (Examples part : List.of(data.train(), data.validation(), data.test())) {
      assertThat(part.targets().size()).isEqualTo(part.size());
      assertThat(part.targets().shape()).isEqualTo(data.train().targets().shape());
      assertThat(part.targets().type()).isEqualTo(data.train().targets().type());
    }
    if (data.train().targets().type() != DataType.INT32) {
      assertThat(data.classes()).isZero();
      assertThat(data.train().targets().variance()).isPositive().isFinite();
      return;
    }
    assertThat(data.classes()).isGreaterThan(1);
    int least = data.train().isLabelled() ? 0 : LanguageModelling.PADDING;
    for (Examples part : List.of(data.train(), data.validation(), data.test())) {
      assertThat(IntStream.of(part.targets().ints()))
          .allMatch(target -> target >= least && target < data.classes());
    }
    assertThat(
            IntStream.of(data.train().targets().ints())
                .filter(target -> target >= 0)
                .distinct()
                .count())
        .isGreaterThan(1);
  }

  @Test
  void itsTargetsAreThoseOfItsObjective() throws IOException {
    Data data = load();
    Refusals.require(refusals -> data.objective().check(data, refusals));
    assertThat(data.metrics()).isNotEmpty();
    assertThat(data.task().output().size()).isPositive();
  }

  @Test
  void noTestExampleIsATrainingExample() throws IOException {
    Data data = load();
    Set<Digest> train = digests(data.train());
    assertThat(digests(data.test())).doesNotContainAnyElementsOf(train);
    assertThat(digests(data.validation())).doesNotContainAnyElementsOf(train);
  }

  private static Set<Digest> digests(Examples examples) {
    Set<Digest> digests = new HashSet<>();
    for (int i = 0; i < examples.size(); i++) {
      digests.add(Digest.of(examples.take(i).features().values()));
    }
    return digests;
  }

  @Test
  void normalisationIsFinite() throws IOException {
    Data data = load();
    assertThat(data.normalisation().mean()).allMatch(Double::isFinite);
    assertThat(data.normalisation().std()).allMatch(std -> Double.isFinite(std) && std > 0);
  }

  /** Keeps entries in memory, as the runner does in files. */
  private static final class Kept implements Prepared {

    private record Entry(Digest origin, ByteBuffer bytes) {}

    private final Map<String, Entry> entries = new HashMap<>();

    @Override
    public ByteBuffer get(String name, Digest origin, int length, Content content)
        throws IOException {
      Entry entry = entries.get(name);
      if (entry == null || !entry.origin().equals(origin)) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(length);
        content.writeTo(out);
        entry = new Entry(origin, ByteBuffer.wrap(out.toByteArray()).asReadOnlyBuffer());
        entries.put(name, entry);
      }
      assertThat(entry.bytes().remaining()).as(name).isEqualTo(length);
      return entry.bytes().duplicate();
    }
  }
}
