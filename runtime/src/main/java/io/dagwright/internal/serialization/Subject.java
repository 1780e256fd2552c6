package io.dagwright.internal.serialization;

/**
 * What a value is to a task, for messages.
 *
 * @param role which value of the task it is
 * @param task the task's key as people see it; of a variable its name
 */
public record Subject(Role role, String task) {

  /** Which value of a task. */
  public enum Role {
    VALUE("a value"),
    FUNCTION(""),
    ARGUMENT("the argument of "),
    RESULT("the result of "),
    VARIABLE("the shell's variable");

    private final String prefix;

    Role(String prefix) {
      this.prefix = prefix;
    }
  }

  public static Subject function(String task) {
    return new Subject(Role.FUNCTION, task);
  }

  public static Subject argument(String task) {
    return new Subject(Role.ARGUMENT, task);
  }

  public static Subject result(String task) {
    return new Subject(Role.RESULT, task);
  }

  public static Subject variable(String name) {
    return new Subject(Role.VARIABLE, name);
  }

  @Override
  public String toString() {
    return switch (role) {
      case VALUE -> role.prefix;
      case VARIABLE -> role.prefix + " '" + task + "'";
      case FUNCTION, ARGUMENT, RESULT -> role.prefix + "task '" + task + "'";
    };
  }
}
