// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A self-contained page: one file of HTML that loads nothing else. It has the look of page.css,
 * what page.js offers (elements, charts by Apache ECharts, tables), the data, and a script that
 * makes the page of them.
 *
 * @param title what the browser calls it
 * @param script the name of its script, a resource in the package of this class
 * @param data maps, lists, texts and numbers, which the script finds as {@code data}: fractions to
 *     five digits, and those that are not a number as null, or left out of a map
 */
public record Page(String title, String script, Object data) {

  private static final MathContext DIGITS = new MathContext(5);

  private static final Pattern PLACE = Pattern.compile("@@([a-z.]+)@@");

  /** What ends a script, or hides its end, wherever it stands. */
  private static final Pattern END_OF_SCRIPT =
      Pattern.compile("<(?=/script|!--)", Pattern.CASE_INSENSITIVE);

  /** It writes a less-than sign in no other way than escaped. */
  private static final Gson JSON =
      new GsonBuilder()
          .registerTypeAdapter(double.class, (JsonSerializer<Double>) (x, t, c) -> number(x))
          .registerTypeAdapter(Double.class, (JsonSerializer<Double>) (x, t, c) -> number(x))
          .create();

  private static JsonElement number(double value) {
    return Double.isFinite(value)
        ? new JsonPrimitive(BigDecimal.valueOf(value).round(DIGITS))
        : JsonNull.INSTANCE;
  }

  /** The whole file. */
  public String html() {
    return PLACE
        .matcher(resource("page.html"))
        .replaceAll(place -> Matcher.quoteReplacement(part(place)));
  }

  private String part(MatchResult place) {
    return switch (place.group(1)) {
      case "title" -> title.replace("&", "&amp;").replace("<", "&lt;");
      case "data" -> JSON.toJson(data);
      case "script" -> script(script);
      case "page.css" -> resource("page.css");
      default -> script(place.group(1));
    };
  }

  /** In a string or a comment, where alone they can be, the backslash changes nothing. */
  private static String script(String name) {
    return END_OF_SCRIPT.matcher(resource(name)).replaceAll("<\\\\");
  }

  private static String resource(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
