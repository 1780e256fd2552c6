package io.dagwright.error;

/** Two different tasks were given the same key. */
public final class ConflictingKeyException extends InvalidGraphException {

  private static final long serialVersionUID = 1L;

  private final String key;
  private final String first;
  private final String second;

  /**
   * Creates one for two definitions of a key.
   *
   * @param key the key both claim
   * @param first what it was defined as first
   * @param second what it was defined as later
   */
  public ConflictingKeyException(String key, String first, String second) {
    super(
        "Key ["
            + key
            + "] stands for two different tasks: "
            + first
            + " and "
            + second
            + ". Give one of them another key, or use the same function instance, argument, inputs"
            + " and annotations for both.");
    this.key = key;
    this.first = first;
    this.second = second;
  }

  /** The key both tasks claim. */
  public String key() {
    return key;
  }

  /** What the key was defined as first. */
  public String first() {
    return first;
  }

  /** What the key was defined as later. */
  public String second() {
    return second;
  }
}
