// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.runner.run.Runs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The six lines of docs/how-to.md read a ticket by names and shapes that its file has. */
class TicketForPyTorchTest extends CommandTest {

  private static final Pattern LINEAR = Pattern.compile("(\\w+)=nn\\.Linear\\((\\d+), (\\d+)\\)");

  @TempDir private Path root;

  @Test
  void anExportHasTheNamesAndShapesOfTheDocumentedModel() throws IOException {
    String page = Files.readString(Path.of("../docs/how-to.md"));
    String snippet = page.substring(page.indexOf("<!-- file: to_pytorch.py -->"));
    assertThat(snippet).contains("t[\"trained/\" + name] * t.get(\"mask/\" + name, 1)");
    JsonObject header = header();
    Matcher linear = LINEAR.matcher(snippet);
    List<String> layers = new ArrayList<>();
    while (linear.find()) {
      String layer = linear.group(1);
      int inputs = Integer.parseInt(linear.group(2));
      int outputs = Integer.parseInt(linear.group(3));
      assertThat(array(header, "trained/" + layer + ".weight", "F32"))
          .containsExactly(outputs, inputs);
      assertThat(array(header, "mask/" + layer + ".weight", "U8")).containsExactly(outputs, inputs);
      assertThat(array(header, "trained/" + layer + ".bias", "F32")).containsExactly(outputs);
      layers.add(layer);
    }
    assertThat(layers).containsExactly("fc1", "fc2", "fc3");
    assertThat(header.keySet().stream().filter(name -> name.startsWith("trained/"))).hasSize(6);
  }

  private JsonObject header() throws IOException {
    Path run =
        new Runs(root)
            .run(
                "model=null",
                "model={ id = lenet-300-100 }",
                "method.rounds=1",
                "training.iterations=10");
    Path to = root.resolve("out");
    assertDone(espalier("export", run.resolve("tickets/replicate-0-round-01"), "--to", to));
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(to.resolve("replicate-0-round-01.safetensors")))
            .order(ByteOrder.LITTLE_ENDIAN);
    byte[] text = new byte[Math.toIntExact(file.getLong())];
    file.get(text);
    return JsonParser.parseString(new String(text, StandardCharsets.UTF_8)).getAsJsonObject();
  }

  private static List<Integer> array(JsonObject header, String name, String type) {
    JsonObject array = header.getAsJsonObject(name);
    assertThat(array).as(name).isNotNull();
    assertThat(array.get("dtype").getAsString()).as(name).isEqualTo(type);
    JsonArray shape = array.getAsJsonArray("shape");
    return shape.asList().stream().map(JsonElement::getAsInt).toList();
  }
}
