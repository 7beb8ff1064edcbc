/** Flow tables: classifier, actions, groups, connection tracking, OpenFlow agent. */
@NullMarked
package io.hopline.vswitch;

import org.jspecify.annotations.NullMarked;
