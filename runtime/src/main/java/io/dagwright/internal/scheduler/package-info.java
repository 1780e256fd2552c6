/** Pure: workers, what each is running and holding, and which task goes where. */
@NullMarked
package io.dagwright.internal.scheduler;

import org.jspecify.annotations.NullMarked;
