package io.hopline.controller;

/** Where the state survives a restart. One controller uses a store at a time. */
interface StateStore extends AutoCloseable {
    /** The state last saved, {@link NetworkState#EMPTY} when there is none. */
    NetworkState load();

    /**
     * Makes {@code after} the state that {@link #load} returns, wholly or not at all.
     *
     * @param before what was saved last
     * @throws StateException when it could not be written; then {@code before} still stands
     */
    void save(NetworkState before, NetworkState after);

    @Override
    void close();
}
