// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.espalier.runner.Golden;
import dev.espalier.runner.export.Architecture.Described;
import dev.espalier.runner.export.Architecture.Sized;
import dev.espalier.runner.results.RecordJson;
import dev.espalier.runner.results.TicketRecordTest;
import dev.espalier.runner.store.StrictJson;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The description of an exported ticket, pinned by golden/export.json. */
class DescriptionTest {

  private static final String FILE = "export.json";

  private static Described block(String name, String... parameters) {
    List<String> own = parameters.length == 0 ? null : List.of(parameters);
    return new Described(name, own, null, null, null, null, null, null);
  }

  private static Description description() {
    Map<String, Sized> parameters = new LinkedHashMap<>();
    parameters.put("fc1.weight", new Sized(List.of(2L, 4L), "weight", "linear"));
    parameters.put("fc1.bias", new Sized(List.of(2L), "bias", null));
    Described convolution =
        new Described(
            "Conv2d",
            null,
            List.of(5L, 5L),
            List.of(1L, 1L),
            List.of(0L, 0L),
            List.of(1L, 1L),
            1,
            null);
    List<Described> children =
        List.of(block("batchFlatten"), convolution, block("Linear", "fc1.weight", "fc1.bias"));
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("id", "mlp");
    model.put("hidden", List.of(2));
    model.put("slope", 0.5);
    return new Description(
        Description.Format.CURRENT,
        TicketRecordTest.ticket(),
        new Description.Export(
            new Architecture(
                model,
                Map.of("fc1", 2),
                parameters,
                new Described("SequentialBlock", null, null, null, null, null, null, children)),
            Map.of("name", "tiny"),
            Map.of("espalier", "0.1.0"),
            Map.of("mask/fc1.weight", "0".repeat(64))));
  }

  @Test
  void theDescriptionOfAnExportIsTheGoldenOne() throws IOException {
    Golden.check(FILE, RecordJson.text(RecordJson.write(description())));
  }

  @Test
  void whatIsReadIsWrittenToTheSameBytes() throws IOException {
    JsonObject json = StrictJson.object(Golden.read(FILE));
    assertThat(Description.isExported(json)).isTrue();
    Golden.check(FILE, RecordJson.text(RecordJson.write(Description.of(json))));
  }
}
