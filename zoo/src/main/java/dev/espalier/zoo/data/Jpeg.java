// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.awt.color.ColorSpace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;

/**
 * The markers of a JPEG file that define the meaning of its samples.
 *
 * @param components the number of samples in a pixel
 * @param transform the transform in Adobe's marker: 2 for YCCK; -1 without a marker
 */
record Jpeg(int components, int transform) {

  private static final int START_OF_SCAN = 0xda;
  private static final int ADOBE = 0xee;

  /** The letters of Adobe, and the bytes between them and the transform. */
  private static final int ADOBE_LENGTH = 12;

  /** Reads an image in the colours of its file, without the conversions of Java's reader. */
  static Planes read(ImageReader reader, ImageInputStream in) throws IOException {
    Jpeg markers = of(in);
    in.seek(0);
    reader.setInput(in, true, true);
    if (markers.components == 4) {
      return Planes.ofInverted(reader.readRaster(0, null), markers.transform == 2);
    }
    ImageReadParam unconverted = reader.getDefaultReadParam();
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    while (types.hasNext()) {
      ImageTypeSpecifier type = types.next();
      ColorSpace space = type.getColorModel().getColorSpace();
      if (space.getType() == ColorSpace.TYPE_RGB && !space.isCS_sRGB()) {
        // That of a profile in the file: pixels are converted to any other.
        unconverted.setDestinationType(type);
      }
    }
    return Planes.of(reader.read(0, unconverted));
  }

  private static Jpeg of(ImageInputStream in) throws IOException {
    int components = 0;
    int transform = -1;
    in.seek(2);
    for (int marker = marker(in); marker != START_OF_SCAN; marker = marker(in)) {
      long next = in.getStreamPosition() + in.readUnsignedShort();
      if (isFrame(marker)) {
        in.skipBytes(5);
        components = in.readUnsignedByte();
      } else if (marker == ADOBE && next - in.getStreamPosition() >= ADOBE_LENGTH) {
        byte[] adobe = new byte[ADOBE_LENGTH];
        in.readFully(adobe);
        if (new String(adobe, 0, 5, StandardCharsets.US_ASCII).equals("Adobe")) {
          transform = adobe[ADOBE_LENGTH - 1];
        }
      }
      in.seek(next);
    }
    return new Jpeg(components, transform);
  }

  /**
   * Returns the next marker. Bytes before it that are none are skipped, as by the decoder, and any
   * number of bytes 0xff may be in front of it.
   */
  private static int marker(ImageInputStream in) throws IOException {
    int marker = 0;
    while (marker == 0) {
      while (in.readUnsignedByte() != 0xff) {
        // No marker.
      }
      marker = 0xff;
      while (marker == 0xff) {
        marker = in.readUnsignedByte();
      }
    }
    return marker;
  }

  /** Returns whether a marker begins a frame; three in the range have other meanings. */
  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }
}
