package io.dagwright.jvms;

/** No class names it. */
public final class OnlyByName {

  private final int answer = 42;

  @Override
  public String toString() {
    return "answer " + answer;
  }
}
