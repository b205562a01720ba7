// Whether a file is the one that was read before: what the file system says of it
// that no rewriting leaves as it was.
import { type BigIntStats, statfsSync } from 'node:fs';

/**
 * File systems of Linux that keep the time of the last change of a file (ctime) and let nobody set it,
 * by their numbers in statfs(2): ext2 to ext4, XFS, Btrfs, F2FS, ZFS, bcachefs, tmpfs, overlayfs.
 * Others are not believed: FAT has no such time, and network and FUSE file systems
 * answer from memory or from a server that has none.
 */
const trusted = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0xca451a4e, 0x01021994, 0x794c7630,
]);

/** A clock tick of a kernel, at most: two changes within one may carry the same time. */
export const tickMs = 20;

/** Says whether ctime can be believed where a file lies, asking once for each device. */
export function createTrust(platform: NodeJS.Platform = process.platform) {
  const known = new Map<bigint, boolean>();
  return (path: string, stat: BigIntStats): boolean => {
    let isTrusted = known.get(stat.dev);
    if (isTrusted === undefined) {
      // NTFS and APFS keep ctime; a file system without it shows none on Windows.
      isTrusted = platform === 'linux' ? trusted.has(typeOf(path)) : true;
      known.set(stat.dev, isTrusted);
    }
    return isTrusted && stat.ctimeNs > 0n;
  };
}

function typeOf(path: string): number {
  try {
    return statfsSync(path).type >>> 0;
  } catch {
    return 0;
  }
}

/**
 * Everything that changes with the content: device, inode, size, and the times of the last
 * write and change in nanoseconds.
 */
export const identityOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join('-');
