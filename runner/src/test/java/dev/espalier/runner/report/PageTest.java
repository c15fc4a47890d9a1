// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PageTest {

  private static final Pattern DATA =
      Pattern.compile("<script id=\"data\" type=\"application/json\">(.*?)</script>");

  private static String html(String title, Map<String, ?> data) {
    return new Page(title, "report.js", data).html();
  }

  private static JsonObject data(String html) {
    List<String> found = DATA.matcher(html).results().map(result -> result.group(1)).toList();
    assertThat(found).hasSize(1);
    return JsonParser.parseString(found.get(0)).getAsJsonObject();
  }

  @Test
  void textOfTheDataAndTheTitleIsNeverMarkup() {
    String wicked = "</script><script>alert('@@data@@ @@title@@ $1')</script><!-- & \u2028";
    String html = html("a < b & </title>@@data@@", Map.of("text", wicked, wicked, List.of(wicked)));
    assertThat(data(html).get("text").getAsString()).isEqualTo(wicked);
    assertThat(data(html).getAsJsonArray(wicked).get(0).getAsString()).isEqualTo(wicked);
    assertThat(html)
        .contains("<title>a &lt; b &amp; &lt;/title>@@data@@</title>")
        .doesNotContain("<script>alert");
    // Those of the page itself, each with its end.
    assertThat(Pattern.compile("</script>").matcher(html).results().map(MatchResult::group))
        .hasSize(4);
  }

  @Test
  void numbersHaveFiveDigitsAndWhatIsNoNumberIsNothing() {
    Map<String, Object> numbers = new LinkedHashMap<>();
    numbers.put("third", 1 / 3.0);
    numbers.put("large", 123456.0e9);
    numbers.put("count", 123456789L);
    numbers.put("none", Double.NaN);
    numbers.put("list", Arrays.asList(1.0, Double.POSITIVE_INFINITY, null));
    JsonObject data = data(html("numbers", numbers));
    assertThat(data.get("third").toString()).isEqualTo("0.33333");
    assertThat(data.get("large").getAsDouble()).isEqualTo(123460.0e9);
    assertThat(data.get("count").toString()).isEqualTo("123456789");
    assertThat(data.has("none")).isFalse();
    assertThat(data.get("list").toString()).isEqualTo("[1.0,null,null]");
  }
}
