// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of files and arrays. */
public final class Sha256 {

  private Sha256() {}

  /** Starts a digest. */
  public static MessageDigest start() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The 64 hex digits of the digest of some bytes. */
  public static String of(ByteBuffer bytes) {
    MessageDigest sha = start();
    sha.update(bytes.duplicate());
    return HexFormat.of().formatHex(sha.digest());
  }

  /** The 64 hex digits of the digest of a file's content. */
  public static String of(AtomicFile.Content content) throws IOException {
    MessageDigest sha = start();
    content.writeTo(new DigestOutputStream(OutputStream.nullOutputStream(), sha));
    return HexFormat.of().formatHex(sha.digest());
  }
}
