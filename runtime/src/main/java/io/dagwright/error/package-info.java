/** Every exception a user of Dagwright can meet. All are unchecked and share one root. */
@NullMarked
package io.dagwright.error;

import org.jspecify.annotations.NullMarked;
