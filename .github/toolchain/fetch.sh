#!/usr/bin/env bash
# Pulumi's engine and this program's providers, by the versions in package.json and the checksums in SHA256SUMS, as a PULUMI_HOME:
#   fetch.sh DIRECTORY            downloads each, and unpacks what has its checksum
#   fetch.sh --unpack DIRECTORY   the same with archives that are in DIRECTORY already
#   fetch.sh --record             downloads each, compares it with the checksums that the vendor's release has, and writes SHA256SUMS
# Releases are the vendor's on GitHub; `gh` fetches them, with a token that may read (GH_TOKEN).
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
sums=$here/SHA256SUMS

# Repository, tag and file of each.
releases() {
  node --eval '
    const { dependencies } = require(process.argv[1]);
    console.log("pulumi/pulumi", `v${dependencies.pulumi}`, `pulumi-v${dependencies.pulumi}-linux-x64.tar.gz`);
    for (const name of ["azure-native", "kubernetes", "random", "vault"]) {
      const version = dependencies[`@pulumi/${name}`];
      console.log(`pulumi/pulumi-${name}`, `v${version}`, `pulumi-resource-${name}-v${version}-linux-amd64.tar.gz`);
    }' "$here/../../package.json"
}

download() { # repository, tag, pattern, directory
  gh release download "$2" --repo "$1" --pattern "$3" --dir "$4"
}

record() {
  local lines="" repository tag file sum
  # The trap is run when this function is over.
  directory=$(mktemp -d)
  trap 'rm -rf "$directory"' EXIT
  while read -r repository tag file; do
    download "$repository" "$tag" "$file" "$directory"
    sum=$(cd "$directory" && sha256sum "$file")
    rm -f "$directory"/*checksums.txt
    download "$repository" "$tag" "*checksums.txt" "$directory" || true
    if ! cat "$directory"/*checksums.txt 2> /dev/null | grep -qF "${sum%% *}"; then
      echo "$file: the release has no such checksum; compare ${sum%% *} with another source before it is committed" >&2
    fi
    lines+="$sum"$'\n'
  done < <(releases)
  { grep '^#' "$sums"; printf '%s' "$lines"; } > "$sums.new"
  mv "$sums.new" "$sums"
}

# Fails where one has no checksum here, or another.
verify() { # directory
  local repository tag file
  while read -r repository tag file; do
    if ! grep -qE "^[0-9a-f]{64} [ *]$file\$" "$sums"; then
      echo "$sums has no checksum of $file ($repository $tag): record it with .github/toolchain/fetch.sh --record, and have it reviewed" >&2
      return 1
    fi
    # Said each time: where a function is called in a condition, the shell goes on after what fails.
    grep -E "^[0-9a-f]{64} [ *]$file\$" "$sums" | (cd "$1" && sha256sum --check --strict --quiet) || return 1
  done < <(releases)
}

unpack() { # directory
  local repository tag file plugin
  while read -r repository tag file; do
    if [ "$repository" = pulumi/pulumi ]; then
      # Where the npm package `pulumi` looks before it would install one.
      mkdir -p "$1/versions/${tag#v}/bin"
      tar -xzf "$1/$file" -C "$1/versions/${tag#v}/bin" --strip-components=1
    else
      plugin=${file#pulumi-}
      plugin=$1/plugins/${plugin%-linux-amd64.tar.gz}
      mkdir -p "$plugin"
      tar -xzf "$1/$file" -C "$plugin"
    fi
  done < <(releases)
}

case "${1:-}" in
  --record) record ;;
  --unpack) verify "$2" && unpack "$2" ;;
  "" | -*) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  *)
    mkdir -p "$1"
    # Before anything is downloaded: an archive without a checksum is of no use.
    while read -r repository tag file; do
      grep -qE "^[0-9a-f]{64} [ *]$file\$" "$sums" || { verify "$1"; exit 1; }
      download "$repository" "$tag" "$file" "$1"
    done < <(releases)
    verify "$1"
    ;;
esac
