// What shakes the stack that all share, one after the other: the last of them removes it.
import './disturbing/killed-processes.ts';
import './disturbing/unreachable-bus.ts';
import './disturbing/upgrade-and-removal.ts';
