// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import java.util.Arrays;

/**
 * A data set for classification.
 *
 * @param name what it is called
 * @param train what is trained on
 * @param validation what early stopping looks at; may be empty
 * @param test what results are reported on
 * @param normalisation what the network is shown of a feature
 * @param classes how many classes there are
 */
public record Data(
    String name,
    Examples train,
    Examples validation,
    Examples test,
    Normalisation normalisation,
    int classes)
    implements Digest.Digested {

  /** Checks that the parts fit each other. */
  public Data {
    for (Examples part : new Examples[] {train, validation, test}) {
      if (!part.shape().equals(train.shape()) || part.type() != train.type()) {
        throw new IllegalArgumentException(
            name
                + ": found examples of "
                + part.type()
                + part.shape()
                + " beside "
                + train.type()
                + train.shape());
      }
      int bad =
          Arrays.stream(part.labels()).filter(l -> l < 0 || l >= classes).findFirst().orElse(0);
      if (bad < 0 || bad >= classes) {
        throw new IllegalArgumentException(
            name + ": found label " + bad + ", allowed is 0 to " + (classes - 1));
      }
    }
    int channels = normalisation.mean().size();
    long first = train.shape().dimension() == 0 ? 1 : train.shape().get(0);
    if (channels != 1 && channels != first) {
      throw new IllegalArgumentException(
          name
              + ": found a normalisation of "
              + channels
              + " channels, allowed is 1"
              + (first == 1 ? "" : " or " + first));
    }
    if (train.size() == 0) {
      throw new IllegalArgumentException(name + ": there are no training examples");
    }
  }

  /**
   * Sets training examples apart for validation.
   *
   * @param examples how many
   * @param random which
   * @return the data set with these examples moved from training to validation
   * @throws IllegalArgumentException if that leaves nothing to train on
   */
  public Data withValidation(int examples, RandomStream random) {
    if (examples == 0) {
      return this;
    }
    if (examples >= train.size()) {
      throw new IllegalArgumentException(
          "found "
              + examples
              + " validation examples, allowed is less than the "
              + train.size()
              + " training examples of "
              + name);
    }
    int[] order = random.permutation(train.size());
    int[] held = Arrays.copyOfRange(order, 0, examples);
    int[] rest = Arrays.copyOfRange(order, examples, order.length);
    // In file order: which examples are held out is drawn, their order is not.
    Arrays.sort(held);
    Arrays.sort(rest);
    return new Data(name, train.take(rest), train.take(held), test, normalisation, classes);
  }

  @Override
  public Digest digest() {
    return Digest.of(
        name,
        train.digest(),
        validation.digest(),
        test.digest(),
        normalisation.mean(),
        normalisation.std(),
        classes);
  }
}
