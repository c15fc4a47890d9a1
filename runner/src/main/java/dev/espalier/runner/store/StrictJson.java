// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.ToNumberPolicy;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * A strict parser of foreign JSON: UTF-8, each name once, objects and arrays nested at most 64
 * deep, nothing after the end.
 */
public final class StrictJson {

  private static final int DEPTH = 64;
  private static final int SHOWN = 80;

  private StrictJson() {}

  /** Reads a value from the text. */
  @FunctionalInterface
  interface Reading<T> {
    T from(JsonReader json) throws IOException;
  }

  /**
   * Reads an object.
   *
   * @throws IOException if it is none, naming the value found and its place
   */
  public static JsonObject object(byte[] utf8) throws IOException {
    return read(utf8, StrictJson::object);
  }

  /** Reads a complete text. */
  static <T> T read(byte[] utf8, Reading<T> reading) throws IOException {
    // A decoder, since the conversion of a charset would replace invalid UTF-8.
    JsonReader json =
        new JsonReader(
            new InputStreamReader(
                new ByteArrayInputStream(utf8), StandardCharsets.UTF_8.newDecoder()));
    json.setStrictness(Strictness.STRICT);
    json.setNestingLimit(DEPTH);
    try {
      T read = reading.from(json);
      expect(JsonToken.END_DOCUMENT, json);
      return read;
    } catch (CharacterCodingException e) {
      throw new IOException("found bytes that are not UTF-8, allowed is JSON in UTF-8", e);
    } catch (MalformedJsonException | EOFException e) {
      // Gson's place in the text, without its advice on settings.
      String where = e.getMessage().replaceFirst("(?s).*?( at line \\d+ column \\d+).*", "$1");
      String what = e.getMessage().startsWith("Nesting") ? "nested deeper than " + DEPTH : "amiss";
      throw new IOException("found JSON that is " + what + where, e);
    }
  }

  /** Reads an object, and passes each name to a reader. */
  static void members(JsonReader json, Members members) throws IOException {
    expect(JsonToken.BEGIN_OBJECT, json);
    json.beginObject();
    while (json.hasNext()) {
      members.member(json.nextName());
    }
    json.endObject();
  }

  /** Reads the value of a name. */
  @FunctionalInterface
  interface Members {
    void member(String name) throws IOException;
  }

  /** Throws unless the next token is the expected one. */
  static void expect(JsonToken token, JsonReader json) throws IOException {
    JsonToken next = json.peek();
    if (next != token) {
      throw new IOException(
          "found JSON with " + word(next) + " where there is to be " + word(token));
    }
  }

  /** Quotes a foreign name or text, shortened for messages. */
  static String shown(String text) {
    return '"' + (text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text) + '"';
  }

  static IOException twice(String name) {
    return new IOException("found the name " + shown(name) + " twice, allowed is once");
  }

  private static JsonObject object(JsonReader json) throws IOException {
    JsonObject object = new JsonObject();
    members(
        json,
        name -> {
          if (object.has(name)) {
            throw twice(name);
          }
          object.add(name, element(json));
        });
    return object;
  }

  private static JsonElement element(JsonReader json) throws IOException {
    return switch (json.peek()) {
      case BEGIN_OBJECT -> object(json);
      case BEGIN_ARRAY -> list(json);
      // The number as it was written.
      case NUMBER -> new JsonPrimitive(ToNumberPolicy.LAZILY_PARSED_NUMBER.readNumber(json));
      case BOOLEAN -> new JsonPrimitive(json.nextBoolean());
      case NULL -> {
        json.nextNull();
        yield JsonNull.INSTANCE;
      }
      default -> new JsonPrimitive(json.nextString());
    };
  }

  private static JsonArray list(JsonReader json) throws IOException {
    JsonArray list = new JsonArray();
    json.beginArray();
    while (json.hasNext()) {
      list.add(element(json));
    }
    json.endArray();
    return list;
  }

  private static String word(JsonToken token) {
    return switch (token) {
      case BEGIN_OBJECT -> "an object { ... }";
      case BEGIN_ARRAY -> "a list [ ... ]";
      case STRING -> "a text";
      case NUMBER -> "a number";
      case BOOLEAN -> "true or false";
      case NULL -> "null";
      case END_DOCUMENT -> "its end";
      default -> "something else";
    };
  }
}
