import * as pulumi from "@pulumi/pulumi";
import type * as resproto from "@pulumi/pulumi/proto/resource_pb";

interface Read {
  readonly what: string;
  readonly parent: string;
}

/** What programs under mocks read of what is somebody else's, in the tests of one file: a read is no registration. */
export function pulumiReads(): { taken: () => string[]; parents: () => string[] } {
  let reads: Read[] = [];
  const mocks = pulumi.runtime as unknown as { setMocks: (...args: unknown[]) => Promise<void> };
  const { setMocks } = mocks;
  before(() => {
    mocks.setMocks = async (...args) => {
      await setMocks(...args);
      const monitor = (pulumi.runtime as unknown as { getMonitor(): Monitor }).getMonitor();
      const read = monitor.readResource.bind(monitor);
      monitor.readResource = (request, callback) => {
        const parent = request.getParent().split("::").slice(2).join("::");
        reads.push({ what: `${request.getType()}::${request.getName()} ${request.getId()}`, parent });
        return read(request, callback);
      };
    };
  });
  beforeEach(() => void (reads = []));
  after(() => void (mocks.setMocks = setMocks));
  return { taken: () => reads.map(({ what }) => what).sort(), parents: () => reads.map(({ parent }) => parent) };
}

interface Monitor {
  readResource(request: resproto.ReadResourceRequest, callback: unknown): Promise<void>;
}
