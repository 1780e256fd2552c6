package io.dagwright.internal.serialization;

import io.dagwright.error.StaticInitializerException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Finds out which static field is behind the JVM's errors about a class's initializer. */
public final class FailedInitializer {

  private static final String INITIALIZER = "<clinit>";
  private static final String AGAIN = "Could not initialize class ";

  private FailedInitializer() {}

  /**
   * What the JVM throws the first time, and each time after, as one typed exception; null if it is
   * something else.
   *
   * @param loader finds the class's file
   */
  public static @Nullable StaticInitializerException of(Throwable thrown, ClassLoader loader) {
    if (thrown instanceof ExceptionInInitializerError && thrown.getCause() != null) {
      Throwable cause = thrown.getCause();
      StackTraceElement frame = initializer(cause);
      return frame == null ? null : exception(frame.getClassName(), frame, cause, loader);
    }
    String message = String.valueOf(thrown.getMessage());
    if (thrown instanceof NoClassDefFoundError && message.startsWith(AGAIN)) {
      Throwable earlier = thrown.getCause() == null ? thrown : thrown.getCause();
      StackTraceElement frame = initializer(earlier);
      return exception(message.substring(AGAIN.length()), frame, earlier, loader);
    }
    return null;
  }

  private static @Nullable StackTraceElement initializer(Throwable thrown) {
    for (StackTraceElement frame : thrown.getStackTrace()) {
      if (frame.getMethodName().equals(INITIALIZER)) {
        return frame;
      }
    }
    return null;
  }

  private static StaticInitializerException exception(
      String className, @Nullable StackTraceElement frame, Throwable cause, ClassLoader loader) {
    if (frame == null || frame.getLineNumber() < 0) {
      return new StaticInitializerException(className, "", "", cause.toString(), cause);
    }
    return new StaticInitializerException(
        frame.getClassName(), // It may be one that the class needs.
        fieldOf(frame, loader),
        frame.getFileName() + ":" + frame.getLineNumber(),
        cause.toString(),
        cause);
  }

  /** The field that gets a value next after the line; empty if the class file does not tell. */
  private static String fieldOf(StackTraceElement frame, ClassLoader loader) {
    String resource = frame.getClassName().replace('.', '/') + ".class";
    Finder finder = new Finder(frame.getLineNumber());
    try (InputStream in = loader.getResourceAsStream(resource)) {
      if (in != null) {
        new ClassReader(in).accept(finder, ClassReader.SKIP_FRAMES);
      }
    } catch (IOException | RuntimeException e) {
      return ""; // The name is a courtesy.
    }
    return finder.field;
  }

  private static final class Finder extends ClassVisitor {

    private final int line;
    private boolean isReached;
    private String field = "";

    Finder(int line) {
      super(Opcodes.ASM9);
      this.line = line;
    }

    @Override
    public @Nullable MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      if (!name.equals(INITIALIZER)) {
        return null;
      }
      return new MethodVisitor(Opcodes.ASM9) {
        @Override
        public void visitLineNumber(int number, Label start) {
          isReached |= number == line;
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
          if (isReached && field.isEmpty() && opcode == Opcodes.PUTSTATIC) {
            field = name;
          }
        }
      };
    }
  }
}
