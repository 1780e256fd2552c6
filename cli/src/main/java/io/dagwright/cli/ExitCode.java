package io.dagwright.cli;

/** What the command's exit codes mean. They are part of its interface: none is ever reused. */
final class ExitCode {

  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int NO_SCHEDULER = 3;
  static final int WRONG_ANSWER = 4;
  static final int UNREADABLE_INPUT = 5;
  static final int INTERNAL = 70;

  private ExitCode() {}
}
