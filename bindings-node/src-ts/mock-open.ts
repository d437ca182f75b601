/** Mock clouds: of a store, of their own, and that of the process. */
import { handleOf } from './clock.js';
import { MockCloud } from './mock-cloud.js';
import { packedTransition, stateText } from './mock-document.js';
import type { MockCloudOptions, OpenMockCloudOptions } from './mock-types.js';
import { later, native, now, type Call, type handles } from './native.js';
import { MOCK_CLOUD, OPEN_MOCK_CLOUD, checked, filePath, named } from './options.js';

export function cloudOf(store: handles.Store, name: string, options: MockCloudOptions | undefined): MockCloud {
  const given = making(checked(options, MOCK_CLOUD));
  return new MockCloud(now(() => store.mockCloud(named('mock cloud', name), given)));
}

/**
 * Opens a mock cloud that stands alone, with faults on: for tests and development without a store. It is in memory, and with
 * `persistTo` kept in a JSON file. To be closed when it is no longer needed: then what is not written yet is.
 *
 * @throws {CorruptError} for a file that is damaged; it says where that is now, and the next opening begins with the fixtures.
 * @throws {InvalidValueError} for an option that is none, and with the path for what is wrong in the fixtures.
 */
export async function openMockCloud(options?: OpenMockCloudOptions): Promise<MockCloud> {
  return new MockCloud(await later(opening(options)));
}

/** The twin of {@link openMockCloud}. */
export function openMockCloudSync(options?: OpenMockCloudOptions): MockCloud {
  return new MockCloud(now(opening(options)));
}

/** The mock cloud of this process, in memory, which is opened at the first call: for code that no cloud can be handed to. */
export async function getMockCloud(): Promise<MockCloud> {
  return new MockCloud(await later((later) => native.getMockCloud(later)));
}

/** The twin of {@link getMockCloud}. */
export function getMockCloudSync(): MockCloud {
  return new MockCloud(now((later) => native.getMockCloud(later)));
}

/** Closes the mock cloud of this process, so that the next call of {@link getMockCloud} opens a new one: between two tests. */
export async function resetMockCloud(): Promise<void> {
  await later((later) => native.resetMockCloud(later));
}

/** The twin of {@link resetMockCloud}. */
export function resetMockCloudSync(): void {
  now((later) => native.resetMockCloud(later));
}

function opening(options: OpenMockCloudOptions | undefined): Call<handles.MockCloud> {
  const given = checked(options, OPEN_MOCK_CLOUD);
  const { persistTo, debounceMs, clock } = given ?? {};
  const file = { ...(persistTo && { persistTo: filePath(persistTo) }), ...(debounceMs !== undefined && { debounceMs }) };
  const [made, time] = [making(given), clock ? handleOf(clock) : undefined];
  return (later) => native.openMockCloud(made, file, time, later);
}

function making(given: MockCloudOptions | undefined): handles.MockMaking {
  const { fixtures, transition } = given ?? {};
  const isTold = transition !== undefined && transition !== null;
  return {
    ...(fixtures && { fixtures: stateText(fixtures) }),
    ...(isTold && { transition: packedTransition(transition) }),
  };
}
