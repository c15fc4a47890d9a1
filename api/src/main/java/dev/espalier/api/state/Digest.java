// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * A SHA-256 digest of content: equal digests mean equal content.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Digest(String hex) {

  /** A value with a digest of its content. */
  public interface Digested {

    /**
     * The digest of the content.
     *
     * @return the digest
     */
    Digest digest();
  }

  private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

  /**
   * Bytes in several buffers, whose digest is that of the same bytes in one.
   *
   * @param length the number of bytes in all buffers
   * @param buffers the buffers in order, which are computed as they are read
   */
  public record Bytes(long length, Iterable<ByteBuffer> buffers) {}

  /** Creates a digest and checks its form. */
  public Digest {
    if (!FORM.matcher(hex).matches()) {
      throw new IllegalArgumentException("found \"" + hex + "\", allowed are 64 hex digits");
    }
  }

  /**
   * Computes the digest of a sequence of values. Values are strings, numbers, booleans, enum
   * constants, digests, {@link Digested} values, and optionals, lists and maps of these. {@link
   * BitSet}, {@code byte[]}, {@link ByteBuffer} and {@link Bytes} (as the same bytes), {@link
   * IntBuffer} and {@link FloatBuffer} are values too. The type and length of each value are
   * included, so that different sequences have different digests.
   *
   * @param values the values
   * @return their digest
   * @throws IllegalArgumentException for a value of any other type: its content is unknown
   */
  public static Digest of(Object... values) {
    Sha sha = new Sha();
    for (Object value : values) {
      sha.add(value);
    }
    return sha.digest();
  }

  /**
   * Returns the first digits, for names and messages.
   *
   * @param digits their number
   * @return that prefix
   */
  public String prefix(int digits) {
    return hex.substring(0, digits);
  }

  @Override
  public String toString() {
    return hex;
  }

  private static final class Sha {

    private final MessageDigest sha;

    Sha() {
      try {
        sha = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }

    void add(Object value) {
      if (value instanceof String text) {
        bytes('s', text.getBytes(StandardCharsets.UTF_8));
      } else if (value instanceof Digest digest) {
        bytes('d', digest.hex.getBytes(StandardCharsets.US_ASCII));
      } else if (value instanceof Digested digested) {
        add(digested.digest());
      } else if (value instanceof Double || value instanceof Float) {
        number('f', Double.doubleToLongBits(((Number) value).doubleValue()));
      } else if (value instanceof Long || value instanceof Integer) {
        number('i', ((Number) value).longValue());
      } else if (value instanceof Boolean flag) {
        number('b', flag ? 1 : 0);
      } else if (value instanceof Enum<?> constant) {
        number('e', 2);
        add(constant.getDeclaringClass().getName());
        add(constant.name());
      } else if (value instanceof byte[] bytes) {
        bytes('y', bytes);
      } else if (value instanceof BitSet bits) {
        bytes('B', bits.toByteArray());
      } else if (value instanceof ByteBuffer bytes) {
        number('y', bytes.remaining());
        sha.update(bytes.duplicate());
      } else if (value instanceof Bytes bytes) {
        number('y', bytes.length());
        bytes.buffers().forEach(buffer -> sha.update(buffer.duplicate()));
      } else if (value instanceof FloatBuffer floats) {
        floats(floats);
      } else if (value instanceof IntBuffer ints) {
        ints(ints);
      } else if (value instanceof List<?> list) {
        number('l', list.size());
        list.forEach(this::add);
      } else if (value instanceof Optional<?> optional) {
        add(optional.stream().toList());
      } else if (value instanceof Map<?, ?> map) {
        number('m', map.size());
        new TreeMap<>(map)
            .forEach(
                (key, element) -> {
                  add(key);
                  add(element);
                });
      } else {
        throw new IllegalArgumentException(
            "found "
                + (value == null ? "null" : "a value of " + value.getClass().getName())
                + ", allowed are strings, numbers, booleans, enum constants, digests, bytes, floats,"
                + " and optionals, lists and maps of these. In the key of a step a record is allowed"
                + " too");
      }
    }

    private void bytes(char type, byte[] bytes) {
      number(type, bytes.length);
      sha.update(bytes);
    }

    private void number(char type, long number) {
      sha.update(ByteBuffer.allocate(9).put((byte) type).putLong(number).flip());
    }

    private void floats(FloatBuffer floats) {
      FloatBuffer rest = floats.duplicate();
      number('F', rest.remaining());
      // In pieces, to avoid a second copy of a large tensor.
      ByteBuffer piece = ByteBuffer.allocate(1 << 16);
      while (rest.hasRemaining()) {
        int n = Math.min(rest.remaining(), piece.capacity() / Float.BYTES);
        piece.clear();
        piece.asFloatBuffer().put(rest.slice().limit(n));
        rest.position(rest.position() + n);
        sha.update(piece.limit(n * Float.BYTES));
      }
    }

    private void ints(IntBuffer ints) {
      number('I', ints.remaining());
      ByteBuffer bytes = ByteBuffer.allocate(ints.remaining() * Integer.BYTES);
      bytes.asIntBuffer().put(ints.duplicate());
      sha.update(bytes);
    }

    Digest digest() {
      return new Digest(HexFormat.of().formatHex(sha.digest()));
    }
  }
}
