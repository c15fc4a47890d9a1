// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.RandomStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * A data set for classification.
 *
 * @param name what it is called
 * @param train what is trained on
 * @param validation what early stopping looks at; may be empty
 * @param test what results are reported on
 * @param normalisation what the network is shown of a feature
 * @param classes how many classes there are
 * @param augmentations what is done at random to a training example each time it is shown, in this
 *     order, before it is normalised; none for examples that are not (channels, height, width)
 * @param input the shape that networks see: that of an example, or with less height or width, and
 *     then the centre of each example is shown, but for what the augmentations choose
 * @param deficit what is wrong with training examples in some epochs, if anything
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Data(
    String name,
    Examples train,
    Examples validation,
    Examples test,
    Normalisation normalisation,
    int classes,
    List<Augmentation> augmentations,
    Shape input,
    Optional<Deficit> deficit)
    implements Digest.Digested {

  /** Checks that the parts fit each other. */
  public Data {
    augmentations = List.copyOf(augmentations);
    for (Examples part : new Examples[] {train, validation, test}) {
      if (!part.shape().equals(train.shape()) || part.type() != train.type()) {
        throw new RefusedException(
            "examples",
            "examples of " + part.type() + part.shape() + " in " + name,
            "the type and shape of its training examples, " + train.type() + train.shape());
      }
      int bad =
          Arrays.stream(part.labels()).filter(l -> l < 0 || l >= classes).findFirst().orElse(0);
      if (bad < 0 || bad >= classes) {
        throw new RefusedException(
            "label", "label " + bad + " in " + name, "0 to " + (classes - 1));
      }
    }
    int channels = normalisation.mean().size();
    long first = train.shape().dimension() == 0 ? 1 : train.shape().get(0);
    if (channels != 1 && channels != first) {
      throw new RefusedException(
          "normalisation",
          channels + " channels for " + name,
          "1" + (first == 1 ? "" : " or " + first));
    }
    if (train.size() == 0) {
      throw new RefusedException("train", "no training examples in " + name, "at least one");
    }
    Shape stored = train.shape();
    if (!input.equals(stored) && !isCentre(input, stored)) {
      throw new RefusedException(
          "input",
          "a network input of " + input + " for " + name,
          "the shape of its examples, "
              + stored
              + ", or the centre of images (channels, height, width)");
    }
    if (!augmentations.isEmpty() && stored.dimension() != 3) {
      throw new RefusedException(
          "augmentation",
          "augmentation of examples of " + stored + " in " + name,
          "none but of images of (channels, height, width)");
    }
    if (deficit.isPresent()) {
      Data intact =
          new Data(name, train, validation, test, normalisation, classes, augmentations, input);
      Refusals.require(refusals -> deficit.get().check(intact, refusals));
    }
  }

  /**
   * A data set without a deficit.
   *
   * @param name what it is called
   * @param train what is trained on
   * @param validation what early stopping looks at; may be empty
   * @param test what results are reported on
   * @param normalisation what the network is shown of a feature
   * @param classes how many classes there are
   * @param augmentations what is done at random to a training example each time it is shown
   * @param input the shape that networks see
   */
  public Data(
      String name,
      Examples train,
      Examples validation,
      Examples test,
      Normalisation normalisation,
      int classes,
      List<Augmentation> augmentations,
      Shape input) {
    this(
        name,
        train,
        validation,
        test,
        normalisation,
        classes,
        augmentations,
        input,
        Optional.empty());
  }

  /**
   * A data set that networks see as it is.
   *
   * @param name what it is called
   * @param train what is trained on
   * @param validation what early stopping looks at; may be empty
   * @param test what results are reported on
   * @param normalisation what the network is shown of a feature
   * @param classes how many classes there are
   */
  public Data(
      String name,
      Examples train,
      Examples validation,
      Examples test,
      Normalisation normalisation,
      int classes) {
    this(name, train, validation, test, normalisation, classes, List.of(), train.shape());
  }

  private static boolean isCentre(Shape input, Shape stored) {
    return stored.dimension() == 3
        && input.dimension() == 3
        && input.get(0) == stored.get(0)
        && input.get(1) >= 1
        && input.get(1) <= stored.get(1)
        && input.get(2) >= 1
        && input.get(2) <= stored.get(2);
  }

  /**
   * Changes how training examples are augmented.
   *
   * @param others what is done instead
   * @return the data set with these augmentations
   */
  public Data withAugmentations(List<Augmentation> others) {
    return with(train, validation, others, deficit);
  }

  /**
   * Changes what is wrong with training examples in some epochs.
   *
   * @param other what is wrong instead
   * @return the data set with that deficit
   * @throws IllegalArgumentException if the examples cannot have it, naming the key
   */
  public Data withDeficit(Deficit other) {
    return with(train, validation, augmentations, Optional.of(other));
  }

  /**
   * Sets training examples apart for validation.
   *
   * @param examples how many
   * @param random which
   * @return the data set with these examples moved from training to validation
   * @throws IllegalArgumentException if that leaves nothing to train on, or there is a validation
   *     part already
   */
  public Data withValidation(int examples, RandomStream random) {
    if (examples == 0) {
      return this;
    }
    if (validation.size() > 0) {
      throw new RefusedException(
          "validation",
          examples,
          "0, as " + name + " comes with " + validation.size() + " validation examples");
    }
    if (examples >= train.size()) {
      throw new RefusedException(
          "validation",
          examples,
          "less than the " + train.size() + " training examples of " + name);
    }
    int[] order = random.permutation(train.size());
    int[] held = Arrays.copyOfRange(order, 0, examples);
    int[] rest = Arrays.copyOfRange(order, examples, order.length);
    // In file order: which examples are held out is drawn, their order is not.
    Arrays.sort(held);
    Arrays.sort(rest);
    return with(train.take(rest), train.take(held), augmentations, deficit);
  }

  /**
   * Keeps some training examples of each class, every choice equally likely, and no others. Of the
   * same numbers, fewer are a part of more.
   *
   * @param n how many of each class, 1 or more
   * @param random which
   * @return the data set with n * classes training examples, in the order they were in
   * @throws IllegalArgumentException if a class has fewer, naming it
   */
  public Data withPerClass(int n, RandomStream random) {
    Refusals.require(refusals -> checkPerClass(n, refusals));
    int[] kept = train.balanced(n, random);
    Arrays.sort(kept);
    return with(train.take(kept), validation, augmentations, deficit);
  }

  private Data with(
      Examples trained, Examples held, List<Augmentation> changes, Optional<Deficit> wrong) {
    return new Data(name, trained, held, test, normalisation, classes, changes, input, wrong);
  }

  /**
   * Refuses a sample of more training examples of each class than there are.
   *
   * @param n how many of each class
   * @param refusals collects the first class that has fewer, under the key {@code per-class}
   */
  public void checkPerClass(int n, Refusals refusals) {
    int[] there = new int[classes];
    for (int label : train.labels()) {
      there[label]++;
    }
    for (int label = 0; label < classes; label++) {
      if (there[label] < n) {
        refusals.add(
            "per-class",
            n,
            "at most the "
                + there[label]
                + " training examples of class "
                + label
                + " of "
                + name
                + (validation.size() == 0 ? "" : " that are not for validation"));
        return;
      }
    }
  }

  /**
   * The digest of the content: the examples, and how a network sees them. Augmentations and the
   * deficit are settings, not content.
   */
  @Override
  public Digest digest() {
    return Digest.of(
        name,
        train,
        validation,
        test,
        normalisation.mean(),
        normalisation.std(),
        classes,
        input.toString());
  }
}
