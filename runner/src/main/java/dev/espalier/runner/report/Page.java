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
 * A self-contained page: one HTML file that loads nothing else. It contains page.css, page.js
 * (elements, charts by Apache ECharts, tables), the data, and a script that builds the page from
 * them.
 *
 * @param title the title in the browser
 * @param script the name of its script, a resource in the package of this class
 * @param data maps, lists, texts and numbers, which the script reads as {@code data}: fractions to
 *     five digits, and NaN as null, or left out of a map
 */
public record Page(String title, String script, Object data) {

  private static final MathContext DIGITS = new MathContext(5);

  private static final Pattern PLACE = Pattern.compile("@@([a-z.]+)@@");

  /** The texts that end a script, or hide its end, at any place. */
  private static final Pattern END_OF_SCRIPT =
      Pattern.compile("<(?=/script|!--)", Pattern.CASE_INSENSITIVE);

  /** Writes JSON in which each less-than sign is escaped. */
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

  /** The complete file. */
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

  /**
   * Reads a script and escapes the less-than signs that matter: they occur in strings and comments,
   * where the backslash has no effect.
   */
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
