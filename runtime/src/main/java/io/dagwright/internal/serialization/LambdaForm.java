package io.dagwright.internal.serialization;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** What a lambda is made of: from the object to its description and back. */
final class LambdaForm {

  private LambdaForm() {}

  /** Whether this is the hidden class of a lambda or a method reference. */
  static boolean isLambda(Class<?> type) {
    return type.isHidden() && type.isSynthetic();
  }

  /** The class that a lambda was written in; null if its loader does not know. */
  static @Nullable Class<?> capturingClass(Class<?> lambda) {
    String name = lambda.getName();
    int end = name.indexOf("$$Lambda");
    try {
      return end < 0 ? null : Class.forName(name.substring(0, end), false, lambda.getClassLoader());
    } catch (ClassNotFoundException e) {
      return null;
    }
  }

  /** The description of a lambda; null if its type is not {@code Serializable}. */
  static @Nullable SerializedLambda of(Object lambda) {
    if (!(lambda instanceof Serializable) || !isLambda(lambda.getClass())) {
      return null;
    }
    try {
      Method writeReplace = lambda.getClass().getDeclaredMethod("writeReplace");
      writeReplace.setAccessible(true);
      return writeReplace.invoke(lambda) instanceof SerializedLambda form ? form : null;
    } catch (InaccessibleObjectException e) {
      return ofInaccessible(lambda);
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }

  /** Java serialization may call what reflection may not: lambdas inside the JDK. */
  private static @Nullable SerializedLambda ofInaccessible(Object lambda) {
    try (Extractor extractor = new Extractor()) {
      extractor.writeObject(lambda);
      return extractor.found;
    } catch (IOException e) {
      return null;
    }
  }

  /** Whether the lambda's code is in the JDK, so that only Java serialization can rebuild it. */
  static boolean isOfJdk(SerializedLambda form) {
    String name = form.getCapturingClass();
    return name.startsWith("java/") || name.startsWith("javax/") || name.startsWith("jdk/");
  }

  static Refusal notSerializable(Object lambda) {
    Class<?>[] interfaces = lambda.getClass().getInterfaces();
    String type = interfaces.length == 0 ? "a type" : interfaces[0].getName();
    String simple = interfaces.length == 0 ? "Type" : interfaces[0].getSimpleName();
    return new Refusal(
        "a lambda of type " + type + ", which is not Serializable, keeps no description of itself",
        "give the variable a Serializable type, for example by the cast ("
            + simple
            + " & Serializable), or start this JVM with -javaagent:dagwright-agent.jar");
  }

  /** Makes the lambda again. */
  static Object rebuild(SerializedLambda form, Class<?> capturingClass) {
    try {
      Method deserialize =
          capturingClass.getDeclaredMethod("$deserializeLambda$", SerializedLambda.class);
      deserialize.setAccessible(true);
      Object lambda = deserialize.invoke(null, form);
      if (lambda == null) {
        throw ByteSource.corrupt("a lambda came back as null");
      }
      return lambda;
    } catch (InvocationTargetException | NoSuchMethodException e) {
      Object lambda = LambdaSites.rebuild(form, capturingClass);
      if (lambda != null) {
        return lambda; // An agent made it serializable.
      }
      throw new IllegalArgumentException(
          "class "
              + capturingClass.getName()
              + " does not have this lambda; another version of it?",
          e instanceof InvocationTargetException ? e.getCause() : e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the method was made accessible", e);
    }
  }

  private static final class Extractor extends ObjectOutputStream {

    private @Nullable SerializedLambda found;

    Extractor() throws IOException {
      super(OutputStream.nullOutputStream());
      enableReplaceObject(true);
    }

    @Override
    protected @Nullable Object replaceObject(@Nullable Object object) {
      if (found == null && object instanceof SerializedLambda form) {
        found = form;
      }
      return null; // Nothing is really written.
    }
  }
}
