// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

/**
 * The upper envelope of the K lines S_k(0) + W_k * x of a connection: the slot of the highest line
 * at x, and the segment of x on which it stays the highest.
 *
 * <p>The search goes from left to right, from the line of the smallest slope, and stops at x. The
 * end of a segment is rounded to float32. The result is a function of the lines and of x alone: it
 * does not depend on earlier searches. Not for use by several threads.
 */
final class Envelope {

  private final SlotValues values;
  private final SlotValues scores;
  private final float[] w;
  private final float[] s;
  private int slot;
  private int next;
  private float lower;
  private float upper;

  /**
   * Creates the envelopes of a layer's connections.
   *
   * @param k K
   * @param values W_k
   * @param scores S_k(0)
   */
  Envelope(int k, SlotValues values, SlotValues scores) {
    this.values = values;
    this.scores = scores;
    w = new float[k];
    s = new float[k];
  }

  /** Finds the slot of the highest line of a connection at x, and its segment. */
  void find(int connection, float x) {
    load(connection);
    while (upper <= x && !isLast()) {
      advance();
    }
  }

  /** Begins with the slot that is selected at minus infinity. */
  void load(int connection) {
    slot = 0;
    for (int k = 0; k < w.length; k++) {
      w[k] = values.get(connection, k);
      s[k] = scores.get(connection, k);
      slot = w[k] < w[slot] || (w[k] == w[slot] && s[k] > s[slot]) ? k : slot;
    }
    upper = Float.NEGATIVE_INFINITY;
    end();
  }

  /** Returns whether there is no segment behind this one. */
  boolean isLast() {
    return next == slot;
  }

  /** Goes to the next segment. */
  void advance() {
    slot = next;
    end();
  }

  /** Finds the end of the slot's segment, where the first steeper line crosses its line. */
  private void end() {
    lower = upper;
    double nearest = Double.POSITIVE_INFINITY;
    next = slot;
    for (int k = 0; k < w.length; k++) {
      if (w[k] > w[slot]) {
        double crossing = ((double) s[slot] - s[k]) / ((double) w[k] - w[slot]);
        if (crossing < nearest || (crossing == nearest && w[k] > w[next])) {
          nearest = crossing;
          next = k;
        }
      }
    }
    upper = (float) nearest;
  }

  /** Returns the selected slot's value. */
  float value() {
    return w[slot];
  }

  /** Returns the selected slot. */
  int slot() {
    return slot;
  }

  /** Returns the smallest x of the segment; minus infinity for the first. */
  float lower() {
    return lower;
  }

  /** Returns the smallest x beyond the segment; infinity for the last. */
  float upper() {
    return upper;
  }
}
